/** Asks before a booking moves: the old time, the new one, whose clock it is, and what it does. */
import { useRef, useState } from "preact/hooks";
import { ApiError, type Meeting, request } from "../api";
import { errorWords } from "../app/errors";
import { ArrowIcon, Button, Dialog, Field, Notice, toast } from "../components";
import { clockRange, dayAndTime, dayName, deviceZone, fromInputs, toInputs, zoneName } from "../i18n/time";
import { dayOf, MINUTE_MS, openOn } from "./grid";
import type { Item } from "./items";
import { type Hours, ta } from "./words";

export interface Move {
  item: Item;
  to: number;
}

export interface MoveDialogProps {
  move: Move | null;
  zone: string;
  hours: Hours;
  now: number;
  onClose: () => void;
  onMoved: (meeting: Meeting) => void;
}

export function MoveDialog(props: MoveDialogProps) {
  return <Question key={useCount(props.move)} {...props} />;
}

/** How many things there were: another one is another question, and none leaves the last to close itself. */
export function useCount(thing: unknown): number {
  const seen = useRef({ thing: null as unknown, count: 0 });
  if (thing !== null && thing !== seen.current.thing) seen.current = { thing, count: seen.current.count + 1 };
  return seen.current.count;
}

function Question({ move, zone, hours, now, onClose, onMoved }: MoveDialogProps) {
  const start = toInputs(move?.to ?? now, zone);
  const [date, setDate] = useState(start.date);
  const [time, setTime] = useState(start.time);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<{ words: string; instead: number[] } | null>(null);
  const item = move?.item;
  // The second of two equal times of the clock is only to be had by carrying it there.
  const typed = fromInputs(date, time, zone);
  const to = move !== null && date === start.date && time === start.time ? move.to : typed;
  const minutes = item ? (item.to - item.from) / MINUTE_MS : 0;
  const wrong = to === null ? ta("bad.date") : to <= now ? ta("move.past") : undefined;
  const same = item !== undefined && to === item.from;

  const go = async () => {
    if (item?.meeting === undefined || to === null || wrong || same) return;
    setBusy(true);
    setFailure(null);
    const id = encodeURIComponent(item.id);
    try {
      const moved = item.meeting.booking
        ? await request<Meeting>(`/api/bookings/${id}/move`, { method: "POST", body: { startsAt: to } })
        : await request<Meeting>(`/api/meetings/${id}`, { method: "PUT", body: { scheduledAt: to } });
      toast(ta("move.done", { when: dayAndTime(to, Date.now(), zone) }));
      onMoved(moved);
    } catch (cause) {
      const instead = cause instanceof ApiError ? (cause.body.alternatives ?? []) : [];
      const taken = cause instanceof ApiError && cause.code === "slot_taken";
      setFailure({ words: taken ? ta("move.taken") : errorWords(cause), instead });
    } finally {
      setBusy(false);
    }
  };
  const take = (at: number) => {
    const next = toInputs(at, zone);
    setDate(next.date);
    setTime(next.time);
    setFailure(null);
  };

  return (
    <Dialog
      open={move !== null}
      title={ta("move.title", { who: item?.who || item?.title || "" })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{ta("move.keep")}</Button>
          <Button kind="primary" busy={busy} disabled={wrong !== undefined || same} onClick={() => void go()}>
            {ta("move.go")}
          </Button>
        </>
      }
    >
      {item && (
        <>
          <div class="cal-from-to">
            <div>
              <span class="quiet small">{ta("move.old")}</span>
              <s>{dayName(item.from, now, zone)}</s>
              <s>{clockRange(item.from, minutes, zone)}</s>
            </div>
            <ArrowIcon />
            <div aria-live="polite">
              <span class="quiet small">{ta("move.new")}</span>
              {to !== null && (
                <>
                  <strong>{dayName(to, now, zone)}</strong>
                  <strong>{clockRange(to, minutes, zone)}</strong>
                </>
              )}
            </div>
          </div>
          <div class="form-pair">
            <Field label={ta("move.date")} type="date" value={date} onInput={(event) => setDate(event.currentTarget.value)} error={wrong} />
            <Field label={ta("move.time")} type="time" step={300} value={time} onInput={(event) => setTime(event.currentTarget.value)} />
          </div>
          <p class="quiet small">
            {ta("cal.zone", { zone: zoneName(zone, to ?? now) })}
            {zone !== deviceZone() && to !== null && ` ${ta("move.here", { when: dayAndTime(to, now), zone: zoneName(deviceZone(), to) })}`}
          </p>
          {to !== null && !wrong && !within(hours, to, item.to - item.from, zone) && <Notice kind="warn">{ta("move.outside")}</Notice>}
          <p>{ta("move.words")}</p>
          {failure && (
            <Notice kind="danger">
              <p>{failure.words}</p>
              {failure.instead.length > 0 && (
                <div class="row">
                  {failure.instead.map((at) => (
                    <Button key={at} onClick={() => take(at)}>
                      {dayAndTime(at, now, zone)}
                    </Button>
                  ))}
                </div>
              )}
            </Notice>
          )}
        </>
      )}
    </Dialog>
  );
}

/** Whether all of it lies in the host's own hours. */
function within(hours: Hours, at: number, length: number, zone: string): boolean {
  const day = dayOf(toInputs(at, zone).date, zone);
  return openOn(hours, day, zone).some((open) => open.from <= at && at + length <= open.to);
}
