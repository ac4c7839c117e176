/**
 * Times in words and in the clock of a zone. Everything takes instants (epoch milliseconds) and
 * `now` as arguments; what a clock on a wall shows is computed here and nowhere else.
 */
import { t } from "./index";
import { locale } from "./languages";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The zone this device is set to, such as `Africa/Nairobi`. */
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** How far away an instant is: "in 12 minutes", "in 3 hours", "tomorrow", "2 days ago". */
export function inWords(at: number, now: number, zone = deviceZone()): string {
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: "auto" });
  const distance = at - now;
  const size = Math.abs(distance);
  if (size < MINUTE) return distance >= 0 ? t("time.soon") : t("time.justNow");
  if (size < 90 * MINUTE) return relative.format(Math.trunc(distance / MINUTE), "minute");
  const days = daysBetween(now, at, zone);
  if (days === 0 || size < 8 * HOUR) return relative.format(Math.trunc(distance / HOUR), "hour");
  if (Math.abs(days) < 14) return relative.format(days, "day");
  if (Math.abs(days) < 60) return relative.format(Math.trunc(days / 7), "week");
  return relative.format(Math.trunc(days / 30), "month");
}

/** "Today", "Tomorrow" or "Monday, 24 November"; with the year when it is another one. */
export function dayName(at: number, now: number, zone = deviceZone()): string {
  const days = daysBetween(now, at, zone);
  if (days === 0) return t("time.today");
  if (days === 1) return t("time.tomorrow");
  if (days === -1) return t("time.yesterday");
  const sameYear = clock(at, zone).year === clock(now, zone).year;
  return new Intl.DateTimeFormat(locale(), {
    timeZone: zone,
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(at);
}

/** "21 Nov 2026": for lists of what was. */
export const shortDate = (at: number, zone = deviceZone()): string =>
  new Intl.DateTimeFormat(locale(), { timeZone: zone, day: "numeric", month: "short", year: "numeric" }).format(at);

/** "14:30" or "2:30 PM", as the language has it. */
export const clockTime = (at: number, zone = deviceZone()): string =>
  new Intl.DateTimeFormat(locale(), { timeZone: zone, timeStyle: "short" }).format(at);

/** "14:30 – 15:20", from a beginning and a length. */
export function clockRange(at: number, minutes: number, zone = deviceZone()): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: zone, timeStyle: "short" }).formatRange(
    at,
    at + minutes * MINUTE,
  );
}

/** "tomorrow at 14:30", for the middle of a sentence. */
export function dayAndTime(at: number, now: number, zone = deviceZone()): string {
  const days = daysBetween(now, at, zone);
  const time = clockTime(at, zone);
  if (days === 0) return time;
  if (days === 1) return t("time.tomorrowAt", { time });
  return t("time.dayAt", { day: dayName(at, now, zone), time });
}

/** "Nairobi (GMT+3)": a zone as people know it, with its distance on that day. */
export function zoneName(zone: string, at: number): string {
  const city = (zone.split("/").pop() ?? zone).replace(/_/g, " ");
  const offset = part(new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }), at, "timeZoneName");
  return city === offset ? city : `${city} (${offset})`;
}

/** "45 minutes", "1 hour 5 minutes", "less than a minute": how long something took. */
export function lengthInWords(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) return t("time.lessThanMinute");
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  const words = [];
  if (hours > 0) words.push(unit(hours, "hour"));
  if (rest > 0) words.push(unit(rest, "minute"));
  return words.join(" ");
}

/** "4:05" or "1:04:05": what is left, down to the second, never below nothing. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** What the wall clock of a zone shows at an instant, as the inputs want it. */
export function toInputs(at: number, zone: string): { date: string; time: string } {
  const shown = clock(at, zone);
  const two = (value: number) => String(value).padStart(2, "0");
  return {
    date: `${String(shown.year).padStart(4, "0")}-${two(shown.month)}-${two(shown.day)}`,
    time: `${two(shown.hour)}:${two(shown.minute)}`,
  };
}

/**
 * The instant at which the wall clock of a zone shows this date and time. A time that the clock
 * skips in spring moves forward by the skip; of one that comes twice in autumn the first is meant.
 * Null for what is no date.
 */
export function fromInputs(date: string, time: string, zone: string): number | null {
  const digits = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})$/.exec(`${date}T${time}`);
  if (!digits) return null;
  const [year, month, day, hour, minute] = digits.slice(1).map(Number) as [number, number, number, number, number];
  const wall = Date.UTC(year, month - 1, day, hour, minute);
  if (Number.isNaN(wall)) return null;
  const before = offsetAt(wall - DAY, zone);
  const after = offsetAt(wall + DAY, zone);
  // Largest offset first: it gives the earlier of two instants.
  for (const offset of [Math.max(before, after), Math.min(before, after)]) {
    if (offsetAt(wall - offset, zone) === offset) return wall - offset;
  }
  return wall - before; // in the gap: as if the clock had not been changed yet
}

/** Calendar days from one instant to another as the zone counts them. */
export function daysBetween(from: number, to: number, zone: string): number {
  const midnight = (at: number) => {
    const shown = clock(at, zone);
    return Date.UTC(shown.year, shown.month - 1, shown.day);
  };
  return Math.round((midnight(to) - midnight(from)) / DAY);
}

/** How far the zone's clock is ahead of UTC at an instant. */
function offsetAt(at: number, zone: string): number {
  const shown = clock(at, zone);
  const wall = Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute, shown.second);
  return wall - Math.floor(at / 1000) * 1000;
}

const unit = (value: number, name: "hour" | "minute"): string =>
  new Intl.NumberFormat(locale(), { style: "unit", unit: name, unitDisplay: "long" }).format(value);

type Clock = Record<"year" | "month" | "day" | "hour" | "minute" | "second", number>;

function clock(at: number, zone: string): Clock {
  const shown = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(at);
  const number = (type: string) => Number(shown.find((piece) => piece.type === type)?.value ?? 0);
  return {
    year: number("year"),
    month: number("month"),
    day: number("day"),
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
  };
}

const part = (format: Intl.DateTimeFormat, at: number, type: string): string =>
  format.formatToParts(at).find((piece) => piece.type === type)?.value ?? "";

/** Every zone that the browser knows; none in the few that cannot say. */
export const allZones = (): string[] => ("supportedValuesOf" in Intl ? Intl.supportedValuesOf("timeZone") : []);
