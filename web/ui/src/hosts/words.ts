/** The words of hosts, and how a price is typed and read: thousandths of a coin, never a fraction. */
import { locale } from "../i18n/languages";
import { translator } from "../i18n/translate";
import english from "../i18n/en/hosts.json";
import type { components } from "../generated/rest";

export const th = translator("hosts", english);

export type MyHost = components["schemas"]["MyHost"];
export type AdminReview = components["schemas"]["AdminReview"];
export type AdminReviewList = components["schemas"]["AdminReviewList"];
export type HostAccounts = components["schemas"]["HostAccounts"];
export type HostApplication = components["schemas"]["HostApplication"];
export type HostCard = components["schemas"]["HostCard"];
export type HostList = components["schemas"]["HostList"];
export type BlockedPerson = components["schemas"]["BlockedPerson"];
export type HostDetails = components["schemas"]["HostDetails"];
export type ReviewList = components["schemas"]["ReviewList"];
export type HostService = components["schemas"]["HostService"];

/** `12500` as `12.5`: what a person types back. */
export function typedPrice(mc: number | null | undefined): string {
  if (mc === null || mc === undefined) return "";
  const rest = String(mc % 1000).padStart(3, "0").replace(/0+$/, "");
  return rest === "" ? String(Math.trunc(mc / 1000)) : `${Math.trunc(mc / 1000)}.${rest}`;
}

/** Thousandths of what was typed; null for nothing, undefined for what is no price. */
export function priceOf(text: string): number | null | undefined {
  if (text.trim() === "") return null;
  const found = /^(\d{1,9})(?:[.,](\d{1,3}))?$/.exec(text.trim());
  if (found === null) return undefined;
  return Number(found[1]) * 1000 + Number((found[2] ?? "").padEnd(3, "0"));
}

/** `a, b` as its parts. */
export const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** `en` as "English", in the language of the page. */
export function languageName(tag: string): string {
  try {
    return new Intl.DisplayNames([locale()], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
