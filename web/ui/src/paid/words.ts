/** The words of calls by the minute, and how sums of coins and the rule of charging are said. */
import { type Key, translator } from "../i18n/translate";
import { locale } from "../i18n/languages";
import english from "../i18n/en/paid.json";
import type { components } from "../generated/rest";

export const tp = translator("paid", english);
export type PaidWords = Key<typeof english>;

export type Tariff = components["schemas"]["TariffBody"];
export type PaidCall = components["schemas"]["PaidCallBody"];

/** Thousandths of a coin as an exact decimal number: nothing is rounded. */
export function amount(mc: number): string {
  const [whole, rest] = [Math.trunc(mc / 1000), Math.abs(mc % 1000)];
  const text = `${whole}.${String(rest).padStart(3, "0")}`;
  // A decimal text is formatted as it is written, digit by digit.
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 3 }).format(text as unknown as number);
}

/** `10.167 coins`. */
export const coins = (mc: number): string => tp("coins", { count: mc === 1000 ? 1 : 2, coins: amount(mc) });

/** For words that are picked by a code from elsewhere. */
export function said(key: string, fallback: PaidWords, params?: Record<string, string | number>): string {
  return tp((key in english ? key : fallback) as PaidWords, params);
}

/** The rule of charging, in whole sentences. */
export function rule(tariff: Pick<Tariff, "initialS" | "incrementS" | "freeS"> & { connectFeeMc?: number }): string {
  const block = tariff.incrementS > 1 ? "rule.60-60" : tariff.initialS > 1 ? "rule.60-1" : "rule.1-1";
  const words = [tp(block)];
  if (tariff.freeS > 0) words.unshift(tp("rule.free", { count: tariff.freeS }));
  if (tariff.connectFeeMc !== undefined && tariff.connectFeeMc > 0) words.push(tp("rule.fee", { coins: coins(tariff.connectFeeMc) }));
  words.push(tp("rule.paused"));
  return words.join(" ");
}

/** `3:05`, never below zero. */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${hours > 0 ? two(Math.floor(seconds / 60) % 60) : Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
