import type { ComponentChildren } from "preact";
import { PageHead } from "../app/PageHead";
import { Notice } from "../components";

export interface FormPageProps {
  title: string;
  intro?: ComponentChildren;
  failure?: string | null;
  /** Stands below the card: other ways on. */
  below?: ComponentChildren;
  children: ComponentChildren;
}

/** One form on a page of its own: title, what went wrong, the form, other ways on. */
export function FormPage({ title, intro, failure, below, children }: FormPageProps) {
  return (
    <div class="stack form-page">
      <PageHead title={title} intro={intro} />
      <div class="card">
        {failure && <Notice kind="danger">{failure}</Notice>}
        {children}
      </div>
      {below && <div class="form-below">{below}</div>}
    </div>
  );
}

/** What stands in place of a form that was sent: an icon, and what happens next. */
export function SentPage({ icon, title, children }: { icon: ComponentChildren; title: string; children: ComponentChildren }) {
  return (
    <div class="sent-page">
      <span class="sent-page-icon">{icon}</span>
      <PageHead title={title} />
      {children}
    </div>
  );
}
