/**
 * What this person lets others see of their writing and reading. Off means: not sent at all. Of an
 * account the server keeps it and sends nothing on, whatever a device says; a guest's stays in the
 * browser, which then says nothing.
 */
import { signal } from "@preact/signals";
import { request, session } from "../api";
import type { Privacy } from "./conversation";

const PLACE = "parlor.chat.privacy";
const PATH = "/api/me/privacy";

interface Kept {
  typing: boolean;
  readReceipts: boolean;
}

export const privacy = signal<Privacy>(stored());

let knownOf: string | undefined;

/** Asks what the server keeps of this person, once. */
export async function knowPrivacy(): Promise<void> {
  const identity = session.identity.peek();
  if (identity.kind !== "member" || knownOf === identity.user.userId) return;
  const mine = identity.user.userId;
  knownOf = mine;
  try {
    const kept = await request<Kept>(PATH);
    if (knownOf !== mine) return;
    const here = stored();
    const both = { typing: kept.typing && here.typing, read: kept.readReceipts && here.read };
    privacy.value = both;
    // What was switched off in this browser only holds for the account from now on.
    if (both.typing !== kept.typing || both.read !== kept.readReceipts) await put(both);
    localStorage.removeItem(PLACE);
  } catch {
    if (knownOf === mine) knownOf = undefined; // asked again with the next conversation
  }
}

/** Changes it; throws when the server did not take it, and nothing has changed then. */
export async function setPrivacy(wanted: Privacy): Promise<void> {
  const before = privacy.peek();
  privacy.value = wanted;
  if (session.identity.peek().kind !== "member") return localStorage.setItem(PLACE, JSON.stringify(wanted));
  try {
    await put(wanted);
  } catch (cause) {
    privacy.value = before;
    throw cause;
  }
}

const put = ({ typing, read }: Privacy) => request(PATH, { method: "PUT", body: { typing, readReceipts: read } satisfies Kept });

function stored(): Privacy {
  try {
    const known = JSON.parse(localStorage.getItem(PLACE) ?? "{}") as Partial<Privacy>;
    return { typing: known.typing !== false, read: known.read !== false };
  } catch {
    return { typing: true, read: true };
  }
}
