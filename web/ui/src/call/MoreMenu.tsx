/** The overflow of the toolbar: a button, and above it a list of the controls that had no room. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { MoreIcon } from "../components";
import { ts } from "./stage-words";
import { InMenu, Tool } from "./Tool";

export function MoreMenu({ badge, children }: { badge: number; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const button = () => frame.current?.querySelector<HTMLButtonElement>(":scope > .tool");
  // Before the next key can come: an effect after the paint would take the focus back from it.
  useLayoutEffect(() => {
    if (!open) return;
    frame.current?.querySelector<HTMLButtonElement>(".more-menu button")?.focus();
    const away = (event: Event) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const pressed = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.preventDefault();
      setOpen(false);
      button()?.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(frame.current, event.key === "ArrowDown" ? 1 : -1);
    }
  };
  return (
    <div
      class="more-tools"
      ref={frame}
      onKeyDown={pressed}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (to !== null && !frame.current?.contains(to)) setOpen(false);
      }}
    >
      {open && (
        <div class="more-menu" role="group" aria-label={ts("more.list")} onClick={(event) => chosen(event) && setOpen(false)}>
          <InMenu.Provider value={true}>{children}</InMenu.Provider>
        </div>
      )}
      <Tool label={ts("more")} tip={ts("more.list")} expanded={open} badge={open ? 0 : badge} onClick={() => setOpen(!open)}>
        <MoreIcon size={22} />
      </Tool>
    </div>
  );
}

/** A row that opens something of its own inside the menu keeps it open. */
function chosen(event: Event): boolean {
  const row = (event.target as Element).closest("button");
  return row !== null && !row.hasAttribute("aria-expanded");
}

function step(frame: HTMLElement | null, by: number): void {
  const rows = [...(frame?.querySelectorAll<HTMLButtonElement>(".more-menu button:not(:disabled)") ?? [])];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  rows[(at + by + rows.length) % rows.length]?.focus();
}
