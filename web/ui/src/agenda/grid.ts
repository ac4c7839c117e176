/**
 * Where things stand in a calendar: days of 23, 24 or 25 hours, who stands beside whom, the hours that
 * are free, and where a moved booking lands. Pure; everything is in the zone that it is given.
 */
import { fromInputs, toInputs } from "../i18n/time";
import { addDays, DAY_MINUTES, endInstant, spansOn, startInstant, weekdayOf } from "./hours";
import type { Hours } from "./words";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
/** What a booking is moved by. */
export const STEP_MINUTES = 15;
const STEP_MS = STEP_MINUTES * MINUTE_MS;

export interface Stretch {
  from: number;
  to: number;
}

export interface CalendarDay {
  date: string;
  /** Local midnight, and the next one. */
  start: number;
  end: number;
  /** Full hours of the clock; one that comes twice is there twice, one that is skipped is not. */
  ticks: number[];
}

export function dayOf(date: string, zone: string): CalendarDay {
  const start = startInstant(date, 0, zone);
  const end = startInstant(addDays(date, 1), 0, zone);
  const ticks: number[] = [];
  for (let at = start; at < end; at += STEP_MS) if (toInputs(at, zone).time.endsWith(":00")) ticks.push(at);
  return { date, start, end, ticks };
}

/** How long a day is: 23 or 25 hours where the clock changes. */
export const hoursOf = (day: CalendarDay): number => (day.end - day.start) / HOUR_MS;

/** Monday to Sunday around a date. */
export const weekOf = (date: string): string[] => {
  const monday = addDays(date, -weekdayOf(date));
  return Array.from({ length: 7 }, (_, at) => addDays(monday, at));
};

/** The whole weeks that a month touches. */
export function monthOf(date: string): string[][] {
  const first = `${date.slice(0, 7)}-01`;
  const weeks = [weekOf(first)];
  for (;;) {
    const monday = addDays(weeks.at(-1)?.[0] ?? first, 7);
    if (monday.slice(0, 7) !== date.slice(0, 7)) return weeks;
    weeks.push(weekOf(monday));
  }
}

/** The same day of another month, or its last. */
export function addMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0));
  const there = new Date(Date.UTC(year, month - 1 + months, Math.min(day, last.getUTCDate())));
  return there.toISOString().slice(0, 10);
}

/** When the host can be booked on a day, the end of the evening before included. */
export function openOn(hours: Hours, day: CalendarDay, zone: string): Stretch[] {
  const yesterday = addDays(day.date, -1);
  const late = spansOn(hours, yesterday)
    .filter((span) => span.to > DAY_MINUTES)
    .map((span) => ({ from: day.start, to: endInstant(yesterday, span.to, zone) }));
  const own = spansOn(hours, day.date).map((span) => ({ from: startInstant(day.date, span.from, zone), to: endInstant(day.date, span.to, zone) }));
  return [...late, ...own].map((it) => ({ from: Math.max(it.from, day.start), to: Math.min(it.to, day.end) })).filter((it) => it.from < it.to);
}

export interface Placed<T extends Stretch> {
  item: T;
  /** What of it lies on this day. */
  from: number;
  to: number;
  /** Of how many columns side by side, and in which. */
  column: number;
  columns: number;
}

/**
 * Side by side what overlaps: each in the first column that is free, and as many columns as the
 * busiest moment of the neighbours needs. `leastMs` is the length as which the shortest are drawn.
 */
export function place<T extends Stretch>(items: readonly T[], day: CalendarDay, leastMs: number): Placed<T>[] {
  const here = items
    .filter((it) => it.from < day.end && it.to > day.start)
    .map((item): Placed<T> => ({ item, from: Math.max(item.from, day.start), to: Math.min(item.to, day.end), column: 0, columns: 1 }))
    .sort((a, b) => a.from - b.from || b.to - a.to);
  const drawnTo = (it: Placed<T>) => Math.max(it.to, it.from + leastMs);
  let neighbours: Placed<T>[] = [];
  let busyUntil = -Infinity;
  const close = () => {
    const columns = Math.max(0, ...neighbours.map((it) => it.column)) + 1;
    for (const it of neighbours) it.columns = columns;
    neighbours = [];
  };
  for (const it of here) {
    if (it.from >= busyUntil) close();
    const taken = new Set(neighbours.filter((other) => drawnTo(other) > it.from).map((other) => other.column));
    while (taken.has(it.column)) it.column += 1;
    neighbours.push(it);
    busyUntil = Math.max(busyUntil, drawnTo(it));
  }
  close();
  return here;
}

/** Where in a day an instant stands, from 0 to 1. */
export const fractionAt = (day: CalendarDay, at: number): number => (at - day.start) / (day.end - day.start);

/** The step that a place in a day belongs to. */
export function instantAt(day: CalendarDay, fraction: number): number {
  const steps = Math.round((fraction * (day.end - day.start)) / STEP_MS);
  const last = (day.end - day.start) / STEP_MS - 1;
  return day.start + Math.min(Math.max(steps, 0), last) * STEP_MS;
}

/** Days later or earlier at the same time of the clock. */
export function shiftDays(at: number, days: number, zone: string): number {
  const { date, time } = toInputs(at, zone);
  return fromInputs(addDays(date, days), time, zone) ?? at;
}
