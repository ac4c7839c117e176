/**
 * A service as somebody types it, and as the server takes it: one way and back, with words for each
 * field that cannot be taken. Pure. The bounds are the server's (`domain/service.rs`); it checks again.
 */
import { locale } from "../i18n/languages";
import { coins, currency, inCoins, parseCoins } from "../money/words";
import { spanWords } from "../i18n/span";
import { type ServiceForm, ta } from "./words";

export const UNITS = { minutes: 1, hours: 60, days: 24 * 60 } as const;
export type Unit = keyof typeof UNITS;

/** A number that somebody types, and its unit. */
export interface Amount {
  value: string;
  unit: Unit;
}

export interface BracketRow {
  key: number;
  notice: Amount;
  percent: string;
}

export interface LeadRow {
  key: number;
  lead: Amount;
}

export interface Draft {
  title: string;
  details: string;
  durationMinutes: string;
  price: string;
  /** Of the price: a currency, or nothing for coins. */
  currency: string;
  /** Digits after the point of one unit of it. */
  digits: number;
  approval: boolean;
  lobby: boolean;
  active: boolean;
  stepMinutes: string;
  bufferBeforeMinutes: string;
  bufferAfterMinutes: string;
  notice: Amount;
  horizonDays: string;
  perDayMax: string;
  perWeekMax: string;
  perClientMax: string;
  capacity: string;
  movesMax: string;
  cancellation: BracketRow[];
  ownReminders: boolean;
  reminders: LeadRow[];
  ownWindow: boolean;
  openBefore: string;
  closeAfter: string;
}

/** What stands in a new service. */
export const USUAL: ServiceForm = {
  title: "",
  details: "",
  durationMinutes: 50,
  priceMc: 0,
  priceMoney: null,
  capacity: 1,
  bufferBeforeMinutes: 0,
  bufferAfterMinutes: 10,
  stepMinutes: 30,
  noticeMinutes: 120,
  horizonDays: 60,
  perDayMax: null,
  perWeekMax: null,
  perClientMax: null,
  approval: false,
  cancellation: [
    { noticeMinutes: 24 * 60, refundBps: 10_000 },
    { noticeMinutes: 120, refundBps: 5_000 },
  ],
  movesMax: 3,
  reminderMinutes: null,
  joinWindow: null,
  lobby: true,
  active: true,
};

export const TITLE_CHARS_MAX = 80;
export const DETAILS_CHARS_MAX = 2_000;
export const BRACKETS_MAX = 6;
export const REMINDERS_MAX = 5;
const CAPACITY_MAX = 50;
const ALL_BPS = 10_000;
const GRAIN = 5;
const HALF_DAY = 12 * 60;
const YEAR_DAYS = 365;
const DAY = 24 * 60;

let lastKey = 0;
export const nextKey = (): number => ++lastKey;

/** Minutes in the largest unit that they fill. */
export function amountOf(minutes: number): Amount {
  const unit: Unit = minutes > DAY && minutes % DAY === 0 ? "days" : minutes > 0 && minutes % 60 === 0 ? "hours" : "minutes";
  return { value: String(minutes / UNITS[unit]), unit };
}

/** Whole minutes, or null for what is no number of them. */
export function minutesOf(amount: Amount): number | null {
  const whole = wholeOf(amount.value);
  return whole === null ? null : whole * UNITS[amount.unit];
}

export function wholeOf(typed: string): number | null {
  return /^\d{1,6}$/.test(typed.trim()) ? Number(typed.trim()) : null;
}

export function draftOf(form: ServiceForm): Draft {
  const count = (value: number | null | undefined) => (value == null ? "" : String(value));
  return {
    title: form.title,
    details: form.details,
    durationMinutes: String(form.durationMinutes),
    price: form.priceMoney ? typedMinor(form.priceMoney.minor, form.priceMoney.digits ?? 0) : form.priceMc === 0 ? "" : coins(form.priceMc, { useGrouping: false }),
    currency: form.priceMoney?.currency ?? "",
    digits: form.priceMoney?.digits ?? 0,
    approval: form.approval,
    lobby: form.lobby,
    active: form.active,
    stepMinutes: String(form.stepMinutes),
    bufferBeforeMinutes: String(form.bufferBeforeMinutes),
    bufferAfterMinutes: String(form.bufferAfterMinutes),
    notice: amountOf(form.noticeMinutes),
    horizonDays: String(form.horizonDays),
    perDayMax: count(form.perDayMax),
    perWeekMax: count(form.perWeekMax),
    perClientMax: count(form.perClientMax),
    capacity: String(form.capacity),
    movesMax: String(form.movesMax),
    cancellation: form.cancellation.map((it) => ({ key: nextKey(), notice: amountOf(it.noticeMinutes), percent: String(it.refundBps / 100) })),
    ownReminders: form.reminderMinutes != null,
    reminders: (form.reminderMinutes ?? [DAY, 60, 15]).map((it) => ({ key: nextKey(), lead: amountOf(it) })),
    ownWindow: form.joinWindow != null,
    openBefore: String(form.joinWindow?.openBeforeMinutes ?? 15),
    closeAfter: String(form.joinWindow?.closeAfterMinutes ?? 120),
  };
}

