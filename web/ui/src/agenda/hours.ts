/**
 * The hours of a host as somebody types them and as the server takes them, and which of them count on
 * a day. Pure. Minutes are counted from local midnight; a span that ends at or before its beginning
 * ends on the next day. The bounds are the server's (`domain/availability.rs`); it checks again.
 */
import { fromInputs, toInputs } from "../i18n/time";
import { type Exception, type Hours, type Span, ta } from "./words";

export const DAY_MINUTES = 24 * 60;
export const SPANS_MAX = 12;
export const EXCEPTIONS_MAX = 200;
export const LABEL_CHARS_MAX = 80;
/** Noon of the next day. */
const END_MAX = 36 * 60;
const EXCEPTION_DAYS_MAX = 366;
const HALF_HOUR_MS = 30 * 60_000;

export interface SpanRow {
  key: number;
  /** As a time input has it: `09:00`. */
  from: string;
  to: string;
}

export interface ExceptionRow {
  key: number;
  first: string;
  last: string;
  yearly: boolean;
  label: string;
  off: boolean;
  spans: SpanRow[];
}

export interface HoursDraft {
  zone: string;
  week: SpanRow[][];
  exceptions: ExceptionRow[];
}

let lastKey = 0;
export const nextKey = (): number => ++lastKey;

export const rowsOf = (spans: readonly Span[]): SpanRow[] => spans.map(({ from, to }) => ({ key: nextKey(), from: timeText(from), to: timeText(to) }));

export function draftOf(hours: Hours): HoursDraft {
  return {
    zone: hours.timeZone,
    week: Array.from({ length: 7 }, (_, day) => rowsOf(hours.week[day] ?? [])),
    exceptions: (hours.exceptions ?? []).map((it) => ({
      key: nextKey(),
      first: it.first,
      last: it.last,
      yearly: it.yearly ?? false,
      label: it.label ?? "",
      off: (it.spans ?? []).length === 0,
      spans: rowsOf(it.spans ?? []),
    })),
  };
}

/** `540` as `09:00`; the next day counts from midnight again. */
export function timeText(minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const within = minute % DAY_MINUTES;
  return `${two(Math.floor(within / 60))}:${two(within % 60)}`;
}

export function minuteOf(text: string): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)/.exec(text);
  return found ? Number(found[1]) * 60 + Number(found[2]) : null;
}

/** Whether it ends on the day after. Midnight itself is still the same day. */
export function endsNextDay(row: SpanRow): boolean {
  const [from, to] = [minuteOf(row.from), minuteOf(row.to)];
  return from !== null && to !== null && to !== 0 && to <= from;
}

/** Words by the key of a row. */
export type RowProblems = ReadonlyMap<number, string>;

export interface ReadSpans {
  spans: Span[];
  problems: Map<number, string>;
}

/** In order; what cannot be taken is left out and has words. */
export function readSpans(rows: readonly SpanRow[]): ReadSpans {
  const problems = new Map<number, string>();
  const read: { key: number; from: number; to: number }[] = [];
  for (const row of rows) {
    const from = minuteOf(row.from);
    const typed = minuteOf(row.to);
    if (from === null || typed === null) {
      problems.set(row.key, ta("bad.time"));
      continue;
    }
    const to = typed <= from ? typed + DAY_MINUTES : typed;
    if (typed === from && from !== 0) problems.set(row.key, ta("bad.spanEmpty"));
    else if (to > END_MAX) problems.set(row.key, ta("bad.spanLong"));
    else read.push({ key: row.key, from, to });
  }
  read.sort((a, b) => a.from - b.from || a.to - b.to);
  for (const [at, it] of read.entries()) {
    const earlier = read[at - 1];
    if (earlier && it.from < earlier.to) problems.set(it.key, ta("bad.spanOverlap", { from: timeText(earlier.from), to: timeText(earlier.to) }));
  }
  return { spans: read.map(({ from, to }) => ({ from, to })), problems };
}

