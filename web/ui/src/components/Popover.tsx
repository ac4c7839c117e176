/**
 * A button and what it opens below it. Closes by Escape, by a press elsewhere and by the focus leaving
 * it; Escape gives the focus back to the button.
 */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";

export interface PopoverProps {
  /** What the button is called. */
  label: string;
  /** What it shows. */
  sign: ComponentChildren;
  class?: string;
  /** What stands in it; `close` for who goes on from there. */
  children: (close: () => void, id: string) => ComponentChildren;
}

export function Popover({ label, sign, class: more, children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!open) return;
    const away = (event: Event) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const pressed = (event: KeyboardEvent) => {
    // A dialog that was opened from here closes itself.
    if (!open || event.key !== "Escape" || (event.target as Element).closest("dialog")) return;
    event.preventDefault();
    setOpen(false);
    button.current?.focus();
  };
  const left = (event: FocusEvent) => {
    const to = event.relatedTarget as Node | null;
    if (to !== null && !frame.current?.contains(to)) setOpen(false);
  };
  return (
    <div class={more ? `menu ${more}` : "menu"} ref={frame} onKeyDown={pressed} onFocusOut={left}>
      <button
        ref={button}
        type="button"
        class="menu-button"
        aria-label={label}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {sign}
      </button>
      {open && children(() => setOpen(false), id)}
    </div>
  );
}
