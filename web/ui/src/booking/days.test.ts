/** Free times fall on the day that a clock on the wall of the zone shows, also where clocks are changed. */
import { expect, test } from "vitest";
import { byDay, byPart, daysLater, fullOf, monthsLater, spanOf, vanished, weeksOf } from "./days";

const at = (text: string) => Date.parse(text);

test("one instant is on different days in different zones", () => {
  const late = at("2026-11-23T21:30:00Z");
  expect([...byDay([late], "Europe/Berlin").keys()]).toEqual(["2026-11-23"]);
  expect([...byDay([late], "Africa/Nairobi").keys()]).toEqual(["2026-11-24"]);
});

test("a month begins and ends at its own midnights, also with a change of clocks in it", () => {
  const october = spanOf("2026-10", "Europe/Berlin");
  expect(october.from).toBe(at("2026-09-30T22:00:00Z"));
  expect(october.to).toBe(at("2026-10-31T23:00:00Z"));
  expect(monthsLater("2026-11", 2)).toBe("2027-01");
  expect(daysLater("2026-12-31", 1)).toBe("2027-01-01");
});

test("a month has whole weeks, from the day that the reader begins with", () => {
  const monday = weeksOf("2026-11", 1);
  expect(monday[0]).toEqual([null, null, null, null, null, null, "2026-11-01"]);
  expect(monday).toHaveLength(6);
  const sunday = weeksOf("2026-11", 7);
  expect(sunday[0]?.[0]).toBe("2026-11-01");
  expect(sunday).toHaveLength(5);
  expect(sunday.every((week) => week.length === 7)).toBe(true);
});

test("the parts of a day go by the zone's clock", () => {
  const times = ["04:59", "05:00", "12:00", "18:00"].map((it) => at(`2026-07-01T${it}:00Z`));
  expect(byPart(times, "UTC").map(([part]) => part)).toEqual(["night", "morning", "afternoon", "evening"]);
  expect(byPart(times.slice(1, 2), "Africa/Nairobi")[0]?.[0]).toBe("morning");
});

test("what has begun has not been taken", () => {
  expect(vanished([1, 5, 9], [9], 3)).toEqual([5]);
});

test("a full day of the host's is offered for waiting in its month, unless a part of it is free here", () => {
  const full = ["2026-12-24", "2026-11-30", "2026-12-02", "2026-12-03"];
  expect(fullOf("2026-12", full, new Map([["2026-12-03", [1]]]))).toEqual(["2026-12-02", "2026-12-24"]);
  expect(fullOf("2027-01", full, new Map())).toEqual([]);
});
