/**
 * Choosing a free time. Others book meanwhile: what is gone goes from the page with a word, and a time
 * that somebody else was faster with brings what is free nearby.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Me } from "../api";
import { errorWords } from "../app/errors";
import { useNow } from "../app/hooks";
import { Button, CalendarIcon, Card, Empty, Loading, Notice } from "../components";
import { t } from "../i18n";
import { clockTime, dayAndTime, dayName } from "../i18n/time";
import { locale } from "../i18n/languages";
import { byDay, type Day, dayReader, fullOf, type Month as MonthName, monthOf, spanOf, vanished } from "./days";
import type { Draft } from "./draft";
import { hold, nearOf } from "./holds";
import { longDay, Month } from "./Month";
import { Near } from "./Near";
import { Times } from "./Times";
import { nextFree, useSlots } from "./useSlots";
import { Wait, Waited } from "./Wait";
import { useWaits } from "./waits";
import { type Service, tb } from "./words";
import { zone } from "./zone";
import { ZoneLine } from "./ZoneLine";

export interface PickProps {
  service: Service;
  hostName: string;
  me: Me | null;
  /** A time that was given back: its day is looked at first. */
  from: number | null;
  onHeld: (draft: Draft) => void;
}

export function Pick({ service, hostName, me, from, onHeld }: PickProps) {
  const now = useNow(30_000);
  const read = dayReader(zone.value);
  const today = read(now);
  const [wanted, setWanted] = useState<Day | null>(from === null ? null : read(from));
  const [month, setMonth] = useState<MonthName>(monthOf(wanted ?? today));
  const { free, error, reload } = useSlots(service.hostId, service.serviceId, spanOf(month, zone.value), me !== null);
  const [busy, setBusy] = useState<number | null>(null);
  const [missed, setMissed] = useState<{ at: number; near: number[] } | null>(null);
  const [failure, setFailure] = useState<unknown>(null);
  const span = spanOf(month, zone.value);
  const current = free !== null && free.span.from === span.from && free.span.to === span.to ? free : null;
  const days = byDay(current?.slots ?? [], zone.value);
  const full = fullOf(month, current?.full ?? [], days);
  const waits = useWaits(service, me);
  const stands = wanted !== null && monthOf(wanted) === month && (days.has(wanted) || full.includes(wanted));
  const chosen = stands ? wanted : ([...days.keys()][0] ?? null);
  const gone = useGone(current?.slots ?? null, span.from, busy);
  const next = useNext(service, current?.slots ?? null, span.to, monthOf(today) === month);
  const times = useRef<HTMLDivElement>(null);
  const turned = useRef(from !== null);
  useEffect(() => {
    // The first look goes to where there is something; later ones stay where the reader turned to.
    if (turned.current || current === null) return;
    if (current.slots.length > 0) turned.current = true;
    else if (typeof next === "number") jump(next);
  }, [current, next]);
  const jump = (at: number) => {
    turned.current = true;
    setMonth(monthOf(read(at)));
    setWanted(read(at));
  };
  const take = async (at: number) => {
    if (busy !== null) return;
    setBusy(at);
    setMissed(null);
    setFailure(null);
    try {
      onHeld(await hold(service, at, current?.hostZone ?? zone.value));
      window.scrollTo(0, 0);
    } catch (cause) {
      const near = nearOf(cause);
      if (near) setMissed({ at, near });
      else setFailure(cause);
      reload();
      setBusy(null);
    }
  };
  if (free === null) {
    return error === null ? <Loading words={t("common.loading")} /> : <Notice kind="danger">{errorWords(error)}</Notice>;
  }
  const monthName = new Intl.DateTimeFormat(locale(), { month: "long", timeZone: "UTC" }).format(Date.parse(`${month}-15T00:00:00Z`));
  return (
    <Card class="book-card">
      <ZoneLine at={current?.slots[0] ?? span.from} hostZone={free.hostZone} hostName={hostName} />
      <div role="status" class="book-news">
        {missed && <Near at={missed.at} near={missed.near} zone={zone.value} busy={busy} onChoose={(at) => void take(at)} />}
        {missed === null && gone !== null && <Notice kind="info">{gone}</Notice>}
        {failure !== null && <Notice kind="danger">{errorWords(failure)}</Notice>}
      </div>
      <div class="book-pick">
        <Month
          month={month}
          free={days}
          full={new Set(full)}
          chosen={chosen}
          today={today}
          busy={current === null}
          onChoose={(day) => {
            setWanted(day);
            // Below the month on a phone: what was asked for is not left out of sight.
            times.current?.scrollIntoView({ block: "nearest" });
          }}
          onTurn={(to) => {
            turned.current = true;
            setMonth(to);
            setWanted(null);
          }}
        />
        <div class="book-day-times" ref={times}>
          {chosen !== null && current !== null && days.has(chosen) && (
            <>
              <h2>{dayName(days.get(chosen)?.[0] ?? now, now, zone.value)}</h2>
              <Times day={chosen} slots={days.get(chosen) ?? []} zone={zone.value} hostZone={current.hostZone} seats={current.seats} busy={busy} onChoose={(at) => void take(at)} />
            </>
          )}
          {chosen !== null && current !== null && !days.has(chosen) && (
            <>
              <h2>{tb("wait.title", { day: longDay(chosen) })}</h2>
              <Wait key={chosen} days={[chosen]} me={me} waits={waits} onChanged={reload} />
            </>
          )}
          {chosen === null && current !== null && (
            <Empty icon={<CalendarIcon size={32} />} title={tb("empty.title", { month: monthName })}>
              {next === undefined && <p>{t("common.loading")}</p>}
              {next === null && <p>{tb("empty.never", { name: hostName })}</p>}
              {typeof next === "number" && <p>{tb("empty.words", { name: hostName })}</p>}
            </Empty>
          )}
          {chosen === null && current !== null && full.length > 0 && <Wait key={month} days={full} me={me} waits={waits} onChanged={reload} />}
          {current === null && <Loading words={t("common.loading")} />}
        </div>
      </div>
      <Waited waits={waits} />
      {typeof next === "number" && read(next) !== chosen && (
        <Button onClick={() => jump(next)}>{tb("next", { when: dayAndTime(next, now, zone.value) })}</Button>
      )}
    </Card>
  );
}

