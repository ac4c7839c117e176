import { useState } from "preact/hooks";
import type { Me } from "../api";
import { FieldProblem, type FormValues } from "../app/hooks";
import { Field, Select } from "../components";
import { t } from "../i18n";
import { dayAndTime, deviceZone, fromInputs, inWords, toInputs, zoneName } from "../i18n/time";

const LENGTHS = [15, 20, 25, 30, 45, 50, 60, 75, 90, 120, 180];
const HALF_HOUR_MS = 30 * 60_000;

export interface WhenFieldsProps {
  me: Me;
  now: number;
  /** What stands there at first. */
  at: number;
  minutes: number;
  error?: string | undefined;
}

/** Date, time, length, and whose clock it is: the device's, or the account's where they differ. */
export function WhenFields({ me, now, at, minutes, error }: WhenFieldsProps) {
  const zones = [...new Set([deviceZone(), me.timeZone].filter(Boolean))];
  const [zone, setZone] = useState(zones[0] ?? "UTC");
  const [date, setDate] = useState(() => toInputs(at, zone).date);
  const [time, setTime] = useState(() => toInputs(at, zone).time);
  const chosen = fromInputs(date, time, zone);
  const lengths = LENGTHS.includes(minutes) ? LENGTHS : [...LENGTHS, minutes].sort((a, b) => a - b);
  return (
    <>
      <div class="form-pair">
        <Field
          label={t("new.date")}
          name="date"
          type="date"
          value={date}
          min={toInputs(now, zone).date}
          onInput={(event) => setDate(event.currentTarget.value)}
          error={error}
        />
        <Field label={t("new.time")} name="time" type="time" value={time} onInput={(event) => setTime(event.currentTarget.value)} />
      </div>
      <div class="form-pair">
        <Select
          label={t("new.duration")}
          name="minutes"
          defaultValue={String(minutes)}
          options={lengths.map((length) => ({ value: String(length), label: t("new.minutes", { count: length }) }))}
        />
        {zones.length > 1 ? (
          <Select
            label={t("new.zone")}
            name="zone"
            value={zone}
            onChange={(event) => setZone(event.currentTarget.value)}
            options={zones.map((name) => ({ value: name, label: zoneName(name, chosen ?? now) }))}
          />
        ) : (
          <input type="hidden" name="zone" value={zone} />
        )}
      </div>
      <p class="quiet small">
        {zones.length === 1 && t("new.zoneShown", { zone: zoneName(zone, chosen ?? now) })}{" "}
        {chosen !== null && chosen > now && t("new.startsIn", { when: inWords(chosen, now) })}{" "}
        {zone !== deviceZone() &&
          chosen !== null &&
          t("new.elsewhere", { when: dayAndTime(chosen, now), zone: zoneName(deviceZone(), chosen) })}
      </p>
    </>
  );
}

/** What was chosen, or a problem at the date. */
export function readWhen(values: FormValues, now: number): { scheduledAt: number; durationMinutes: number } {
  const scheduledAt = fromInputs(values.text("date"), values.text("time"), values.text("zone"));
  if (scheduledAt === null) throw new FieldProblem("date", t("new.noDate"));
  if (scheduledAt < now - 60_000) throw new FieldProblem("date", t("new.past"));
  return { scheduledAt, durationMinutes: Number(values.text("minutes")) };
}

/** A first suggestion: the next full half hour, not too close. */
export const suggestedStart = (now: number): number => Math.ceil((now + HALF_HOUR_MS / 2) / HALF_HOUR_MS) * HALF_HOUR_MS;
