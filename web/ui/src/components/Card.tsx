import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface CardProps {
  title?: string;
  /** Stands at the other end of the title's line. */
  aside?: ComponentChildren;
  class?: string;
  children: ComponentChildren;
}

export function Card({ title, aside, class: more, children }: CardProps) {
  const id = useId();
  return (
    <section class={more ? `card ${more}` : "card"} aria-labelledby={title ? id : undefined}>
      {title && (
        <div class="card-heading">
          <h2 id={id}>{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}
