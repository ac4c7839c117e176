import { describe, expect, it } from "vitest";
import { draftOf, endInstant, endsNextDay, exceptionOn, type ExceptionRow, readHours, readSpans, rowsOf, spansOn, type SpanRow, startInstant, weekdayOf } from "./hours";
import type { Hours } from "./words";
import { search } from "./ZoneChoice";

const row = (from: string, to: string, key = 1): SpanRow => ({ key, from, to });
const HOURS: Hours = {
  timeZone: "Europe/Berlin",
  week: [[{ from: 540, to: 720 }, { from: 780, to: 1020 }], [], [], [], [], [{ from: 1320, to: 1560 }], []],
  exceptions: [
    { first: "2026-12-21", last: "2027-01-03", spans: [], label: "Away" },
    { first: "2026-12-28", last: "2026-12-28", spans: [{ from: 600, to: 660 }] },
    { first: "2025-12-31", last: "2026-01-01", yearly: true, spans: [] },
  ],
};

describe("the hours of a day", () => {
  it("are read in order, and may end on the next day", () => {
    expect(readSpans([row("13:00", "17:00", 1), row("09:00", "12:00", 2)]).spans).toEqual([{ from: 540, to: 720 }, { from: 780, to: 1020 }]);
    expect(readSpans([row("22:00", "02:00")]).spans).toEqual([{ from: 1320, to: 1560 }]);
    expect(readSpans([row("18:00", "00:00")]).spans).toEqual([{ from: 1080, to: 1440 }]);
    expect(readSpans([row("00:00", "00:00")]).spans).toEqual([{ from: 0, to: 1440 }]);
    expect(endsNextDay(row("22:00", "02:00"))).toBe(true);
    expect(endsNextDay(row("18:00", "00:00"))).toBe(false);
  });
  it("have words where they cannot be", () => {
    const words = (...rows: SpanRow[]) => [...readSpans(rows).problems.keys()];
    expect(words(row("", "12:00"))).toEqual([1]);
    expect(words(row("17:00", "13:00"))).toEqual([1]);
    expect(words(row("09:00", "09:00"))).toEqual([1]);
    expect(words(row("09:00", "12:00", 1), row("11:00", "14:00", 2))).toEqual([2]);
    expect(words(row("09:00", "12:00", 1), row("12:00", "14:00", 2))).toEqual([]);
  });
  it("come back as they were", () => {
    expect(readHours(draftOf(HOURS), []).hours).toEqual({ ...HOURS, exceptions: HOURS.exceptions?.map((it) => ({ yearly: false, label: "", ...it })) });
  });
});

describe("days that differ", () => {
  it("count as on the server: the shortest, and a certain year before every year", () => {
    expect(spansOn(HOURS, "2026-12-14")).toHaveLength(2);
    expect(spansOn(HOURS, "2026-12-21")).toEqual([]);
    expect(spansOn(HOURS, "2026-12-28")).toEqual([{ from: 600, to: 660 }]);
    expect(exceptionOn(HOURS, "2026-12-31")?.label).toBe("Away");
    expect(exceptionOn(HOURS, "2029-01-01")?.yearly).toBe(true);
    expect(exceptionOn(HOURS, "2029-01-02")).toBeNull();
    expect(weekdayOf("2026-11-23")).toBe(0);
    expect(weekdayOf("1969-12-28")).toBe(6);
  });
  it("have words where they cannot be", () => {
    const wrong = (part: Partial<ExceptionRow>) => {
      const it = { key: 1, first: "2026-12-24", last: "2026-12-26", yearly: false, label: "", off: true, spans: [], ...part };
      return readHours({ zone: "UTC", week: [], exceptions: [it] }, []).exceptions.size;
    };
    expect(wrong({})).toBe(0);
    expect(wrong({ last: "" })).toBe(0);
    expect(wrong({ first: "" })).toBe(1);
    expect(wrong({ last: "2026-12-23" })).toBe(1);
    expect(wrong({ last: "2027-12-30" })).toBe(1);
    expect(wrong({ off: false })).toBe(1);
    expect(wrong({ off: false, spans: rowsOf([{ from: 1, to: 2 }]) })).toBe(0);
  });
});

describe("minutes of a day as instants", () => {
  const at = (iso: string) => Date.parse(iso);
  it("follow the clock over both changes", () => {
    // Berlin: 02:00 to 03:00 is skipped on 29 March, and comes twice on 25 October.
    expect(startInstant("2026-03-29", 150, "Europe/Berlin")).toBe(at("2026-03-29T01:30:00Z"));
    expect(startInstant("2026-10-25", 150, "Europe/Berlin")).toBe(at("2026-10-25T00:30:00Z"));
    expect(endInstant("2026-10-25", 150, "Europe/Berlin")).toBe(at("2026-10-25T01:30:00Z"));
    expect(endInstant("2026-10-25", 1440, "Europe/Berlin")).toBe(at("2026-10-25T23:00:00Z"));
    // Lord Howe turns its clock by half an hour.
    expect(startInstant("2026-04-05", 105, "Australia/Lord_Howe")).toBe(at("2026-04-04T14:45:00Z"));
    expect(endInstant("2026-04-05", 105, "Australia/Lord_Howe")).toBe(at("2026-04-04T15:15:00Z"));
    expect(startInstant("2026-11-20", 26 * 60, "UTC")).toBe(at("2026-11-21T02:00:00Z"));
  });
});

describe("zones", () => {
  const zones = ["Africa/Nairobi", "America/New_York", "Europe/Berlin", "Asia/Kolkata"];
  it("are found by city, continent and distance", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    expect(search(zones, "new y", now)).toEqual(["America/New_York"]);
    expect(search(zones, "africa", now)).toEqual(["Africa/Nairobi"]);
    expect(search(zones, "+5:30", now)).toEqual(["Asia/Kolkata"]);
    expect(search(zones, "xyz", now)).toEqual([]);
    expect(search(zones, "", now)).toHaveLength(4);
  });
});
