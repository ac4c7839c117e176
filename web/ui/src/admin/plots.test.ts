import { describe, expect, it } from "vitest";
import { ceiling, type Hour, mostOf, shareOf, SPANS, startOf, stepsOf, sumOf } from "./plots";

const HOUR_MS = 3_600_000;
const hour = (at: number, started: number, failed = 0): Hour => ({
  ...{ at, started, failed, direct: 0, relayed: 0, relayBytes: 0, socketsMax: started, sold: 0, fees: 0 },
});

describe("the steps of a plot", () => {
  const now = 1_000 * 24 * HOUR_MS + 5 * HOUR_MS + 17;

  it.each(["day", "week", "month"] as const)("of a %s are whole ones, and the last has now in it", (span) => {
    const steps = stepsOf(span, [], now);
    const { stepMs } = SPANS[span];
    const last = steps.at(-1)?.at ?? 0;
    expect([steps.length, steps[0]?.at, last % stepMs]).toEqual([SPANS[span].steps, startOf(span, now), 0]);
    expect(last <= now && now < last + stepMs).toBe(true);
  });

  it("hold every hour once, and leave out what is too old", () => {
    const hours = [hour(now - 40 * HOUR_MS, 9), hour(now - 17 - HOUR_MS, 2), hour(now - 17, 3, 1)];
    const counts = stepsOf("day", hours, now).map((step) => sumOf(step.hours, (it) => it.started));
    expect([counts.slice(-2), counts.reduce((a, b) => a + b)]).toEqual([[2, 3], 5]);
    const week = stepsOf("week", hours, now).at(-1)?.hours ?? [];
    expect([sumOf(week, (it) => it.started), mostOf(week, (it) => it.socketsMax)]).toEqual([5, 3]);
    expect(shareOf(week, (it) => it.started, (it) => it.failed)).toBeCloseTo(83.3, 1);
    expect(shareOf([], (it) => it.started, (it) => it.failed)).toBeNull();
  });

  it("end below a round number", () => {
    expect([0, 1, 3, 7, 11, 200, 201].map(ceiling)).toEqual([1, 1, 5, 10, 20, 200, 500]);
  });
});
