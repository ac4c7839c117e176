/** What a host's calendar shows: meetings by their state, holds and time off, as stretches with a kind. Pure. */
import type { Meeting } from "../api";
import type { Stretch } from "./grid";
import { MINUTE_MS } from "./grid";
import { type HeldTime, ta, type TimeOff } from "./words";

export type Kind = "meeting" | "request" | "unpaid" | "hold" | "off" | "past";

export interface Item extends Stretch {
  id: string;
  kind: Kind;
  title: string;
  who: string;
  meeting?: Meeting;
  /** Of a group's session: everybody's. */
  group?: Meeting[];
  off?: TimeOff;
  /** Whether its host may move it, now. */
  movable: boolean;
}

const GONE = new Set(["cancelled", "declined", "expired"]);
const KINDS: Record<string, Kind> = { requested: "request", awaiting_payment: "unpaid", confirmed: "meeting", in_progress: "meeting" };

export interface Agenda {
  meetings: readonly Meeting[];
  off: readonly TimeOff[];
  held: readonly HeldTime[];
}

export function itemsOf({ meetings, off, held }: Agenda, me: string, now: number): Item[] {
  const standing = meetings.filter((it) => !GONE.has(it.status));
  const sessions = new Map<string, Meeting[]>();
  for (const it of standing) {
    if (it.booking?.group == null || it.host.id !== me) continue;
    const key = `${it.roomId} ${it.scheduledAt}`;
    sessions.set(key, [...(sessions.get(key) ?? []), it]);
  }
  const met = standing
    .filter((it) => it.booking?.group == null || it.host.id !== me)
    .map((meeting): Item => {
      const kind = KINDS[meeting.status] ?? "past";
      const mine = meeting.host.id === me;
      return {
        id: meeting.meetingId,
        kind,
        from: meeting.scheduledAt,
        to: meeting.scheduledAt + meeting.durationMinutes * MINUTE_MS,
        title: meeting.subject,
        who: mine ? meeting.client.name || meeting.client.email || "" : meeting.host.name,
        meeting,
        movable: mine && kind !== "past" && meeting.status !== "in_progress" && meeting.scheduledAt > now,
      };
    });
  const away = off.map((it): Item => ({ id: it.timeOffId, kind: "off", from: it.from, to: it.to, title: ta("cal.kind.off"), who: "", off: it, movable: false }));
  const holds = held
    .filter((it) => it.expiresAt > now)
    .map((it): Item => ({ id: `hold ${it.startsAt}`, kind: "hold", from: it.startsAt, to: it.to, title: ta("cal.kind.hold"), who: "", movable: false }));
  return [...met, ...[...sessions.values()].flatMap(sessionOf), ...away, ...holds];
}

/** Everybody in a group's session has a meeting; on the host's calendar it is one, and each is moved on its own page. */
function sessionOf(group: Meeting[]): Item[] {
  const [first] = group;
  if (first === undefined) return [];
  const states = group.map((it) => KINDS[it.status] ?? "past");
  return [
    {
      id: first.meetingId,
      kind: states.find((it) => it === "request") ?? states.find((it) => it === "meeting") ?? states[0] ?? "past",
      from: first.scheduledAt,
      to: first.scheduledAt + first.durationMinutes * MINUTE_MS,
      title: first.subject,
      who: ta("cal.places", { taken: group.length, seats: first.booking?.group?.seats ?? group.length }),
      group,
      movable: false,
    },
  ];
}