/** Words by the name of a field. */
export type Problems = Record<string, string>;

export interface Read {
  /** What is sent when there are no problems; in fields with one, what was there before. */
  form: ServiceForm;
  problems: Problems;
}

/** What was typed, over what was there: fields that this page does not know stay as they are. */
export function readDraft(draft: Draft, before: ServiceForm): Read {
  const problems: Problems = {};
  const refuse = (field: string, words: string): void => {
    problems[field] ??= words;
  };
  const grid = (field: "durationMinutes" | "stepMinutes" | "bufferBeforeMinutes" | "bufferAfterMinutes", least: number): number => {
    const value = wholeOf(draft[field]);
    if (value !== null && value >= least && value <= HALF_DAY && value % GRAIN === 0) return value;
    refuse(field, ta("bad.grid", { least }));
    return before[field];
  };
  const limit = (field: "perDayMax" | "perWeekMax" | "perClientMax"): number | null => {
    if (draft[field].trim() === "") return null;
    const value = wholeOf(draft[field]);
    if (value !== null && value >= 1) return value;
    refuse(field, ta("bad.limit"));
    return before[field] ?? null;
  };

  const title = draft.title.trim();
  if (title === "") refuse("title", ta("bad.title"));
  const free = draft.price.trim() === "";
  const inMoney = draft.currency !== "" && !free;
  const typedPrice = free ? 0 : inMoney ? minorOf(draft.price, draft.digits) : parseCoins(draft.price);
  if (typedPrice === null || typedPrice < 0) refuse("priceMc", ta(inMoney ? "bad.money" : "bad.price"));
  const horizon = wholeOf(draft.horizonDays);
  const horizonDays = horizon !== null && horizon >= 1 && horizon <= YEAR_DAYS ? horizon : null;
  if (horizonDays === null) refuse("horizonDays", ta("bad.horizon"));
  const notice = minutesOf(draft.notice);
  if (notice === null || notice >= (horizonDays ?? YEAR_DAYS) * DAY) refuse("noticeMinutes", ta("bad.notice"));
  const seats = wholeOf(draft.capacity);
  const capacity = seats !== null && seats >= 1 && seats <= CAPACITY_MAX ? seats : null;
  if (capacity === null) refuse("capacity", ta("bad.capacity", { most: CAPACITY_MAX }));
  const moves = wholeOf(draft.movesMax);
  if (moves === null || moves > 1_000) refuse("movesMax", ta("bad.count"));

  const form: ServiceForm = {
    ...before,
    title,
    details: draft.details.trim(),
    durationMinutes: grid("durationMinutes", GRAIN),
    // Of a price in a currency the server says what it comes to in coins.
    priceMc: inMoney ? before.priceMc : (typedPrice ?? before.priceMc),
    priceMoney: inMoney ? { minor: typedPrice ?? 0, currency: draft.currency, digits: draft.digits } : null,
    approval: draft.approval,
    lobby: draft.lobby,
    active: draft.active,
    stepMinutes: grid("stepMinutes", GRAIN),
    bufferBeforeMinutes: grid("bufferBeforeMinutes", 0),
    bufferAfterMinutes: grid("bufferAfterMinutes", 0),
    noticeMinutes: notice ?? before.noticeMinutes,
    horizonDays: horizonDays ?? before.horizonDays,
    perDayMax: limit("perDayMax"),
    perWeekMax: limit("perWeekMax"),
    perClientMax: limit("perClientMax"),
    capacity: capacity ?? before.capacity,
    movesMax: moves ?? before.movesMax,
    cancellation: brackets(draft.cancellation, refuse),
    reminderMinutes: draft.ownReminders ? leads(draft.reminders, refuse) : null,
    joinWindow: draft.ownWindow ? window(draft, refuse) : null,
  };
  return { form, problems };
}

