/**
 * From hours of the server to what a plot shows: sums of equal steps, and shares that are left out
 * where there is nothing to share. Pure, so that every plot counts the same way.
 */
import type { components } from "../generated/rest";

export type Hour = components["schemas"]["HourBody"];

const HOUR_MS = 3_600_000;

/** How far back, and in which steps. */
export const SPANS = {
  day: { stepMs: HOUR_MS, steps: 24 },
  week: { stepMs: 6 * HOUR_MS, steps: 28 },
  month: { stepMs: 24 * HOUR_MS, steps: 30 },
} as const;
export type Span = keyof typeof SPANS;

/** The first instant of a span that ends with the step of `now`. */
export function startOf(span: Span, now: number): number {
  const { stepMs, steps } = SPANS[span];
  return (Math.floor(now / stepMs) + 1 - steps) * stepMs;
}

export interface Step {
  at: number;
  hours: Hour[];
}

/** The hours by step, the earliest first; steps without any are there too. */
export function stepsOf(span: Span, hours: readonly Hour[], now: number): Step[] {
  const { stepMs, steps } = SPANS[span];
  const from = startOf(span, now);
  const all = Array.from({ length: steps }, (_, index): Step => ({ at: from + index * stepMs, hours: [] }));
  for (const hour of hours) all[Math.floor((hour.at - from) / stepMs)]?.hours.push(hour);
  return all;
}

export const sumOf = (hours: readonly Hour[], of: (hour: Hour) => number): number => hours.reduce((sum, hour) => sum + of(hour), 0);

export const mostOf = (hours: readonly Hour[], of: (hour: Hour) => number): number => hours.reduce((most, hour) => Math.max(most, of(hour)), 0);

/** Of a hundred; null where there is nothing. */
export function shareOf(hours: readonly Hour[], part: (hour: Hour) => number, rest: (hour: Hour) => number): number | null {
  const whole = sumOf(hours, part) + sumOf(hours, rest);
  return whole === 0 ? null : (sumOf(hours, part) / whole) * 100;
}

/** A round number that nothing is above: 1, 2 or 5 with zeros. */
export function ceiling(most: number): number {
  if (most <= 0) return 1;
  const unit = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((it) => it * unit).find((it) => it >= most) ?? most;
}
