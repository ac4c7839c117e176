/** The words of files in conversations, and what stands for a message in one line. */
import type { ChatFile } from "../generated/protocol";
import english from "../i18n/en/files.json";
import { locale } from "../i18n/languages";
import { translator } from "../i18n/translate";

export const tf = translator("files", english);

/** A size as people say it: "3 MB", "12 kB". */
export function sizeWords(bytes: number): string {
  const [unit, value] = bytes >= 1_048_576 ? ["megabyte", bytes / 1_048_576] as const : ["kilobyte", Math.max(1, bytes / 1_024)] as const;
  const maximumFractionDigits = value < 10 && unit === "megabyte" ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits }).format(value);
}

/** What a message says in a line; of one without words, what came along. */
export function lineOf({ text, files }: { text: string; files?: readonly Pick<ChatFile, "kind" | "name">[] | undefined }): string {
  const first = files?.[0];
  if (text !== "" || first === undefined) return text;
  if (files !== undefined && files.length > 1) return tf("files", { count: files.length });
  return first.kind === "picture" ? tf("picture") : first.name;
}
