/**
 * The same again every week or every second: which dates that makes, by the host's clock, and which of
 * them are free. The server decides when it is booked; this only shows it before.
 */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { CheckIcon, CrossIcon, Select } from "../components";
import { clockTime, dayName, fromInputs, toInputs } from "../i18n/time";
import { daysLater } from "./days";
import type { Draft } from "./draft";
import { pathOf } from "./useSlots";
import { type Service, type Slots, tb } from "./words";
import { zone } from "./zone";

/** As the server has it. */
export const SERIES_PAID_MAX = 11;
const SERIES_MAX = 20;

export interface Repeat {
  everyWeeks: 1 | 2;
  count: number;
  free: number[];
  taken: number[];
}

export interface SeriesProps {
  draft: Draft;
  service: Service;
  repeat: Repeat | null;
  onChange: (repeat: Repeat | null) => void;
}

/** Each at the same time by the host's clock, whatever is done to it in between. */
export function datesOf(startsAt: number, hostZone: string, everyWeeks: number, count: number): number[] {
  const { date, time } = toInputs(startsAt, hostZone);
  const rest = startsAt - (fromInputs(date, time, hostZone) ?? startsAt);
  return Array.from({ length: count }, (_, number) => {
    if (number === 0) return startsAt;
    return (fromInputs(daysLater(date, 7 * everyWeeks * number), time, hostZone) ?? startsAt) + rest;
  });
}

export function Series({ draft, service, repeat, onChange }: SeriesProps) {
  const [weeks, setWeeks] = useState<0 | 1 | 2>(0);
  const [count, setCount] = useState(4);
  useEffect(() => {
    if (weeks === 0) return onChange(null);
    let gone = false;
    const dates = datesOf(draft.startsAt, draft.hostZone, weeks, count);
    const span = { from: draft.startsAt, to: (dates.at(-1) ?? draft.startsAt) + 1 };
    request<Slots>(pathOf(draft.hostId, draft.serviceId, span)).then(
      ({ slots }) => {
        if (gone) return;
        const open = new Set([draft.startsAt, ...slots]); // its own time is kept, and so not free
        onChange({ everyWeeks: weeks, count, free: dates.filter((at) => open.has(at)), taken: dates.filter((at) => !open.has(at)) });
      },
      () => !gone && onChange({ everyWeeks: weeks, count, free: dates, taken: [] }),
    );
    return () => {
      gone = true;
    };
  }, [weeks, count, draft.startsAt, draft.hostZone]);
  const most = service.priceMc > 0 && !service.approval ? SERIES_PAID_MAX : SERIES_MAX;
  return (
    <div class="book-series">
      <div class="form-pair">
        <Select
          label={tb("series.label")}
          value={String(weeks)}
          options={(["0", "1", "2"] as const).map((value) => ({ value, label: tb(`series.every.${value}`) }))}
          onChange={(event) => setWeeks(Number(event.currentTarget.value) as 0 | 1 | 2)}
        />
        {weeks !== 0 && (
          <Select
            label={tb("series.count")}
            value={String(count)}
            options={Array.from({ length: most - 1 }, (_, index) => ({ value: String(index + 2), label: tb("series.times", { count: index + 2 }) }))}
            onChange={(event) => setCount(Number(event.currentTarget.value))}
          />
        )}
      </div>
      {repeat !== null && (
        <>
          {repeat.taken.length > 0 && <p class="small">{tb("series.some", { count: repeat.taken.length })}</p>}
          <ul role="list" class="book-dates">
            {[...repeat.free, ...repeat.taken]
              .sort((a, b) => a - b)
              .map((at) => (
                <Line key={at} at={at} taken={repeat.taken.includes(at)} />
              ))}
          </ul>
        </>
      )}
    </div>
  );
}

function Line({ at, taken }: { at: number; taken: boolean }) {
  return (
    <li class={taken ? "book-date-taken" : undefined}>
      {taken ? <CrossIcon size={16} /> : <CheckIcon size={16} />}
      <span>
        {dayName(at, at - 3 * 86_400_000, zone.value)}, {clockTime(at, zone.value)}
        {taken && <span class="quiet"> · {tb("series.taken")}</span>}
      </span>
    </li>
  );
}
