/** A page that says one thing and offers the ways on. */
import type { ComponentChildren } from "preact";
import { PageHead } from "../app/PageHead";
import { PageTop } from "./PageTop";

export interface MessagePageProps {
  icon?: ComponentChildren;
  title: string;
  body?: ComponentChildren;
  /** Between the words and the ways on. */
  more?: ComponentChildren;
  children?: ComponentChildren;
}

export function MessagePage({ icon, title, body, more, children }: MessagePageProps) {
  return (
    <>
      <PageTop />
      <div class="call-message stack">
        {icon}
        <PageHead title={title} intro={body} />
        {more}
        <div class="row">{children}</div>
      </div>
    </>
  );
}
