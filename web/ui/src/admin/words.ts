/** The words of the operator's pages, their own catalogue, and amounts as people read them. */
import english from "../i18n/en/admin.json";
import { locale } from "../i18n/languages";
import { translator } from "../i18n/translate";

export const t = translator("admin", english);

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "3.2 GB": in steps of 1,000, as providers count traffic. */
export function amount(bytes: number): string {
  const step = Math.min(bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  const format = { style: "unit", unit: UNITS[step] ?? "byte", unitDisplay: "short", maximumFractionDigits: step > 1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(locale(), format).format(bytes / 1000 ** step);
}

/** Coins, from the server's thousandths. */
export const coinsOf = (milli: number): string =>
  t("coins", { amount: new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(milli / 1000) });

/** "November 2026", from the server's "2026-11". */
export function monthName(month: string): string {
  const [year = 1970, number = 1] = month.split("-").map(Number);
  const format = { month: "long", year: "numeric", timeZone: "UTC" } as const;
  return new Intl.DateTimeFormat(locale(), format).format(Date.UTC(year, number - 1));
}

/** A whole percentage; what is not full is never called 100. */
export const percentOf = (part: number, whole: number): number =>
  part >= whole ? 100 : Math.min(99, Math.round((part / Math.max(whole, 1)) * 100));
