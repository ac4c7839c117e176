/** Single keys in the call (M, V, S). Never while typing, never with a modifier, and they can be off. */
export type Shortcut = "microphone" | "camera" | "share";

const KEYS: Record<string, Shortcut> = { m: "microphone", v: "camera", s: "share" };

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  defaultPrevented: boolean;
  target: EventTarget | null;
}

export function shortcutOf(press: KeyPress): Shortcut | undefined {
  if (press.defaultPrevented || press.repeat || press.ctrlKey || press.metaKey || press.altKey) return undefined;
  if (isTyping(press.target)) return undefined;
  return KEYS[press.key.toLowerCase()];
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("dialog") !== null) return true;
  return target.matches("select, textarea, input:not([type=checkbox], [type=radio], [type=button])");
}
