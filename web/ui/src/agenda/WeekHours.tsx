/** The hours of a week, day by day, with a way to give other days the same. */
import { useState } from "preact/hooks";
import { Button, CopyIcon, toast } from "../components";
import { Group } from "./Group";
import { nextKey, type RowProblems, type SpanRow } from "./hours";
import { SpanRows } from "./SpanRows";
import { ta, weekday } from "./words";

export interface WeekHoursProps {
  week: readonly SpanRow[][];
  problems: RowProblems;
  onChange: (week: SpanRow[][]) => void;
}

export function WeekHours({ week, problems, onChange }: WeekHoursProps) {
  const [copying, setCopying] = useState<number | null>(null);
  const set = (day: number, rows: SpanRow[]) => onChange(week.map((it, place) => (place === day ? rows : it)));
  const copy = (from: number, to: readonly number[]) => {
    const again = () => (week[from] ?? []).map((row) => ({ ...row, key: nextKey() }));
    onChange(week.map((it, place) => (to.includes(place) ? again() : it)));
    setCopying(null);
    toast(ta("week.copied", { count: to.length }));
  };
  return (
    <div class="agenda-week">
      {week.map((rows, day) => (
        <Group key={day} class="agenda-day" titleClass="agenda-day-name" title={weekday(day)}>
          <SpanRows day={weekday(day)} rows={rows} problems={problems} onChange={(next) => set(day, next)} none={ta("week.none")} />
          <Button kind="quiet" class="agenda-copy" aria-expanded={copying === day} aria-label={ta("week.copyNamed", { day: weekday(day) })} onClick={() => setCopying(copying === day ? null : day)}>
            <CopyIcon size={18} />
            {ta("week.copy")}
          </Button>
          {copying === day && <CopyTo day={day} onCopy={(to) => copy(day, to)} onClose={() => setCopying(null)} />}
        </Group>
      ))}
    </div>
  );
}

function CopyTo({ day, onCopy, onClose }: { day: number; onCopy: (to: number[]) => void; onClose: () => void }) {
  // Working days mostly are alike.
  const [chosen, setChosen] = useState<readonly number[]>(() => (day < 5 ? [0, 1, 2, 3, 4].filter((it) => it !== day) : []));
  const turn = (other: number, on: boolean) => setChosen(on ? [...chosen, other] : chosen.filter((it) => it !== other));
  return (
    <Group class="agenda-copy-to" title={ta("week.copyTo", { day: weekday(day) })} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <div class="agenda-checks">
        {[0, 1, 2, 3, 4, 5, 6]
          .filter((other) => other !== day)
          .map((other) => (
            <label key={other} class="agenda-check">
              <input type="checkbox" checked={chosen.includes(other)} onChange={(event) => turn(other, event.currentTarget.checked)} />
              {weekday(other)}
            </label>
          ))}
      </div>
      <div class="row">
        <Button disabled={chosen.length === 0} onClick={() => onCopy([...chosen])}>
          {ta("week.copyNow")}
        </Button>
        <Button kind="quiet" onClick={onClose}>
          {ta("cancel")}
        </Button>
      </div>
    </Group>
  );
}
