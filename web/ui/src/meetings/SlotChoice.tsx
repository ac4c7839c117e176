/**
 * Another free time for one that is moved, found in the same month and the same times as when it was
 * booked; only that a time is marked here and taken with the dialog's own button.
 */
import "../booking/booking.css";
import { useEffect, useState } from "preact/hooks";
import { session } from "../api";
import { errorWords } from "../app/errors";
import { byDay, dayReader, type Day, type Month as MonthName, monthOf, spanOf } from "../booking/days";
import { Month } from "../booking/Month";
import { Times } from "../booking/Times";
import { nextFree, useSlots } from "../booking/useSlots";
import { zone } from "../booking/zone";
import { ZoneLine } from "../booking/ZoneLine";
import { Loading, Notice } from "../components";
import { t } from "../i18n";
import { dayName } from "../i18n/time";
import { tm } from "./words";

export interface SlotChoiceProps {
  hostId: string;
  hostName: string;
  serviceId: string;
  /** What is booked now is no choice. */
  except: number;
  chosen: number | null;
  onChoose: (at: number | null) => void;
  /** Changes when what is free was shown to be otherwise. */
  round?: number;
}

export function SlotChoice({ hostId, hostName, serviceId, except, chosen, onChoose, round = 0 }: SlotChoiceProps) {
  const read = dayReader(zone.value);
  const [opened] = useState(() => Date.now());
  const [month, setMonth] = useState<MonthName>(() => monthOf(read(Math.max(except, opened))));
  const [wanted, setWanted] = useState<Day | null>(() => read(Math.max(except, opened)));
  const span = spanOf(month, zone.value);
  const { free, error, reload } = useSlots(hostId, serviceId, span, session.identity.value.kind === "member");
  const current = free !== null && free.span.from === span.from && free.span.to === span.to ? free : null;
  const days = byDay(current?.slots.filter((at) => at !== except) ?? [], zone.value);
  const day = wanted !== null && days.has(wanted) ? wanted : ([...days.keys()][0] ?? null);
  const show = (to: MonthName, on: Day | null) => {
    setMonth(to);
    setWanted(on);
  };
  useEffect(() => {
    if (round > 0) reload();
  }, [round]);
  useEffect(() => {
    // Somebody took it while one thought about it.
    if (chosen !== null && current !== null && chosen >= span.from && chosen < span.to && !current.slots.includes(chosen)) onChoose(null);
  }, [current]);
  const none = current !== null && days.size === 0;
  useEffect(() => {
    if (!none || month !== monthOf(read(Math.max(except, opened)))) return;
    let gone = false;
    // Nothing left around the time that it has now: on to where there is something.
    nextFree(hostId, serviceId, opened).then(
      (at) => !gone && at !== null && monthOf(read(at)) !== month && show(monthOf(read(at)), read(at)),
      () => undefined, // the month says that it has nothing
    );
    return () => {
      gone = true;
    };
  }, [none]);
  if (free === null) return error === null ? <Loading words={t("common.loading")} /> : <Notice kind="danger">{errorWords(error)}</Notice>;
  return (
    <div class="stack-tight meeting-move">
      <ZoneLine at={current?.slots[0] ?? span.from} hostZone={free.hostZone} hostName={hostName} />
      <div class="book-pick">
        <Month month={month} free={days} chosen={day} today={read(opened)} busy={current === null} onChoose={setWanted} onTurn={(to) => show(to, null)} />
        <div class="book-day-times">
          {day !== null && current !== null && (
            <>
              <h2>{dayName(days.get(day)?.[0] ?? opened, opened, zone.value)}</h2>
              <Times day={day} slots={days.get(day) ?? []} zone={zone.value} hostZone={current.hostZone} seats={current.seats} busy={null} chosen={chosen} onChoose={onChoose} />
            </>
          )}
          {none && <p class="quiet">{tm("move.none")}</p>}
          {current === null && <Loading words={t("common.loading")} />}
        </div>
      </div>
    </div>
  );
}
