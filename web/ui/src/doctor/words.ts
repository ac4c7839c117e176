/**
 * The words of the doctor's page: the same sentences as those of the command, which reads the English
 * file, too. They are many and only admins read them, so another language's come when the page is there.
 */
import english from "../i18n/en/doctor.json";
import { useArea } from "../i18n/later";
import { type Params, translator } from "../i18n/translate";

export const t = translator("doctor", english);

type Code = Parameters<typeof t>[0];

/** Brings the words of the reader's language; false until they are there. */
export const useWords = (): boolean => useArea("doctor");

/** What was seen, in the reader's language; the server's English for a sentence that this page does not know. */
export function saw({ code, with: params, saw: english }: Said): string {
  return sentence(t(`saw.${code}` as Code, inPeoplesWords(params)), code, english);
}

/** What to do; nothing when there is nothing to do. */
export function remedy({ code, with: params, remedy: english }: Said): string | null {
  return english == null ? null : sentence(t(`mend.${code}` as Code, inPeoplesWords(params)), code, english);
}

interface Said {
  code: string;
  with: Record<string, string>;
  saw: string;
  remedy?: string | null | undefined;
}

// A catalogue gives the key itself for what is not in it.
const sentence = (words: string, code: string, english: string): string => (words.endsWith(`.${code}`) ? english : words);

const inPeoplesWords = (params: Record<string, string>): Params =>
  params["who"] === undefined ? params : { ...params, who: params["who"].replace(/\bbrowser\b/, t("browser")) };

export const checkWords = (check: string): string => t(`check.${check}` as Code);
export const verdictWords = (verdict: string): string => t(`verdict.${verdict}` as Code);
export const groupWords = (group: string): string => t(`group.${group}` as Code);
