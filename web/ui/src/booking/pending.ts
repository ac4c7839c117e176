/** The booking that waits in this browser while its client makes an account. */
import { browser, read } from "./kept";

/** Which time is kept, and nothing that was typed. */
export const SHARED = "parlor.booking";
export const SHARED_MS = 60 * 60_000;

/** The page of a booking that waits for its client to have an account; null when none does. */
export function pendingPage(now: number): string | null {
  const shared = read<{ hostId: string; serviceId: string; until: number }>(browser, SHARED);
  if (!shared || shared.until + SHARED_MS < now) return null;
  return `/book/${encodeURIComponent(shared.hostId)}/${encodeURIComponent(shared.serviceId)}`;
}
