/** The hours of one day: rows of two times, one to add, and words at the row that cannot be. */
import { useRef } from "preact/hooks";
import { Button, CrossIcon, PlusIcon } from "../components";
import { endsNextDay, minuteOf, nextKey, type RowProblems, type SpanRow, SPANS_MAX, timeText } from "./hours";
import { Problem } from "./MoreFields";
import { ta } from "./words";

export interface SpanRowsProps {
  /** Of which day, for readers. */
  day: string;
  rows: readonly SpanRow[];
  problems: RowProblems;
  onChange: (rows: SpanRow[]) => void;
  /** What stands where there are no hours. */
  none: string;
}

export function SpanRows({ day, rows, problems, onChange, none }: SpanRowsProps) {
  const frame = useRef<HTMLDivElement>(null);
  const set = (key: number, part: Partial<SpanRow>) => onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <div class="agenda-spans" ref={frame}>
      {rows.length === 0 && <p class="agenda-nothing">{none}</p>}
      {rows.map((row, place) => {
        const words = problems.get(row.key);
        const problemId = words ? `span-${row.key}-problem` : undefined;
        const label = { day, number: place + 1 };
        return (
          <div key={row.key} class="agenda-span" role="group" aria-label={ta("span.group", label)}>
            <div class="agenda-span-times field">
              <input
                type="time"
                step={300}
                aria-label={ta("span.from", label)}
                aria-describedby={problemId}
                aria-invalid={words ? true : undefined}
                value={row.from}
                onInput={(event) => set(row.key, { from: event.currentTarget.value })}
              />
              <span aria-hidden="true">–</span>
              <input
                type="time"
                step={300}
                aria-label={ta("span.to", label)}
                aria-describedby={problemId}
                aria-invalid={words ? true : undefined}
                value={row.to}
                onInput={(event) => set(row.key, { to: event.currentTarget.value })}
              />
              <Button
                kind="quiet"
                iconOnly
                aria-label={ta("span.remove", label)}
                onClick={() => {
                  onChange(rows.filter((it) => it.key !== row.key));
                  frame.current?.querySelector<HTMLElement>(".agenda-add")?.focus();
                }}
              >
                <CrossIcon />
              </Button>
            </div>
            {endsNextDay(row) && !words && <p class="field-hint">{ta("span.nextDay")}</p>}
            {words && <Problem words={words} id={problemId ?? ""} />}
          </div>
        );
      })}
      <div>
        <Button kind="quiet" class="agenda-add" aria-label={ta("span.addTo", { day })} disabled={rows.length >= SPANS_MAX} onClick={() => onChange([...rows, following(rows)])}>
          <PlusIcon size={18} />
          {ta(rows.length === 0 ? "span.add" : "span.addAnother")}
        </Button>
      </div>
    </div>
  );
}

/** After the last hours there is an hour's break and then as much again, within the day. */
function following(rows: readonly SpanRow[]): SpanRow {
  const key = nextKey();
  const ends = rows.map((row) => minuteOf(row.to)).filter((it): it is number => it !== null && it > 0);
  const last = ends.length > 0 ? Math.max(...ends) : null;
  if (last === null) return { key, from: "09:00", to: "17:00" };
  const from = Math.min(last + 60, 23 * 60);
  return { key, from: timeText(from), to: timeText(Math.min(from + 180, 24 * 60)) };
}