/** `12,50` in the minor unit of a currency, such as paise; null for what is no sum of it. */
export function minorOf(typed: string, digits: number): number | null {
  const found = /^(\d{1,9})(?:[.,](\d+))?$/.exec(typed.trim());
  const part = found?.[2] ?? "";
  if (!found || part.length > digits) return null;
  return Number(`${found[1]}${part.padEnd(digits, "0")}`);
}

/** What somebody would type for a sum in a minor unit, without a needless fraction. */
function typedMinor(minor: number, digits: number): string {
  const all = String(minor).padStart(digits + 1, "0");
  const part = digits > 0 ? all.slice(-digits) : "";
  const whole = digits > 0 ? all.slice(0, -digits) : all;
  return /[1-9]/.test(part) ? `${whole}.${part}` : whole;
}

type Refuse = (field: string, words: string) => void;

function brackets(rows: readonly BracketRow[], refuse: Refuse): ServiceForm["cancellation"] {
  const read = rows.map(({ notice, percent }) => {
    const noticeMinutes = minutesOf(notice);
    const part = wholeOf(percent);
    if (noticeMinutes === null || noticeMinutes > YEAR_DAYS * DAY || part === null || part > 100) refuse("cancellation", ta("bad.bracket"));
    return { noticeMinutes: noticeMinutes ?? 0, refundBps: Math.min(part ?? 0, 100) * 100 };
  });
  read.sort((a, b) => b.noticeMinutes - a.noticeMinutes);
  for (const [at, later] of read.entries()) {
    const earlier = read[at - 1];
    if (earlier === undefined) continue;
    if (earlier.noticeMinutes === later.noticeMinutes) refuse("cancellation", ta("bad.bracketTwice"));
    if (earlier.refundBps < later.refundBps) refuse("cancellation", ta("bad.bracketRises"));
  }
  return read;
}

function leads(rows: readonly LeadRow[], refuse: Refuse): number[] {
  const read = rows.map(({ lead }) => minutesOf(lead));
  const good = read.filter((it): it is number => it !== null && it >= 1 && it <= 30 * DAY);
  if (good.length < read.length) refuse("reminderMinutes", ta("bad.lead"));
  return [...new Set(good)].sort((a, b) => b - a);
}

function window(draft: Draft, refuse: Refuse): NonNullable<ServiceForm["joinWindow"]> {
  const open = wholeOf(draft.openBefore);
  const close = wholeOf(draft.closeAfter);
  if (open === null || close === null || open > DAY || close > DAY) refuse("joinWindow", ta("bad.window"));
  return { openBeforeMinutes: open ?? 0, closeAfterMinutes: close ?? 0 };
}

/** "50 minutes · 500 coins · free to cancel until 24 hours before": a service in one line, as its clients are told. */
export function inOneLine(form: ServiceForm): string {
  const group = form.capacity > 1 ? ta("line.group", { count: form.capacity }) : null;
  return [lengthWords(form), priceWords(form), group, form.approval ? ta("line.approval") : null, refundWords(form)].filter(Boolean).join(" · ");
}

export const lengthWords = (form: ServiceForm): string => spanWords(form.durationMinutes);

export const priceWords = (form: ServiceForm): string =>
  isFree(form) ? ta("line.free") : form.priceMoney ? currency(form.priceMoney.minor, form.priceMoney.currency) : inCoins(form.priceMc);

const isFree = (form: ServiceForm): boolean => (form.priceMoney ? form.priceMoney.minor === 0 : form.priceMc === 0);

/** What the most generous step says; nothing for a service that costs nothing. */
export function refundWords(form: ServiceForm): string | null {
  if (isFree(form)) return null;
  const best = form.cancellation.find((it) => it.refundBps > 0);
  if (best === undefined) return ta("line.noRefund");
  const before = spanWords(best.noticeMinutes);
  if (best.refundBps === ALL_BPS) return best.noticeMinutes === 0 ? ta("line.freeAlways") : ta("line.freeUntil", { before });
  return ta("line.partUntil", { percent: percentWords(best.refundBps), before });
}

const percentWords = (bps: number): string => new Intl.NumberFormat(locale(), { style: "percent" }).format(bps / ALL_BPS);
