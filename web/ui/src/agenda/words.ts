/**
 * The words of a host's own pages (services, hours, calendar), their own catalogue, and days as
 * people say them.
 */
import type { components } from "../generated/rest";
import english from "../i18n/en/agenda.json";
import { locale } from "../i18n/languages";
import { translator } from "../i18n/translate";

export const ta = translator("agenda", english);

type Schemas = components["schemas"];
export type Service = Schemas["ServiceBody"];
export type ServiceForm = Schemas["ServiceForm"];
export type Hours = Schemas["AvailabilityBody"];
export type Exception = Schemas["ExceptionBody"];
export type Span = Schemas["MinuteSpan"];
export type TimeOff = Schemas["TimeOffBody"];
export type Offers = Schemas["Offers"];
export type BusyCalendar = Schemas["BusyCalendarBody"];
export type HeldTime = Schemas["HeldTimeBody"];
export type Slots = Schemas["SlotsBody"];

/** "Monday", from 0. */
export const weekday = (day: number, width: "long" | "short" = "long"): string =>
  // The 5th of January 1970 was a Monday.
  new Intl.DateTimeFormat(locale(), { weekday: width, timeZone: "UTC" }).format(Date.UTC(1970, 0, 5 + day));

/** "24 December 2026", from `2026-12-24`. */
export const dateWords = (date: string): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${date}T00:00:00Z`));

/** "24 December", of every year. */
export const yearlyWords = (date: string): string =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: "long", timeZone: "UTC" }).format(Date.parse(`${date}T00:00:00Z`));
