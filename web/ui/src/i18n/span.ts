/** Stretches of time as people say them: "45 minutes", "24 hours", "2 days 12 hours". */
import { locale } from "./languages";
import { lengthInWords } from "./time";

const DAY_MINUTES = 24 * 60;

/** Under two days in hours and minutes, then in days. */
export function spanWords(minutes: number): string {
  if (minutes < 2 * DAY_MINUTES) return lengthInWords(minutes * 60);
  const rest = minutes % DAY_MINUTES;
  const days = new Intl.NumberFormat(locale(), { style: "unit", unit: "day", unitDisplay: "long" }).format(Math.floor(minutes / DAY_MINUTES));
  return rest === 0 ? days : `${days} ${lengthInWords(rest * 60)}`;
}
