/** The words of privacy, their own catalogue. */
import english from "../i18n/en/privacy.json";
import { type Key, translator } from "../i18n/translate";

export const t = translator("privacy", english);

/** Words for a class of data; one that is not known here is shown as the server says it. */
export function classOf(word: string, otherwise: string): string {
  const key = `class.${word}`;
  return key in english ? t(key as Key<typeof english>) : otherwise;
}
