/**
 * What was answered and is not saved yet: kept while somebody looks at another page, in memory only, since
 * keys and passwords are among it, and forgotten when they log out.
 */
import { effect } from "@preact/signals";
import { session } from "../api";
import type { Answers, Standing } from "./draft";
import type { HttpsChoice } from "./steps";

export interface Unsaved {
  answers: Answers;
  /** What they were given to. */
  held: Standing;
  https: HttpsChoice;
}

let kept: Unsaved | null = null;

effect(() => {
  if (session.identity.value.kind !== "member") kept = null;
});

export const unsaved = (): Unsaved | null => kept;

export function keepUnsaved(it: Unsaved | null): void {
  kept = it;
}
