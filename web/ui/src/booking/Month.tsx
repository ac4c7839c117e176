/** One month with its free days: pressed one by one, or walked through with the arrow keys. */
import { useRef } from "preact/hooks";
import { ArrowIcon, BackIcon, Button } from "../components";
import { locale } from "../i18n/languages";
import { type Day, daysLater, firstDayOf, type Month as MonthName, monthOf, monthsLater, weeksOf } from "./days";
import { tb } from "./words";

export interface MonthProps {
  month: MonthName;
  /** How many free times each day has; days without any are not in it. */
  free: ReadonlyMap<Day, readonly number[]>;
  /** Days that have nothing left, where they can be waited for. */
  full?: ReadonlySet<Day>;
  chosen: Day | null;
  today: Day;
  /** The days are of another month still. */
  busy: boolean;
  onChoose: (day: Day) => void;
  onTurn: (month: MonthName) => void;
}

/** A day in words; noon, so that no zone moves it. */
const dayWords = (day: Day, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options }).format(Date.parse(`${day}T12:00:00Z`));

function nameOf(day: Day, count: number): string {
  const words = longDay(day);
  return count === 0 ? tb("month.full", { day: words }) : tb("month.day", { count, day: words });
}

/** "Thursday 24 December". */
export const longDay = (day: Day): string => dayWords(day, { weekday: "long", day: "numeric", month: "long" });

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

const NONE: ReadonlySet<Day> = new Set();

export function Month({ month, free, full = NONE, chosen, today, busy, onChoose, onTurn }: MonthProps) {
  const grid = useRef<HTMLTableElement>(null);
  const weeks = weeksOf(month, firstDayOf(locale()));
  const open = [...free.keys(), ...full].filter((day) => monthOf(day) === month).sort();
  const stop = chosen !== null && open.includes(chosen) ? chosen : open[0];
  const name = dayWords(`${month}-01`, { month: "long", year: "numeric" });
  const walk = (event: KeyboardEvent, day: Day) => {
    const turned = getComputedStyle(event.currentTarget as Element).direction === "rtl" && /Left|Right/.test(event.key);
    const step = (STEPS[event.key] ?? 0) * (turned ? -1 : 1);
    if (step === 0) return;
    event.preventDefault();
    // On over days that cannot be chosen, to the next that can.
    for (let next = daysLater(day, step); monthOf(next) === month; next = daysLater(next, step)) {
      const button = grid.current?.querySelector<HTMLButtonElement>(`[data-day="${next}"]`);
      if (button) return button.focus();
    }
  };
  return (
    <div class="book-month" aria-busy={busy || undefined}>
      <div class="book-month-head">
        <Button kind="quiet" iconOnly aria-label={tb("month.before")} disabled={month <= monthOf(today)} onClick={() => onTurn(monthsLater(month, -1))}>
          <BackIcon />
        </Button>
        <h2 aria-live="polite">{name}</h2>
        <Button kind="quiet" iconOnly aria-label={tb("month.next")} disabled={month >= monthsLater(monthOf(today), 12)} onClick={() => onTurn(monthsLater(month, 1))}>
          <ArrowIcon />
        </Button>
      </div>
      <table ref={grid} class="book-days">
        <caption class="only-read">{tb("month.caption", { month: name })}</caption>
        <thead>
          <tr>
            {Array.from({ length: 7 }, (_, index) => daysLater("2024-01-01", firstDayOf(locale()) - 1 + index)).map((day) => (
              <th key={day} scope="col" abbr={dayWords(day, { weekday: "long" })}>
                {dayWords(day, { weekday: "short" })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week, index) => (
            <tr key={index}>
              {week.map((day, place) => (
                <td key={day ?? place}>
                  {day !== null &&
                    (free.has(day) || full.has(day) ? (
                      <button
                        type="button"
                        class={`book-day${day === today ? " book-today" : ""}${free.has(day) ? "" : " book-full"}`}
                        data-day={day}
                        aria-pressed={day === chosen}
                        aria-label={nameOf(day, free.get(day)?.length ?? 0)}
                        tabIndex={day === stop ? 0 : -1}
                        onClick={() => onChoose(day)}
                        onKeyDown={(event) => walk(event, day)}
                      >
                        {Number(day.slice(8))}
                      </button>
                    ) : (
                      <span class={day === today ? "book-none book-today" : "book-none"}>{Number(day.slice(8))}</span>
                    ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
