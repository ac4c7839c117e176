/** A month at a glance: how much stands on each day, and the way into it. */
import { toInputs } from "../i18n/time";
import { locale } from "../i18n/languages";
import { dayOf, monthOf, openOn } from "./grid";
import { exceptionOn } from "./hours";
import type { Item } from "./items";
import { type Hours, ta, weekday } from "./words";

export interface MonthViewProps {
  date: string;
  zone: string;
  now: number;
  hours: Hours;
  items: readonly Item[];
  onDay: (date: string) => void;
}

export function MonthView({ date, zone, now, hours, items, onDay }: MonthViewProps) {
  const today = toInputs(now, zone).date;
  const title = new Intl.DateTimeFormat(locale(), { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${date}T00:00:00Z`));
  return (
    <table class="cal-month">
      <caption class="only-read">{title}</caption>
      <thead>
        <tr>
          {[0, 1, 2, 3, 4, 5, 6].map((day) => (
            <th key={day} scope="col" abbr={weekday(day)}>
              {weekday(day, "short")}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {monthOf(date).map((week) => (
          <tr key={week[0]}>
            {week.map((one) => (
              <td key={one} class={one.slice(0, 7) === date.slice(0, 7) ? undefined : "cal-elsewhere"}>
                <Cell date={one} today={one === today} zone={zone} hours={hours} items={items} onDay={() => onDay(one)} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface CellProps {
  date: string;
  today: boolean;
  zone: string;
  hours: Hours;
  items: readonly Item[];
  onDay: () => void;
}

function Cell({ date, today, zone, hours, items, onDay }: CellProps) {
  const day = dayOf(date, zone);
  const here = items.filter((it) => it.from < day.end && it.to > day.start);
  const meetings = here.filter((it) => it.kind === "meeting" || it.kind === "past" || it.kind === "unpaid").length;
  const requests = here.filter((it) => it.kind === "request").length;
  const off = here.some((it) => it.kind === "off");
  const label = exceptionOn(hours, date)?.label;
  const open = openOn(hours, day, zone).length > 0;
  const counts = [
    meetings > 0 ? ta("cal.meetings", { count: meetings }) : "",
    requests > 0 ? ta("cal.requests", { count: requests }) : "",
    off ? ta("cal.kind.off") : "",
    label ?? "",
  ].filter(Boolean);
  const name = new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeZone: "UTC" }).format(Date.parse(`${date}T00:00:00Z`));
  return (
    <button
      type="button"
      class={`cal-cell${today ? " cal-today" : ""}${open ? " cal-cell-open" : ""}`}
      aria-label={[name, ...counts].join(", ")}
      aria-current={today ? "date" : undefined}
      onClick={onDay}
    >
      <strong>{Number(date.slice(8))}</strong>
      {meetings > 0 && <Count kind="meeting" count={meetings} words={ta("cal.meetings", { count: meetings })} />}
      {requests > 0 && <Count kind="request" count={requests} words={ta("cal.requests", { count: requests })} />}
      {(off || label) && <Count kind="off" count={null} words={label || ta("cal.kind.off")} />}
    </button>
  );
}

/** Where there is no room for words the number stands alone. */
function Count({ kind, count, words }: { kind: "meeting" | "request" | "off"; count: number | null; words: string }) {
  return (
    <span class={`cal-count cal-item-${kind}`}>
      <span class="cal-count-words">{words}</span>
      <span class="cal-count-number">{count ?? "–"}</span>
    </span>
  );
}
