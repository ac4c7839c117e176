/**
 * A modal question in the browser's own <dialog>: it keeps the focus, closes on Escape and gives
 * the focus back. `open` says whether it stands; `onClose` is told however it was closed.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export interface DialogProps {
  open: boolean;
  title: string;
  onClose: () => void;
  /** The buttons, the safest first. */
  actions: ComponentChildren;
  children?: ComponentChildren;
  /** False for a question that must be answered: Escape then does nothing. */
  dismissible?: boolean;
}

export function Dialog({ open, title, onClose, actions, children, dismissible = true }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    if (open && !element.open) element.showModal();
    if (!open && element.open) element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onClose={() => open && onClose()}
      onCancel={(event) => !dismissible && event.preventDefault()}
    >
      <h2 id={id}>{title}</h2>
      {open && children}
      <div class="dialog-actions">{actions}</div>
    </dialog>
  );
}
