/** The words of setup, their own catalogue: only admins read them, so another language's come with the page. */
import english from "../i18n/en/setup.json";
import { useArea } from "../i18n/later";
import { translator } from "../i18n/translate";

export const t = translator("setup", english);

/** Brings the words of the reader's language; false until they are there. */
export const useWords = (): boolean => useArea("setup");

/** What a key is called. */
export const labelOf = (name: string): string => t(`key.${name}` as Parameters<typeof t>[0]);

/** A value as its question offers it. */
export function inWords(name: string, value: string): string {
  if (value === "") return t("review.empty");
  if (value === "true" || value === "false") return t(`review.${value}`);
  if (name === "mail.smtp_security" && (value === "tls" || value === "starttls" || value === "none")) return t(`security.${value}`);
  if (name === "accounts.host_approval" && (value === "review" || value === "open")) return t(`people.${value}`);
  return value;
}
