/** Fields that belong together, under a heading. A `fieldset` cannot lay its legend out with the rest. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface GroupProps {
  title: string;
  class?: string;
  titleClass?: string;
  onKeyDown?: (event: KeyboardEvent) => void;
  children: ComponentChildren;
}

export function Group({ title, class: more, titleClass, onKeyDown, children }: GroupProps) {
  const id = useId();
  return (
    <div role="group" aria-labelledby={id} class={more} onKeyDown={onKeyDown}>
      <h3 id={id} class={titleClass}>
        {title}
      </h3>
      {children}
    </div>
  );
}
