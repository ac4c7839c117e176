import { describe, expect, it } from "vitest";
import { clockRange, countdown, dayAndTime, dayName, fromInputs, inWords, lengthInWords, toInputs, zoneName } from "./time";

const at = (iso: string) => Date.parse(iso);
const NOW = at("2026-11-21T12:00:00Z");

describe("inWords", () => {
  it.each([
    ["2026-11-21T12:00:20Z", "in less than a minute"],
    ["2026-11-21T11:59:30Z", "just now"],
    ["2026-11-21T12:12:30Z", "in 12 minutes"],
    ["2026-11-21T13:20:00Z", "in 80 minutes"],
    ["2026-11-21T15:30:00Z", "in 3 hours"],
    ["2026-11-21T11:30:00Z", "30 minutes ago"],
    ["2026-11-22T12:00:00Z", "tomorrow"],
    ["2026-11-24T08:00:00Z", "in 3 days"],
    ["2026-11-20T08:00:00Z", "yesterday"],
    ["2026-12-12T08:00:00Z", "in 3 weeks"],
  ])("%s is %s", (iso, words) => {
    expect(inWords(at(iso), NOW, "UTC")).toBe(words);
  });

  it("counts days as the zone does, and hours through midnight", () => {
    const evening = at("2026-11-21T21:00:00Z"); // midnight in Nairobi
    expect(inWords(at("2026-11-22T02:00:00Z"), evening - 60_000, "Africa/Nairobi")).toBe("in 5 hours");
    expect(inWords(at("2026-11-22T15:00:00Z"), evening - 60_000, "Africa/Nairobi")).toBe("tomorrow");
  });
});

describe("days and clocks", () => {
  it("names near days and writes far ones out", () => {
    expect(dayName(NOW, NOW, "UTC")).toBe("Today");
    expect(dayName(NOW + 86_400_000, NOW, "UTC")).toBe("Tomorrow");
    expect(dayName(at("2026-11-25T12:00:00Z"), NOW, "UTC")).toMatch(/Wednesday/);
    expect(dayName(at("2027-01-04T12:00:00Z"), NOW, "UTC")).toMatch(/2027/);
  });

  it("puts a day in front only when it is not today", () => {
    expect(dayAndTime(at("2026-11-21T13:45:00Z"), NOW, "UTC")).toMatch(/^1:45\sPM$/);
    expect(dayAndTime(at("2026-11-22T13:45:00Z"), NOW, "UTC")).toMatch(/^tomorrow at 1:45\sPM$/);
  });

  it("writes a range once per half of the day", () => {
    expect(clockRange(at("2026-11-21T13:00:00Z"), 50, "UTC")).toMatch(/^1:00.*1:50\sPM$/);
  });

  it("names a zone by its city and distance", () => {
    expect(zoneName("Africa/Nairobi", NOW)).toBe("Nairobi (GMT+3)");
    expect(zoneName("America/New_York", NOW)).toBe("New York (GMT-5)");
  });
});

describe("lengths", () => {
  it.each([
    [10, "less than a minute"],
    [2700, "45 minutes"],
    [60, "1 minute"],
    [3900, "1 hour 5 minutes"],
    [7200, "2 hours"],
  ])("%i s is %s", (seconds, words) => {
    expect(lengthInWords(seconds)).toBe(words);
  });

  it.each([
    [245_000, "4:05"],
    [3_845_000, "1:04:05"],
    [400, "0:01"],
    [-5, "0:00"],
  ])("%i ms counts down as %s", (ms, shown) => {
    expect(countdown(ms)).toBe(shown);
  });
});

describe("wall clocks", () => {
  it.each([
    ["2026-11-21", "14:30", "Africa/Nairobi", "2026-11-21T11:30:00Z"],
    ["2026-07-01", "09:00", "Europe/Berlin", "2026-07-01T07:00:00Z"],
    ["2026-03-29", "02:30", "Europe/Berlin", "2026-03-29T01:30:00Z"], // skipped: 03:30 summer time
    ["2026-10-25", "02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"], // twice: the first
    ["2026-03-29", "03:00", "Europe/Berlin", "2026-03-29T01:00:00Z"],
    ["2026-11-01", "01:30", "America/New_York", "2026-11-01T05:30:00Z"],
    ["2026-10-04", "02:15", "Australia/Lord_Howe", "2026-10-03T15:45:00Z"], // a skip of half an hour
  ])("%s %s in %s", (date, time, zone, iso) => {
    expect(fromInputs(date, time, zone)).toBe(at(iso));
  });

  it("gives back what it took", () => {
    const when = at("2026-12-31T22:05:00Z");
    const { date, time } = toInputs(when, "Asia/Kolkata");
    expect([date, time]).toEqual(["2027-01-01", "03:35"]);
    expect(fromInputs(date, time, "Asia/Kolkata")).toBe(when);
  });

  it("refuses what is no date", () => {
    expect(fromInputs("", "10:00", "UTC")).toBeNull();
    expect(fromInputs("2026-11-21", "", "UTC")).toBeNull();
  });
});
