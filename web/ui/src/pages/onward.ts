/**
 * Where somebody wanted to go who logs in or makes an account first. From page to page it stands in the
 * address; over the mail that confirms an account this browser keeps it.
 */
import { place, safeNext } from "../app/router";
import { browser, read, remove, write } from "../booking/kept";

const KEPT = "parlor.onward";
/** As long as the mail's link holds at most: later one has forgotten what it was. */
const KEPT_MS = 24 * 60 * 60_000;

const wanted = (): string | null => place.value.query.get("next");

/** The address of a page that leads on to the same place as this one. */
export function leadingOn(path: string): string {
  const next = wanted();
  return next === null ? path : `${path}?next=${encodeURIComponent(next)}`;
}

/** The mail may be opened in another tab. */
export function keepOnward(now: number): void {
  const next = wanted();
  if (next === null) remove(browser, KEPT);
  else write(browser, KEPT, { next, until: now + KEPT_MS });
}

/** The place that was kept, once; null when there is none or it is too old. */
export function takeOnward(now: number): string | null {
  const kept = read<{ next: string; until: number }>(browser, KEPT);
  remove(browser, KEPT);
  return kept === null || !(kept.until > now) ? null : safeNext(kept.next);
}
