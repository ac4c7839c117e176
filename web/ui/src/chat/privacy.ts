/** What this person lets others see of their reading and writing. Off means: not sent at all. */
import { effect, signal } from "@preact/signals";
import type { Privacy } from "./conversation";

const PLACE = "parlor.chat.privacy";

export const privacy = signal<Privacy>(stored());

effect(() => {
  localStorage.setItem(PLACE, JSON.stringify(privacy.value));
});

function stored(): Privacy {
  try {
    const known = JSON.parse(localStorage.getItem(PLACE) ?? "{}") as Partial<Privacy>;
    return { typing: known.typing !== false, read: known.read !== false };
  } catch {
    return { typing: true, read: true };
  }
}
