/**
 * The menu of a member: a button in the header, and below it every way on, in groups. It closes by
 * Escape, by a press elsewhere, by the focus leaving it and by going somewhere.
 */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Me } from "../api";
import { Avatar, Button } from "../components";
import { t } from "../i18n";
import { leave } from "./leave";
import { place } from "./router";
import { MAIN, operator, own, type Way } from "./ways";

export function Menu({ me }: { me: Me }) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const { path } = place.value;
  useEffect(() => setOpen(false), [path]);
  useLayoutEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const pressed = (event: KeyboardEvent) => {
    if (!open || event.key !== "Escape") return;
    event.preventDefault();
    setOpen(false);
    button.current?.focus();
  };
  const left = (event: FocusEvent) => {
    const to = event.relatedTarget as Node | null;
    if (to !== null && !frame.current?.contains(to)) setOpen(false);
  };
  return (
    <div class="menu" ref={frame} onKeyDown={pressed} onFocusOut={left}>
      <button
        ref={button}
        type="button"
        class="menu-button"
        aria-label={t("frame.menu")}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        <Avatar name={me.name} />
      </button>
      {open && (
        <nav class="menu-panel" id={id} aria-label={t("frame.menu")} onClick={(event) => event.target instanceof HTMLAnchorElement && setOpen(false)}>
          <p class="menu-who">
            <strong>{me.name}</strong>
            <span class="quiet small">{me.email}</span>
          </p>
          <Ways ways={MAIN} only="narrow" />
          <Ways ways={own(me)} />
          <Ways ways={operator(me)} title={t("frame.operator")} />
          <Button kind="quiet" wide onClick={() => void leave()}>
            {t("account.logout")}
          </Button>
        </nav>
      )}
    </div>
  );
}

function Ways({ ways, title, only }: { ways: readonly Way[]; title?: string; only?: "narrow" }) {
  const id = useId();
  if (ways.length === 0) return null;
  return (
    <div class={only ? "menu-group menu-narrow" : "menu-group"}>
      {title && (
        <p class="menu-title" id={id}>
          {title}
        </p>
      )}
      <ul role="list" aria-labelledby={title ? id : undefined}>
        {ways.map((way) => (
          <li key={way.href}>
            <WayLink way={way} />
          </li>
        ))}
      </ul>
    </div>
  );
}

export function WayLink({ way }: { way: Way }) {
  return (
    <a href={way.href} aria-current={place.value.path === way.href ? "page" : undefined}>
      {t(way.words)}
    </a>
  );
}
