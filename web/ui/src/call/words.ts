/** The words of the call and the device check. Their own catalogue, loaded with them. */
import { type Key, translator } from "../i18n/translate";
import english from "../i18n/en/call.json";

export const t = translator("call", english);
export type CallWords = Key<typeof english>;

/** For words that are picked by a code from elsewhere: the fallback when there are none. */
export function tOr(key: string, fallback: CallWords, params?: Record<string, string | number>): string {
  return t((key in english ? key : fallback) as CallWords, params);
}

/** `00:04:09`, as on the call page. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `45 minutes`, `1 hour 5 minutes`, `20 seconds`: rounded as people do. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return t("duration.seconds", { count: seconds });
  const minutes = Math.round(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const parts = [];
  if (hours > 0) parts.push(t("duration.hours", { count: hours }));
  if (minutes % 60 > 0) parts.push(t("duration.minutes", { count: minutes % 60 }));
  return parts.join(" ");
}
