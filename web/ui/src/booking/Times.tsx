/** The free times of one day, by the part of it, in the reader's zone and in the host's where it differs. */
import { clockTime, zoneName } from "../i18n/time";
import { byPart, type Day } from "./days";
import { tb } from "./words";

export interface TimesProps {
  day: Day;
  slots: readonly number[];
  zone: string;
  hostZone: string;
  /** Of a group's service: how many seats each has left. */
  seats: ReadonlyMap<number, number> | null;
  /** The time that is being kept at this moment. */
  busy: number | null;
  /** Where a time is marked before it is taken: which; left out where a press takes it. */
  chosen?: number | null;
  onChoose: (at: number) => void;
}

export function Times({ day, slots, zone, hostZone, seats, busy, chosen, onChoose }: TimesProps) {
  return (
    <div class="book-times" data-day={day}>
      {byPart(slots, zone).map(([part, times]) => (
        <section key={part} aria-label={tb(`part.${part}`)}>
          <h3>{tb(`part.${part}`)}</h3>
          <ul role="list">
            {times.map((at) => (
              <li key={at}>
                <button
                  type="button"
                  class="book-time"
                  data-at={at}
                  disabled={busy !== null}
                  aria-busy={busy === at || undefined}
                  aria-pressed={chosen === undefined ? undefined : chosen === at}
                  onClick={() => onChoose(at)}
                >
                  <span>{clockTime(at, zone)}</span>
                  <HostClock at={at} zone={zone} hostZone={hostZone} />
                  {seats?.has(at) && <small>{tb("times.seats", { count: seats.get(at) ?? 0 })}</small>}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

/** Nothing where both clocks show the same. */
function HostClock({ at, zone, hostZone }: { at: number; zone: string; hostZone: string }) {
  if (sameClock(at, zone, hostZone)) return null;
  const city = zoneName(hostZone, at).replace(/ \(.*\)$/, "");
  const days = dayShift(at, zone, hostZone);
  return (
    <small>
      {tb("times.there", { city, time: clockTime(at, hostZone) })}
      {days !== 0 && ` ${days > 0 ? "+" : "−"}${Math.abs(days)}`}
    </small>
  );
}

export const sameClock = (at: number, one: string, other: string): boolean =>
  clockTime(at, one) === clockTime(at, other) && dayShift(at, one, other) === 0;

/** How many days the other clock is ahead at this instant. */
export function dayShift(at: number, zone: string, other: string): number {
  const date = (name: string) => Date.parse(new Intl.DateTimeFormat("sv-SE", { timeZone: name }).format(at));
  return Math.round((date(other) - date(zone)) / 86_400_000);
}
