import { describe, expect, it } from "vitest";
import { addMonths, dayOf, fractionAt, HOUR_MS, hoursOf, instantAt, monthOf, openOn, place, shiftDays, weekOf } from "./grid";
import type { Hours } from "./words";

const BERLIN = "Europe/Berlin";
const at = (iso: string) => Date.parse(iso);

describe("a day", () => {
  it("is as long as the clock makes it", () => {
    expect(hoursOf(dayOf("2026-11-21", BERLIN))).toBe(24);
    const spring = dayOf("2026-03-29", BERLIN);
    expect([hoursOf(spring), spring.ticks.length]).toEqual([23, 23]);
    const autumn = dayOf("2026-10-25", BERLIN);
    expect([hoursOf(autumn), autumn.ticks.length]).toEqual([25, 25]);
    expect(autumn.ticks[3]! - autumn.ticks[2]!).toBe(HOUR_MS); // two o'clock, twice
    // Half an hour, and a clock that stands still between 1:30 and 2:00.
    expect(hoursOf(dayOf("2026-04-05", "Australia/Lord_Howe"))).toBe(24.5);
    expect(dayOf("2026-10-04", "Australia/Lord_Howe").ticks).toHaveLength(23);
  });
  it("is a place for instants, and back", () => {
    const spring = dayOf("2026-03-29", BERLIN);
    const noon = at("2026-03-29T10:00:00Z");
    expect(fractionAt(spring, noon)).toBeCloseTo(11 / 23);
    expect(instantAt(spring, 11 / 23 + 0.001)).toBe(noon);
    expect(instantAt(spring, -1)).toBe(spring.start);
    expect(instantAt(spring, 2)).toBe(spring.end - HOUR_MS / 4);
  });
});

describe("weeks and months", () => {
  it("begin on Monday and are whole", () => {
    expect(weekOf("2026-11-22")[0]).toBe("2026-11-16");
    expect(weekOf("2026-11-23")[6]).toBe("2026-11-29");
    expect(monthOf("2026-11-10").map((week) => week[0])).toEqual(["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]);
    expect(monthOf("2027-02-01")).toHaveLength(4);
    expect(addMonths("2026-01-31", 1)).toBe("2026-02-28");
    expect(addMonths("2026-01-31", -2)).toBe("2025-11-30");
  });
});

describe("open hours", () => {
  const hours: Hours = { timeZone: BERLIN, week: [[], [], [], [], [], [{ from: 22 * 60, to: 26 * 60 }], [{ from: 60, to: 600 }]], exceptions: [] };
  it("go on after midnight, and over the change of the clock", () => {
    const sunday = dayOf("2026-10-25", BERLIN);
    expect(openOn(hours, sunday, BERLIN)).toEqual([
      { from: at("2026-10-24T22:00:00Z"), to: at("2026-10-25T01:00:00Z") },
      { from: at("2026-10-24T23:00:00Z"), to: at("2026-10-25T09:00:00Z") },
    ]);
    expect(openOn(hours, dayOf("2026-10-24", BERLIN), BERLIN)).toEqual([{ from: at("2026-10-24T20:00:00Z"), to: at("2026-10-24T22:00:00Z") }]);
  });
});

describe("what overlaps", () => {
  const day = dayOf("2026-11-21", "UTC");
  const columns = (...spans: [number, number][]) => {
    const items = spans.map(([from, to]) => ({ from: day.start + from * HOUR_MS, to: day.start + to * HOUR_MS }));
    return place(items, day, 0).map((it) => `${it.column}/${it.columns}`);
  };
  it("stands side by side, and only that", () => {
    expect(columns([9, 10], [10, 11])).toEqual(["0/1", "0/1"]);
    expect(columns([9, 11], [10, 12], [11, 13])).toEqual(["0/2", "1/2", "0/2"]);
    expect(columns([9, 12], [9, 10], [9, 11], [13, 14])).toEqual(["0/3", "1/3", "2/3", "0/1"].sort((a, b) => Number(a.endsWith("1")) - Number(b.endsWith("1"))));
    expect(columns([25, 26], [-2, -1])).toEqual([]);
  });
  it("is cut at midnight, and drawn no smaller than can be pressed", () => {
    const long = { from: day.start - HOUR_MS, to: day.end + HOUR_MS };
    expect(place([long], day, 0)[0]).toMatchObject({ from: day.start, to: day.end });
    const short = [0, 0.25].map((hour) => ({ from: day.start + hour * HOUR_MS, to: day.start + (hour + 0.25) * HOUR_MS }));
    expect(place(short, day, HOUR_MS / 2).map((it) => it.columns)).toEqual([2, 2]);
    expect(place(short, day, HOUR_MS / 4).map((it) => it.columns)).toEqual([1, 1]);
  });
});

describe("a move by days", () => {
  it("keeps the time of the clock over its change", () => {
    expect(shiftDays(at("2026-10-24T08:00:00Z"), 1, BERLIN)).toBe(at("2026-10-25T09:00:00Z"));
    expect(shiftDays(at("2026-03-28T01:30:00Z"), 1, BERLIN)).toBe(at("2026-03-29T01:30:00Z")); // the gap
  });
});
