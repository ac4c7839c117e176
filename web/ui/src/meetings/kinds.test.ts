import { describe, expect, it } from "vitest";
import type { Meeting } from "../api";
import { verdictsOf } from "./AttendanceCard";
import { byKind, grouped, kindOf, mayMove, reasonWords } from "./kinds";
import { followers } from "./SeriesCard";
import { ruleWords } from "./words";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");

function meeting(id: string, minutes: number, status = "confirmed", more: Partial<NonNullable<Meeting["booking"]>> = {}): Meeting {
  const scheduledAt = NOW + minutes * MINUTE;
  return {
    meetingId: id,
    subject: id,
    description: "",
    scheduledAt,
    durationMinutes: 50,
    duration: 50,
    status,
    legacyStatus: "scheduled",
    mentorId: "ada",
    host: { id: "ada", name: "Ada" },
    client: { id: "ben", name: "Ben" },
    roomId: "r",
    meetingLink: "",
    version: 1,
    lobby: true,
    joinable: { state: "too_early", opensAt: scheduledAt - 15 * MINUTE, closesAt: scheduledAt + 120 * MINUTE },
    createdAt: 0,
    updatedAt: 0,
    callSeconds: 0,
    booking: { serviceId: "s", priceMc: 1_000, payment: "paid", movesLeft: 1, cancellation: [], ...more },
  };
}

const ids = (meetings: Meeting[]) => meetings.map((it) => it.meetingId);

describe("where a meeting belongs", () => {
  it.each([
    ["requested", "ada", 60, "requests"],
    ["requested", "ben", 60, "asked"],
    ["awaiting_payment", "ben", 60, "unpaid"],
    ["confirmed", "ben", 60, "upcoming"],
    ["in_progress", "ben", -10, "upcoming"],
    ["confirmed", "ben", -600, "past"],
    ["no_show_host", "ben", -60, "past"],
    ["completed", "ada", -60, "past"],
    ["declined", "ben", 60, "off"],
    ["expired", "ben", 60, "off"],
    ["cancelled", "ada", 60, "off"],
  ] as const)("%s for %s at %i: %s", (status, who, minutes, kind) => {
    expect(kindOf(meeting("a", minutes, status), who, NOW)).toBe(kind);
  });

  it("has the next first, and of what is behind us the latest", () => {
    const all = [meeting("later", 600), meeting("soon", 30), meeting("old", -3000, "completed"), meeting("older", -5000, "completed")];
    const kinds = byKind(all, "ben", NOW);
    expect([ids(kinds.upcoming), ids(kinds.past)]).toEqual([
      ["soon", "later"],
      ["old", "older"],
    ]);
  });

  it("shows a series as one, where its first stands", () => {
    const of = (id: string, minutes: number) => meeting(id, minutes, "confirmed", { seriesId: "s1" });
    const groups = grouped([of("one", 10), meeting("other", 20), of("two", 30), of("three", 40)]);
    expect(groups.map(({ first, rest }) => [first.meetingId, ids(rest)])).toEqual([
      ["one", ["two", "three"]],
      ["other", []],
    ]);
    const off = meeting("off", 50, "cancelled", { seriesId: "s1" });
    expect(ids(followers([of("one", 10), of("two", 30), of("three", 40), off], of("two", 30)))).toEqual(["three"]);
  });
});

describe("why Join is as it is", () => {
  it.each([
    ["requested", "client", "Waits for the host’s answer"],
    ["requested", "host", "Waits for your answer"],
    ["awaiting_payment", "client", "Not paid yet: pay to join"],
    ["cancelled", "client", "This meeting was cancelled"],
  ] as const)("%s for the %s: %s", (status, side, words) => {
    expect(reasonWords(meeting("a", 60, status), side, NOW)).toBe(words);
  });

  it("says when the door opens and how long before", () => {
    expect(reasonWords(meeting("a", 60), "client", NOW)).toMatch(/^Opens at \d+:45 ?(AM|PM)?, 15 minutes before the start$/);
  });
});

describe("what may be done", () => {
  it("lets a client move within what was agreed, and a host always", () => {
    expect(mayMove(meeting("a", 60), "client", NOW, 5_000)).toBe(true);
    expect(mayMove(meeting("a", 60), "client", NOW, 0)).toBe(false);
    expect(mayMove(meeting("a", 60, "confirmed", { movesLeft: 0 }), "client", NOW, 10_000)).toBe(false);
    expect(mayMove(meeting("a", -5), "client", NOW, 10_000)).toBe(false);
    expect(mayMove(meeting("a", -5), "host", NOW, 0)).toBe(true);
    expect(mayMove(meeting("a", 60, "cancelled"), "host", NOW, 0)).toBe(false);
  });

  it("lets each side speak for the other, until the money is settled for good", () => {
    const held = (status: string) => meeting("a", -60, status, { payment: "settled", judgedUntil: NOW + 1 });
    expect(verdictsOf(held("no_show_client"), "host", NOW)).toEqual(["no_show_host"]);
    expect(verdictsOf(held("no_show_host"), "client", NOW)).toEqual(["completed", "no_show_client"]);
    expect(verdictsOf(held("no_show_host"), "host", NOW)).toEqual([]);
    expect(verdictsOf(held("completed"), "client", NOW)).toEqual([]);
    expect(verdictsOf(held("completed"), "admin", NOW)).toHaveLength(3);
    expect(verdictsOf(held("no_show_host"), "client", NOW + 1)).toEqual([]);
    expect(verdictsOf(meeting("a", -60, "completed"), "admin", NOW)).toEqual([]);
  });
});

describe("the rule of calling off", () => {
  it("is said from the longest notice on", () => {
    const brackets = [
      { noticeMinutes: 720, refundBps: 5_000 },
      { noticeMinutes: 2_880, refundBps: 10_000 },
    ];
    expect(ruleWords(brackets)).toEqual([
      "Until 2 days before the start: everything back",
      "Until 12 hours before the start: 50 % back",
      "Later: nothing back",
    ]);
    expect(ruleWords([{ noticeMinutes: 0, refundBps: 10_000 }])).toEqual(["Until the start: everything back"]);
    expect(ruleWords([])).toEqual(["Nothing is given back."]);
  });
});
