/** What can be said about a meeting from its data: pure, so that every page says the same. */
import type { Joinable, JoinState, Meeting } from "../api";
import { t } from "../i18n";
import { clockTime, dayAndTime, daysBetween, deviceZone } from "../i18n/time";

const MINUTE_MS = 60_000;

/**
 * The server's answer carried on to `now`: what opens in five minutes is open in six. The server
 * is asked again at the door; this only spares the page from looking stale.
 */
export function joinStateAt(joinable: Joinable, now: number): JoinState {
  const { state, opensAt, closesAt } = joinable;
  if (state === "unpaid" || state === "over") return state;
  if (now < opensAt) return "too_early";
  if (now >= closesAt) return "too_late";
  return state === "maintenance" ? state : "open";
}

/** Why Join is as it is; stands next to the button. */
export function joinWords(joinable: Joinable, now: number): string {
  switch (joinStateAt(joinable, now)) {
    case "open":
      return t("join.openUntil", { time: dayAndTime(joinable.closesAt, now) });
    case "too_early":
      return daysBetween(now, joinable.opensAt, deviceZone()) === 0
        ? t("join.tooEarly", { time: clockTime(joinable.opensAt) })
        : t("join.tooEarlyDay", { when: dayAndTime(joinable.opensAt, now) });
    case "too_late":
      return t("join.tooLate", { when: dayAndTime(joinable.closesAt, now) });
    case "maintenance":
      return t("join.maintenance");
    case "unpaid":
      return t("join.unpaid");
    case "over":
      return t("join.over");
  }
}

type Stage = "scheduled" | "inProgress" | "completed" | "cancelled" | "noShow" | "notHeld";

/** One word for the server's many. */
export function stageOf(meeting: Meeting): Stage {
  const status = meeting.status.toLowerCase().replace(/[^a-z]/g, "");
  if (["scheduled", "confirmed", "requested", "awaitingpayment"].includes(status)) return "scheduled";
  if (status === "inprogress") return "inProgress";
  if (status === "completed") return "completed";
  if (status === "cancelled") return "cancelled";
  return status.startsWith("noshow") ? "noShow" : "notHeld";
}

export const endsAt = (meeting: Meeting): number => meeting.scheduledAt + meeting.durationMinutes * MINUTE_MS;

/** Still to come, or going on: not ended, and its time to join not yet over. */
export function isAhead(meeting: Meeting, now: number): boolean {
  const stage = stageOf(meeting);
  if (stage !== "scheduled" && stage !== "inProgress") return false;
  return now < Math.max(meeting.joinable.closesAt, endsAt(meeting));
}

export interface Sorted {
  next: Meeting | null;
  upcoming: Meeting[];
  past: Meeting[];
}

/** Next first, then the others by time; what is past, the latest first. */
export function sortMeetings(meetings: readonly Meeting[], now: number): Sorted {
  const byTime = [...meetings].sort((a, b) => a.scheduledAt - b.scheduledAt);
  const ahead = byTime.filter((meeting) => isAhead(meeting, now));
  const next = mostUrgent(ahead, now);
  return {
    next,
    upcoming: ahead.filter((meeting) => meeting !== next),
    past: byTime.filter((meeting) => !isAhead(meeting, now)).reverse(),
  };
}

/** One that goes on beats one whose planned end has passed, which still may be joined for a while. */
function mostUrgent(ahead: readonly Meeting[], now: number): Meeting | null {
  return (
    ahead.find((meeting) => stageOf(meeting) === "inProgress") ??
    ahead.find((meeting) => now < endsAt(meeting)) ??
    ahead[0] ??
    null
  );
}

/** The other one, seen from this account. */
export function otherOf(meeting: Meeting, myId: string): { name: string; email?: string | null } {
  if (meeting.host.id !== myId) return { name: meeting.host.name };
  const { name, email } = meeting.client;
  return { name: name || email || "", email: email ?? null };
}

/** The page of its call. */
export const callAddress = (meetingId: string): string => `/video-call/${encodeURIComponent(meetingId)}`;

/** The invited person's own link, which only the host is shown. */
export function personalLink(meeting: Meeting): string | null {
  return meeting.meetingLinks?.[0] ?? null;
}