export interface ReadHours {
  hours: Hours;
  /** Of spans, by their row. */
  spans: Map<number, string>;
  /** Of days that differ, by their row. */
  exceptions: Map<number, string>;
  zone: string | null;
}

export function readHours(draft: HoursDraft, zones: readonly string[]): ReadHours {
  const spans = new Map<number, string>();
  const exceptions = new Map<number, string>();
  const take = (rows: readonly SpanRow[]): Span[] => {
    const read = readSpans(rows);
    for (const [key, words] of read.problems) spans.set(key, words);
    return read.spans;
  };
  const hours: Hours = {
    timeZone: draft.zone,
    week: draft.week.map(take),
    exceptions: draft.exceptions.map((row): Exception => {
      const words = exceptionProblem(row);
      if (words) exceptions.set(row.key, words);
      return { first: row.first, last: row.last || row.first, yearly: row.yearly, label: row.label.trim(), spans: row.off ? [] : take(row.spans) };
    }),
  };
  const known = draft.zone !== "" && (zones.length === 0 || draft.zone === "UTC" || zones.includes(draft.zone));
  return { hours, spans, exceptions, zone: known ? null : ta("bad.zone") };
}

function exceptionProblem(row: ExceptionRow): string | null {
  const last = row.last || row.first;
  if (!isDate(row.first) || !isDate(last)) return ta("bad.date");
  if (last < row.first) return ta("bad.dateOrder");
  if (dayNumber(last) - dayNumber(row.first) >= EXCEPTION_DAYS_MAX) return ta("bad.dateLong");
  if (!row.off && row.spans.length === 0) return ta("bad.noHours");
  return null;
}

export const isDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** Days since 1970-01-01 of a date. */
export const dayNumber = (date: string): number => Math.round(Date.parse(`${date}T00:00:00Z`) / 86_400_000);

export const dateOfNumber = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

export const addDays = (date: string, days: number): string => dateOfNumber(dayNumber(date) + days);

/** From Monday, 0, to Sunday, 6. */
export const weekdayOf = (date: string): number => (((dayNumber(date) + 3) % 7) + 7) % 7;

/** The exception that counts on a day: of several the shortest, and one of a certain year before one of every year. */
export function exceptionOn(hours: Hours, date: string): Exception | null {
  const length = (it: Exception) => dayNumber(it.last) - dayNumber(it.first);
  const hits = (hours.exceptions ?? []).filter((it) => covers(it, date));
  hits.sort((a, b) => Number(a.yearly ?? false) - Number(b.yearly ?? false) || length(a) - length(b));
  return hits[0] ?? null;
}

/** The hours that count on a day. */
export function spansOn(hours: Hours, date: string): readonly Span[] {
  const exception = exceptionOn(hours, date);
  return exception ? (exception.spans ?? []) : (hours.week[weekdayOf(date)] ?? []);
}

function covers(it: Exception, date: string): boolean {
  if (!it.yearly) return it.first <= date && date <= it.last;
  const [first, last, day] = [it.first.slice(5), it.last.slice(5), date.slice(5)];
  return first <= last ? first <= day && day <= last : day >= first || day <= last; // over the turn of the year
}

/** The instant of a minute of a day in a zone: of one that comes twice the first; of one that is skipped, after the gap. */
export function startInstant(date: string, minute: number, zone: string): number {
  const day = addDays(date, Math.floor(minute / DAY_MINUTES));
  return fromInputs(day, timeText(minute), zone) ?? Number.NaN;
}

/** As above, for where something ends: of a minute that comes twice the second. */
export function endInstant(date: string, minute: number, zone: string): number {
  const first = startInstant(date, minute, zone);
  const wanted = toInputs(first, zone);
  for (const later of [first + 2 * HALF_HOUR_MS, first + HALF_HOUR_MS]) {
    const shown = toInputs(later, zone);
    if (shown.date === wanted.date && shown.time === wanted.time) return later;
  }
  return first;
}
