/** The words about one's meetings, their own catalogue, and how a booking's money and rules are said. */
import type { Meeting } from "../api";
import english from "../i18n/en/meetings.json";
import { lengthInWords } from "../i18n/time";
import { type Key, translator } from "../i18n/translate";
import { inCoins } from "../money/words";

export const tm = translator("meetings", english);
export type MeetingWords = Key<typeof english>;

export type Booking = NonNullable<Meeting["booking"]>;
type Bracket = Booking["cancellation"][number];

const ALL_BPS = 10_000;
const DAY_MINUTES = 24 * 60;

/** "1 day", "36 hours", "90 minutes": how long before. */
export function noticeWords(minutes: number): string {
  if (minutes >= 2 * DAY_MINUTES && minutes % DAY_MINUTES === 0) return tm("notice.days", { count: minutes / DAY_MINUTES });
  return lengthInWords(minutes * 60);
}

const partWords = (bps: number): string =>
  bps >= ALL_BPS ? tm("rule.all") : bps === 0 ? tm("rule.nothing") : tm("rule.part", { percent: bps / 100 });

/** What a client gets back, from the longest notice to the shortest, one sentence each. */
export function ruleWords(brackets: readonly Bracket[]): string[] {
  const ordered = [...brackets].sort((a, b) => b.noticeMinutes - a.noticeMinutes);
  const lines = ordered
    .filter((it) => it.refundBps > 0)
    .map((it) =>
      it.noticeMinutes === 0 ? tm("rule.toStart", { part: partWords(it.refundBps) }) : tm("rule.before", { notice: noticeWords(it.noticeMinutes), part: partWords(it.refundBps) }),
    );
  const last = ordered.at(-1);
  if (last === undefined || lines.length === 0) return [tm("rule.never")];
  return last.noticeMinutes > 0 || last.refundBps === 0 ? [...lines, tm("rule.later", { part: tm("rule.nothing") })] : lines;
}

export const priceWords = (milli: number): string => (milli === 0 ? tm("money.free") : inCoins(milli));
