/**
 * Days and months as a zone counts them, and free times sorted into them. Pure: instants are epoch
 * milliseconds, a day is `2026-11-23`, a month `2026-11`.
 */
import { fromInputs } from "../i18n/time";

export type Day = string;
export type Month = string;
export type Part = "night" | "morning" | "afternoon" | "evening";

/** Reads many instants of one zone with one formatter, which is dear to make. */
export function dayReader(zone: string): (at: number) => Day {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (at) => {
    const parts = format.formatToParts(at);
    const of = (type: string) => parts.find((it) => it.type === type)?.value ?? "";
    return `${of("year").padStart(4, "0")}-${of("month")}-${of("day")}`;
  };
}

/** Free times by their day, in order. */
export function byDay(slots: readonly number[], zone: string): Map<Day, number[]> {
  const read = dayReader(zone);
  const days = new Map<Day, number[]>();
  for (const at of slots) {
    const day = read(at);
    const held = days.get(day);
    if (held) held.push(at);
    else days.set(day, [at]);
  }
  return days;
}

/** The days of a month that have nothing left, without those of which this zone's reader can have a part. */
export function fullOf(month: Month, full: Iterable<Day>, free: ReadonlyMap<Day, unknown>): Day[] {
  return [...full].filter((day) => monthOf(day) === month && !free.has(day)).sort();
}

export const monthOf = (day: Day): Month => day.slice(0, 7);

export function monthsLater(month: Month, count: number): Month {
  const at = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1 + count, 1));
  return at.toISOString().slice(0, 7);
}

export function daysLater(day: Day, count: number): Day {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + count);
  return at.toISOString().slice(0, 10);
}

/** From the first instant of a month to the first of the next one. */
export function spanOf(month: Month, zone: string): { from: number; to: number } {
  const first = (it: Month) => fromInputs(`${it}-01`, "00:00", zone) ?? Date.parse(`${it}-01T00:00:00Z`);
  return { from: first(month), to: first(monthsLater(month, 1)) };
}

/** The weeks of a month; null where a week belongs to its neighbours. `first`: 1 is Monday, 7 Sunday. */
export function weeksOf(month: Month, first: number): (Day | null)[][] {
  const begins = new Date(`${month}-01T00:00:00Z`);
  const lead = (begins.getUTCDay() - (first % 7) + 7) % 7;
  const length = new Date(Date.UTC(begins.getUTCFullYear(), begins.getUTCMonth() + 1, 0)).getUTCDate();
  const cells: (Day | null)[] = Array.from({ length: lead }, () => null);
  for (let day = 1; day <= length; day += 1) cells.push(`${month}-${String(day).padStart(2, "0")}`);
  while (cells.length % 7 !== 0) cells.push(null);
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** Where a week begins for who reads this language. */
export function firstDayOf(language: string): number {
  try {
    const here = new Intl.Locale(language) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
    return (here.getWeekInfo?.() ?? here.weekInfo)?.firstDay ?? 1;
  } catch {
    return 1;
  }
}

/** Times of one day by the part of it. */
export function byPart(slots: readonly number[], zone: string): [Part, number[]][] {
  const hour = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", hour: "numeric" });
  const parts = new Map<Part, number[]>();
  for (const at of slots) {
    const part = partOf(Number(hour.formatToParts(at).find((it) => it.type === "hour")?.value ?? 0));
    parts.set(part, [...(parts.get(part) ?? []), at]);
  }
  return [...parts];
}

const partOf = (hour: number): Part => (hour < 5 ? "night" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening");

/** What was there and is not any more, leaving out what has simply begun. */
export function vanished(before: readonly number[], after: readonly number[], now: number): number[] {
  const left = new Set(after);
  return before.filter((at) => !left.has(at) && at > now);
}
