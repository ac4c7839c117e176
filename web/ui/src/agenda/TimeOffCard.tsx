/** Hours or days off at once, such as an afternoon at the doctor's: taken and given back here and in the calendar. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { FieldProblem, type Fetched, useSubmit } from "../app/hooks";
import { Button, Card, Field, Notice, toast } from "../components";
import { dayAndTime, daysBetween, clockTime, dayName, fromInputs, toInputs } from "../i18n/time";
import { ta, type TimeOff } from "./words";

const HOUR_MS = 3_600_000;
/** What the server takes in one go. */
const LENGTH_MS_MAX = 31 * 24 * HOUR_MS;

export interface TimeOffCardProps {
  list: Fetched<TimeOff[]>;
  zone: string;
  now: number;
  onChange: () => void;
}

export function TimeOffCard({ list, zone, now, onChange }: TimeOffCardProps) {
  const [start] = useState(() => Math.ceil((now + HOUR_MS) / HOUR_MS) * HOUR_MS);
  const [from, to] = [toInputs(start, zone), toInputs(start + HOUR_MS, zone)];
  const changed = async () => {
    await list.reload();
    onChange();
  };
  const form = useSubmit(
    async (values) => {
      const begins = fromInputs(values.text("fromDate"), values.text("fromTime"), zone);
      const ends = fromInputs(values.text("toDate"), values.text("toTime"), zone);
      if (begins === null) throw new FieldProblem("fromDate", ta("bad.date"));
      if (ends === null) throw new FieldProblem("toDate", ta("bad.date"));
      if (ends <= begins) throw new FieldProblem("toDate", ta("bad.offOrder"));
      if (ends <= Date.now()) throw new FieldProblem("toDate", ta("bad.offPast"));
      if (ends - begins > LENGTH_MS_MAX) throw new FieldProblem("toDate", ta("bad.offLong"));
      await request<TimeOff>("/api/availability/time-off", { method: "POST", body: { from: begins, to: ends } });
      toast(ta("off.taken"));
      await changed();
    },
    { fields: ["from>fromDate", "to>toDate"] },
  );
  const give = async (it: TimeOff) => {
    try {
      await giveBack(it);
      toast(ta("off.given"));
    } catch (cause) {
      toast(errorWords(cause));
    }
    await changed();
  };
  const ahead = (list.data ?? []).filter((it) => it.to > now);
  return (
    <Card title={ta("off.title")}>
      <p class="quiet">{ta("off.words")}</p>
      {ahead.length > 0 && (
        <ul role="list" class="agenda-exceptions">
          {ahead.map((it) => {
            const name = rangeWords(it, now, zone);
            return (
              <li key={it.timeOffId} class="agenda-line">
                <div class="agenda-line-words">
                  <strong>{name}</strong>
                </div>
                <Button kind="quiet" aria-label={ta("off.giveNamed", { name })} onClick={() => void give(it)}>
                  {ta("off.give")}
                </Button>
              </li>
            );
          })}
        </ul>
      )}
      <form class="form" onSubmit={form.onSubmit} noValidate>
        <div class="agenda-range">
          <Field label={ta("off.fromDate")} type="date" name="fromDate" defaultValue={from.date} error={form.fieldError("fromDate")} />
          <Field label={ta("off.fromTime")} type="time" name="fromTime" defaultValue={from.time} />
          <Field label={ta("off.toDate")} type="date" name="toDate" defaultValue={to.date} error={form.fieldError("toDate")} />
          <Field label={ta("off.toTime")} type="time" name="toTime" defaultValue={to.time} />
        </div>
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <div>
          <Button type="submit" busy={form.busy}>
            {ta("off.take")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export const giveBack = (it: TimeOff): Promise<void> =>
  request(`/api/availability/time-off/${encodeURIComponent(it.timeOffId)}?from=${it.from}`, { method: "DELETE" });

/** "Tomorrow, 14:00 – 16:00", or with the day of the end when that is another one. */
export function rangeWords({ from, to }: { from: number; to: number }, now: number, zone: string): string {
  const sameDay = daysBetween(from, to, zone) === 0;
  const end = sameDay ? clockTime(to, zone) : dayAndTime(to, now, zone);
  return `${dayName(from, now, zone)}, ${clockTime(from, zone)} – ${end}`;
}
