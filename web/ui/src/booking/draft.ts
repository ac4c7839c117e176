/**
 * A booking that is under way in this tab: the time that was chosen and kept, so that a reload, a log
 * in or a checkout finds it again. What a person typed stays in the tab; another tab of this browser,
 * such as the one that a sign-up's mail opens, learns only which time is kept.
 */
import { commandKey } from "../api";
import { browser, read, remove, tab, write } from "./kept";
import { SHARED, SHARED_MS } from "./pending";

export interface Draft {
  hostId: string;
  serviceId: string;
  startsAt: number;
  /** Null once it was given back. */
  holdId: string | null;
  /** Until when it is kept, by this device's clock. */
  until: number;
  hostZone: string;
}

export interface Typed {
  name: string;
  email: string;
  note: string;
}

interface Kept extends Draft {
  typed: Typed;
  /** The command's key, and of which wish it is: another wish gets another key. */
  key: string;
  wish: string;
}

const nothing: Typed = { name: "", email: "", note: "" };
const own = (serviceId: string): string => `${SHARED}.${serviceId}`;

/** What is under way for this service, if anything is. */
export function draftOf(hostId: string, serviceId: string, now: number): Draft | null {
  const here = read<Kept>(tab, own(serviceId));
  if (here && here.hostId === hostId) return here;
  const shared = read<Draft>(browser, SHARED);
  const fits = shared && shared.hostId === hostId && shared.serviceId === serviceId && shared.until + SHARED_MS > now;
  return fits ? shared : null;
}

export function keepDraft(draft: Draft): void {
  const before = read<Kept>(tab, own(draft.serviceId));
  const kept: Kept = { typed: nothing, key: "", wish: "", ...before, ...draft };
  write(tab, own(draft.serviceId), kept);
  const { hostId, serviceId, startsAt, holdId, until, hostZone } = draft;
  write(browser, SHARED, { hostId, serviceId, startsAt, holdId, until, hostZone });
}

export function forgetDraft(serviceId: string): void {
  remove(tab, own(serviceId));
  if (read<Draft>(browser, SHARED)?.serviceId === serviceId) remove(browser, SHARED);
}

export const typedOf = (serviceId: string): Typed => read<Kept>(tab, own(serviceId))?.typed ?? nothing;

export function keepTyped(serviceId: string, typed: Typed): void {
  const kept = read<Kept>(tab, own(serviceId));
  if (kept) write(tab, own(serviceId), { ...kept, typed });
}

/** The key of this wish: the same for the same, also after a reload, so that it is booked once. */
export function keyFor(serviceId: string, wish: unknown): string {
  const text = JSON.stringify(wish);
  const kept = read<Kept>(tab, own(serviceId));
  if (kept && kept.wish === text && kept.key !== "") return kept.key;
  const key = commandKey();
  if (kept) write(tab, own(serviceId), { ...kept, key, wish: text });
  return key;
}

/** What this tab knows of a booking that it made. */
export interface Made {
  /** By which a guest looks at it again; null for who has an account. */
  manageLink: string | null;
  hostZone: string;
  /** Every meeting of a series. */
  starts: number[];
}

const MADE = "parlor.booked.";
export const keepMade = (meetingId: string, made: Made): void => write(tab, MADE + meetingId, made);
export const madeOf = (meetingId: string): Made | null => read<Made>(tab, MADE + meetingId);
