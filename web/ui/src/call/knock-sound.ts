/** Whether a knock makes a sound in this browser. Nothing of it leaves the browser. */
import { effect, signal } from "@preact/signals";

const KEY = "parlor.knock-sound";

function kept(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // private mode
  }
}

export const knockSound = signal(kept());

effect(() => {
  try {
    if (knockSound.value) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // No storage: it holds until the page is closed.
  }
});
