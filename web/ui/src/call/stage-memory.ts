/** What this browser remembers of how one likes the stage. Nothing of it leaves the browser. */
import { signal } from "@preact/signals";
import { CORNERS, type Corner } from "./corner";

export interface StageTaste {
  corner: Corner;
  /** One's own picture is not shown to oneself. */
  selfHidden: boolean;
}

const KEY = "parlor.stage";
const PLAIN: StageTaste = { corner: "top-end", selfHidden: false };

export function recallTaste(storage: Pick<Storage, "getItem"> = localStorage): StageTaste {
  try {
    const stored = JSON.parse(storage.getItem(KEY) ?? "{}") as Record<string, unknown>;
    return {
      corner: CORNERS.find((corner) => corner === stored["corner"]) ?? PLAIN.corner,
      selfHidden: stored["selfHidden"] === true,
    };
  } catch {
    return PLAIN; // private mode, or something else wrote there
  }
}

export const taste = signal<StageTaste>(typeof localStorage === "undefined" ? PLAIN : recallTaste());

export function changeTaste(change: Partial<StageTaste>, storage: Pick<Storage, "setItem"> = localStorage): void {
  taste.value = { ...taste.peek(), ...change };
  try {
    storage.setItem(KEY, JSON.stringify(taste.value));
  } catch {
    // No storage: it holds until the page is closed.
  }
}