/** Words about times that were taken while one looked. */
function useGone(slots: number[] | null, of: number, own: number | null): string | null {
  const before = useRef<{ of: number; slots: number[] } | null>(null);
  const [words, setWords] = useState<string | null>(null);
  useEffect(() => {
    if (slots === null) return;
    const old = before.current;
    before.current = { of, slots };
    if (old === null || old.of !== of) return setWords(null);
    const lost = vanished(old.slots, slots, Date.now()).filter((at) => at !== own);
    const [one] = lost;
    if (one === undefined) return;
    const when = { day: dayName(one, Date.now(), zone.value), time: clockTime(one, zone.value) };
    setWords(lost.length === 1 ? tb("gone.time", when) : tb("gone.some", { count: lost.length }));
  }, [slots]);
  return words;
}

/** The next free time: of the first month that was shown, or asked for; undefined until it is known. */
function useNext(service: Service, slots: number[] | null, monthEnds: number, isFirst: boolean): number | null | undefined {
  const [next, setNext] = useState<number | null | undefined>(undefined);
  const first = slots?.[0];
  useEffect(() => {
    if (slots === null) return;
    if (isFirst && first !== undefined) return setNext(first);
    if (first !== undefined && next !== undefined) return;
    let gone = false;
    nextFree(service.hostId, service.serviceId, isFirst ? monthEnds : Date.now()).then(
      (at) => !gone && setNext(at),
      () => undefined, // the month's own failure is shown
    );
    return () => {
      gone = true;
    };
  }, [first, slots === null, isFirst, monthEnds]);
  return next;
}
