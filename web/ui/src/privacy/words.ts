/** The words of privacy, their own catalogue. */
import english from "../i18n/en/privacy.json";
import { type Key, translator } from "../i18n/translate";

export const t = translator("privacy", english);

/** Words for a class of data; one that is not known here is shown as the server says it. */
export function classOf(word: string, otherwise: string): string {
  const key = `class.${word}`;
  return key in english ? t(key as Key<typeof english>) : otherwise;
}

/** For how long a class of data is kept. */
export function keptFor(line: { keeps: string; keepHours?: number | null }): string {
  if (line.keepHours === 0) return t("for.now");
  if (line.keepHours != null) return t("for.swept", { time: t("days", { count: Math.max(1, Math.round(line.keepHours / 24)) }) });
  if (line.keeps === "account") return t("for.account");
  return line.keeps === "ever" ? t("for.ever") : t("for.until");
}
