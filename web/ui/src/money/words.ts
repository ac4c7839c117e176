/** The words of the money pages, their own catalogue, and sums as people read them. */
import english from "../i18n/en/money.json";
import { locale } from "../i18n/languages";
import { translator } from "../i18n/translate";

export const t = translator("money", english);

const MILLI = 1000;

/** "12.5": thousandths of a coin as coins, exactly; the digits never pass through a fraction. Never more than there is. */
export function coins(milli: number, options: Intl.NumberFormatOptions = {}): string {
  const size = Math.abs(milli);
  const digits = `${milli < 0 ? "-" : ""}${Math.trunc(size / MILLI)}.${String(size % MILLI).padStart(3, "0")}`;
  const format = new Intl.NumberFormat(locale(), { maximumFractionDigits: 3, roundingMode: "trunc", ...options });
  return format.format(digits as Intl.StringNumericLiteral);
}

/** "+12.5" or "−3": what came in or went out. */
export const moved = (milli: number): string => coins(milli, { signDisplay: "exceptZero" });

/** "35 coins". */
export const inCoins = (milli: number): string =>
  Math.abs(milli) === MILLI ? t("coinsOne", { amount: coins(milli) }) : t("coinsMany", { amount: coins(milli) });

/** A sum in the minor unit of a currency, such as paise, as people write it. */
export function currency(units: number, code: string): string {
  const plain = new Intl.NumberFormat(locale(), { style: "currency", currency: code });
  const places = plain.resolvedOptions().maximumFractionDigits ?? 2;
  const size = String(Math.abs(units)).padStart(places + 1, "0");
  const digits = `${units < 0 ? "-" : ""}${size.slice(0, size.length - places)}${places > 0 ? `.${size.slice(-places)}` : ""}`;
  return plain.format(digits as Intl.StringNumericLiteral);
}

/** Coins that somebody typed, in thousandths; null for what is no amount with up to three decimals. */
export function parseCoins(typed: string): number | null {
  const match = /^(-?)(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(typed.trim().replace("−", "-"));
  if (!match) return null;
  const [, sign, whole = "0", part = ""] = match;
  const milli = Number(whole) * MILLI + Number(part.padEnd(3, "0"));
  return sign === "-" ? -milli : milli;
}
