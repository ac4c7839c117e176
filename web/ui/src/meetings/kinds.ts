/**
 * Where each of one's meetings belongs, and what is in the way of joining it: pure, so that the list,
 * the start page and the page of one meeting say the same.
 */
import type { Meeting } from "../api";
import type { BadgeKind } from "../components";
import { clockTime, dayAndTime, daysBetween, deviceZone, lengthInWords } from "../i18n/time";
import { isAhead, joinStateAt, joinWords } from "./meeting";
import { tm } from "./words";

/** What the reader of a page is to a meeting. */
export type Side = "host" | "client";

/** `requests` wait for me, `asked` for the other one. */
export type Kind = "requests" | "asked" | "unpaid" | "upcoming" | "past" | "off";

export const sideOf = (meeting: Meeting, myId: string): Side => (meeting.host.id === myId ? "host" : "client");

export function kindOf(meeting: Meeting, myId: string, now: number): Kind {
  switch (meeting.status) {
    case "requested":
      return sideOf(meeting, myId) === "host" ? "requests" : "asked";
    case "awaiting_payment":
      return "unpaid";
    case "cancelled":
    case "declined":
    case "expired":
      return "off";
    default:
      return isAhead(meeting, now) ? "upcoming" : "past";
  }
}

export type ByKind = Record<Kind, Meeting[]>;

/** Each kind by time; what is behind us with the latest first. */
export function byKind(meetings: readonly Meeting[], myId: string, now: number): ByKind {
  const sorted: ByKind = { requests: [], asked: [], unpaid: [], upcoming: [], past: [], off: [] };
  for (const meeting of [...meetings].sort((a, b) => a.scheduledAt - b.scheduledAt)) sorted[kindOf(meeting, myId, now)].push(meeting);
  sorted.past.reverse();
  sorted.off.reverse();
  return sorted;
}

/** Meetings that stand in the list as one: a single one, or the rest of a series behind its first. */
export interface Group {
  first: Meeting;
  rest: Meeting[];
}

/** A series stands where its first meeting of this list stands. */
export function grouped(meetings: readonly Meeting[]): Group[] {
  const groups: Group[] = [];
  const bySeries = new Map<string, Group>();
  for (const meeting of meetings) {
    const series = meeting.booking?.seriesId;
    const known = series == null ? undefined : bySeries.get(series);
    if (known) {
      known.rest.push(meeting);
      continue;
    }
    const group = { first: meeting, rest: [] };
    groups.push(group);
    if (series != null) bySeries.set(series, group);
  }
  return groups;
}

/** Why Join is as it is, for this reader. */
export function reasonWords(meeting: Meeting, side: Side, now: number): string {
  if (meeting.status === "requested") return tm(side === "host" ? "reason.answer" : "reason.asked");
  if (meeting.status === "awaiting_payment") return tm(side === "host" ? "reason.theirBill" : "reason.bill");
  if (meeting.status === "cancelled") return tm("reason.cancelled");
  const { joinable, scheduledAt } = meeting;
  if (joinStateAt(joinable, now) !== "too_early") return joinWords(joinable, now);
  const before = lengthInWords((scheduledAt - joinable.opensAt) / 1000);
  return daysBetween(now, joinable.opensAt, deviceZone()) === 0
    ? tm("reason.early", { time: clockTime(joinable.opensAt), before })
    : tm("reason.earlyDay", { when: dayAndTime(joinable.opensAt, now), before });
}

/** The state in two words, and its colour. */
export function stateOf(meeting: Meeting, side: Side): { words: string; kind: BadgeKind } {
  switch (meeting.status) {
    case "requested":
      return { words: tm(side === "host" ? "state.requestedHost" : "state.requested"), kind: "warn" };
    case "awaiting_payment":
      return { words: tm("state.unpaid"), kind: "warn" };
    case "in_progress":
      return { words: tm("state.live"), kind: "good" };
    case "completed":
      return { words: tm("state.completed"), kind: "plain" };
    case "cancelled":
      return { words: tm("state.cancelled"), kind: "danger" };
    case "declined":
      return { words: tm("state.declined"), kind: "danger" };
    case "expired":
      return { words: tm("state.expired"), kind: "plain" };
    case "no_show_client":
      return { words: tm(side === "client" ? "state.missedByMe" : "state.missedByClient"), kind: "warn" };
    case "no_show_host":
      return { words: tm(side === "host" ? "state.missedByMe" : "state.missedByHost"), kind: "warn" };
    default:
      return { words: tm("state.confirmed"), kind: "info" };
  }
}

/** Whether this side may still move it; of a client it depends on what was agreed. */
export function mayMove(meeting: Meeting, side: Side, now: number, refundBps: number): boolean {
  if (!["requested", "awaiting_payment", "confirmed"].includes(meeting.status)) return false;
  if (side === "host" || !meeting.booking) return side === "host";
  return meeting.booking.movesLeft > 0 && now < meeting.scheduledAt && refundBps > 0;
}

/** Agreed, so that it belongs into a calendar. */
export const stands = (meeting: Meeting): boolean => meeting.status === "confirmed" || meeting.status === "in_progress";

export const mayCancel = (meeting: Meeting): boolean => ["requested", "awaiting_payment", "confirmed", "in_progress"].includes(meeting.status);
