/**
 * Single keys in the call. Never while typing, never with a modifier, never in a dialog, and they
 * can be off (WCAG 2.1.4). Holding Space lets a muted microphone speak for as long as it is held;
 * on a button Space presses the button, as everywhere.
 */
export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  defaultPrevented: boolean;
  target: EventTarget | null;
}

export type KeyAction = { kind: "letter"; letter: string } | { kind: "talk" };

export function actionOf(press: KeyPress): KeyAction | undefined {
  if (press.defaultPrevented || press.ctrlKey || press.metaKey || press.altKey) return undefined;
  if (isTyping(press.target)) return undefined;
  if (press.key === " ") return isControl(press.target) ? undefined : { kind: "talk" };
  return press.repeat || press.key.length !== 1 ? undefined : { kind: "letter", letter: press.key.toLowerCase() };
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("dialog") !== null) return true;
  return target.matches("select, textarea, input:not([type=checkbox], [type=radio], [type=button])");
}

/** Space does something of its own there. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, summary, input, video[controls]") !== null;
}

/** Push to talk: on while the key is down, and off again however that ends. */
export class Talk {
  #held = false;
  constructor(private readonly speak: (on: boolean) => void) {}

  get held(): boolean {
    return this.#held;
  }

  /** `muted`: otherwise there is nothing to open, and letting go must not mute. */
  press(muted: boolean): void {
    if (this.#held || !muted) return;
    this.#held = true;
    this.speak(true);
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.speak(false);
  }
}
