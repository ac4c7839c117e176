/**
 * What stands around every page of the operator: one navigation, beside the page where there is room,
 * and folded above it where there is none.
 */
import "./admin.css";
import { useId, useState } from "preact/hooks";
import { type Page, type PageProps, place } from "../app/router";
import { lineOf, PLACES } from "./places";
import { t } from "./words";

/** The page in the operator's frame. */
export function framed(Inner: Page): Page {
  return (props: PageProps) => (
    <div class="admin">
      <Navigation />
      <div class="admin-page">
        <Inner {...props} />
      </div>
    </div>
  );
}

function Navigation() {
  const [open, setOpen] = useState(false);
  const id = useId();
  const here = lineOf(place.value.path);
  return (
    <nav class="admin-nav" aria-label={t("nav.title")}>
      <button type="button" class="admin-fold" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <span class="quiet small">{t("nav.title")}</span>
        <strong>{here ? t(here.words) : t("nav.title")}</strong>
      </button>
      <div class={open ? "admin-groups admin-open" : "admin-groups"} id={id}>
        {PLACES.map(({ group, places }) => (
          <div key={group} class="admin-group">
            <p class="admin-group-title" id={`${id}-${group}`}>
              {t(group)}
            </p>
            <ul role="list" aria-labelledby={`${id}-${group}`}>
              {places.map(({ href, words }) => (
                <li key={href}>
                  <a href={href} aria-current={href === here?.href ? "page" : undefined}>
                    {t(words)}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}
