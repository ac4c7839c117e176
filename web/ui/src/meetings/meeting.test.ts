import { describe, expect, it } from "vitest";
import type { Joinable, Meeting } from "../api";
import { isAhead, joinStateAt, joinWords, otherOf, personalLink, sortMeetings, stageOf } from "./meeting";

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-21T12:00:00Z");
const at = (minutes: number) => NOW + minutes * MINUTE;
const door = (state: Joinable["state"], opens: number, closes: number): Joinable => ({
  state,
  opensAt: at(opens),
  closesAt: at(closes),
});

const meeting = (id: string, starts: number, status = "scheduled"): Meeting => ({
  meetingId: id,
  subject: id,
  scheduledAt: at(starts),
  durationMinutes: 50,
  duration: 50,
  status,
  mentorId: "ada",
  host: { id: "ada", name: "Ada" },
  client: { id: "ben", name: "Ben", email: "ben@example.org" },
  roomId: "r",
  meetingLink: "",
  version: 1,
  joinable: door("too_early", starts - 15, starts + 120),
  description: "",
  callSeconds: 0,
  legacyStatus: "scheduled",
  lobby: true,
  createdAt: 0,
  updatedAt: 0,
});

describe("the door", () => {
  it.each([
    ["too_early", 5, 100, "too_early"],
    ["too_early", 0, 100, "open"], // it opened since the server was asked
    ["open", -10, 1, "open"],
    ["open", -10, 0, "too_late"],
    ["unpaid", -10, 100, "unpaid"],
    ["over", -10, 100, "over"],
  ] as const)("said %s, opens %i, closes %i: %s", (state, opens, closes, expected) => {
    expect(joinStateAt(door(state, opens, closes), NOW)).toBe(expected);
  });

  it("says why", () => {
    expect(joinWords(door("too_early", 5, 100), NOW)).toMatch(/^Opens at \d+:\d\d/);
    expect(joinWords(door("too_early", 3 * 1440, 4 * 1440), NOW)).toMatch(/^Opens \w+day, /);
    expect(joinWords(door("open", -5, 100), NOW)).toMatch(/^Open until /);
    expect(joinWords(door("over", -5, 100), NOW)).toBe("This meeting is over");
  });
});

describe("the stage", () => {
  it.each([
    ["scheduled", "scheduled"],
    ["Confirmed", "scheduled"],
    ["in-progress", "inProgress"],
    ["In Progress", "inProgress"],
    ["in_progress", "inProgress"],
    ["cancelled", "cancelled"],
    ["no_show_client", "noShow"],
    ["expired", "notHeld"],
  ])("%s is %s", (status, stage) => {
    expect(stageOf(meeting("a", 0, status))).toBe(stage);
  });
});

describe("the order", () => {
  const ids = (meetings: Meeting[]) => meetings.map((each) => each.meetingId);

  it("puts the nearest first and the past last, newest on top", () => {
    const sorted = sortMeetings([meeting("later", 600), meeting("soon", 30), meeting("old", -3000), meeting("older", -5000)], NOW);
    expect(sorted.next?.meetingId).toBe("soon");
    expect(ids(sorted.upcoming)).toEqual(["later"]);
    expect(ids(sorted.past)).toEqual(["old", "older"]);
  });

  it("prefers what goes on, then what is not past its end", () => {
    const running = sortMeetings([meeting("soon", 5), meeting("running", -40, "in-progress")], NOW);
    expect(running.next?.meetingId).toBe("running");
    const missed = sortMeetings([meeting("missed", -70), meeting("soon", 30)], NOW);
    expect(missed.next?.meetingId).toBe("soon");
    expect(ids(missed.upcoming)).toEqual(["missed"]); // may still be joined
    expect(sortMeetings([meeting("missed", -70)], NOW).next?.meetingId).toBe("missed");
  });

  it("counts what was cancelled or is over as past", () => {
    expect(isAhead(meeting("a", 30, "cancelled"), NOW)).toBe(false);
    expect(isAhead(meeting("a", -10, "completed"), NOW)).toBe(false);
    expect(isAhead(meeting("a", -121), NOW)).toBe(false);
  });
});

describe("people", () => {
  it("names the other one, with the address only for the host", () => {
    expect(otherOf(meeting("a", 0), "ben")).toEqual({ name: "Ada" });
    expect(otherOf(meeting("a", 0), "ada")).toEqual({ name: "Ben", email: "ben@example.org" });
  });

  it("has the personal link for the host only", () => {
    expect(personalLink({ ...meeting("a", 0), meetingLinks: ["y"] })).toBe("y");
    expect(personalLink(meeting("a", 0))).toBeNull();
  });
});
