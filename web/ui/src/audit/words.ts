/** The words of the audit log, their own catalogue; what this app does not know yet is shown as the server says it. */
import type { components } from "../generated/rest";
import english from "../i18n/en/audit.json";
import { type Key, translator } from "../i18n/translate";

export const t = translator("audit", english);

export type AuditRecord = components["schemas"]["AuditRecordBody"];
export type AuditPage = components["schemas"]["AuditBody"];

/** Every action that has words, in the order of the catalogue. */
export const ACTIONS = Object.keys(english)
  .filter((key) => key.startsWith("did."))
  .map((key) => key.slice("did.".length));

/** What was tried. */
export function actionWords(action: string): string {
  const key = `did.${action}`;
  return key in english ? t(key as Key<typeof english>) : action;
}

/** Who tried, as far as that is known. */
export function whoWords(it: AuditRecord): string {
  if (it.userName) return it.userName;
  if (it.who === "nobody" || it.who === "house" || it.who === "guest") return t(`who.${it.who}`);
  return t("who.gone");
}

/** The question to the server from the address of the page: days become instants where the reader is. */
export function questionOf(query: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams();
  for (const name of ["person", "action", "resourceId", "outcome"]) {
    const value = query.get(name);
    if (value) asked.set(name, value);
  }
  const from = dayStart(query.get("from"), 0);
  const to = dayStart(query.get("to"), 1);
  if (from !== null) asked.set("from", String(from));
  if (to !== null) asked.set("to", String(to));
  return asked;
}

/** Midnight at the beginning of a day such as "2026-03-02", or of one after it; null for what is none. */
function dayStart(day: string | null, later: number): number | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? "");
  if (!parts) return null;
  const [, year, month, date] = parts.map(Number);
  return new Date(year ?? 0, (month ?? 1) - 1, (date ?? 1) + later).getTime();
}
