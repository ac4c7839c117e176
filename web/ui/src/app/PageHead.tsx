/** The title of a page: shown, put in the tab, and given the focus when the page is entered. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { titlePage } from "./title";

export interface PageHeadProps {
  title: string;
  intro?: ComponentChildren;
  /** Beside the title, such as the page's one main action. */
  action?: ComponentChildren;
}

/** Not on the very first page: a browser reads a fresh document from its top by itself. */
let entered = 0;

export function PageHead({ title, intro, action }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle(title);
  useEffect(() => {
    entered += 1;
    if (entered > 1) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="page-head">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {action}
      {intro && <p class="quiet">{intro}</p>}
    </div>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    titlePage(title === t("product.name") ? title : `${title} · ${t("product.name")}`);
  }, [title]);
}
