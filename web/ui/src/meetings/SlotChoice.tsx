/** Free times of a service for one that is moved: by day, in this device's zone, a month at a time. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Button, Notice, Spinner } from "../components";
import type { components } from "../generated/rest";
import { clockTime, dayName, deviceZone, toInputs, zoneName } from "../i18n/time";
import { tm } from "./words";

type Slots = components["schemas"]["SlotsBody"];

const SPAN_MS = 14 * 86_400_000;
const AHEAD_MAX_MS = 366 * 86_400_000;

export interface SlotChoiceProps {
  hostId: string;
  serviceId: string;
  /** What is booked now is no choice. */
  except: number;
  chosen: number | null;
  onChoose: (at: number) => void;
  /** Changes when what is free was shown to be otherwise. */
  round?: number;
}

export function SlotChoice({ hostId, serviceId, except, chosen, onChoose, round = 0 }: SlotChoiceProps) {
  const [begin] = useState(() => Date.now());
  const [until, setUntil] = useState(begin + SPAN_MS);
  const [slots, setSlots] = useState<number[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let wanted = true;
    const path = `/api/hosts/${encodeURIComponent(hostId)}/slots?service=${encodeURIComponent(serviceId)}&from=${begin}&to=${until}`;
    request<Slots>(path).then(
      (answer) => wanted && setSlots(answer.slots.filter((at) => at !== except)),
      (cause: unknown) => wanted && setFailure(errorWords(cause)),
    );
    return () => {
      wanted = false;
    };
  }, [hostId, serviceId, until, except, round]);
  if (failure) return <Notice kind="danger">{failure}</Notice>;
  if (!slots) return <Spinner />;
  const zone = deviceZone();
  const days = new Map<string, number[]>();
  for (const at of slots) {
    const day = toInputs(at, zone).date;
    days.set(day, [...(days.get(day) ?? []), at]);
  }
  const more = () => setUntil(Math.min(until + SPAN_MS, begin + AHEAD_MAX_MS));
  return (
    <div class="stack">
      <p class="field-hint">{tm("move.zone", { zone: zoneName(zone, slots[0] ?? begin) })}</p>
      {slots.length === 0 && <p>{tm("move.none", { day: dayName(until, begin) })}</p>}
      <div class="meeting-slots" role="radiogroup" aria-label={tm("move.choose")}>
        {[...days].map(([day, times]) => (
          <section key={day} aria-label={dayName(times[0] ?? begin, begin)}>
            <h3>{dayName(times[0] ?? begin, begin)}</h3>
            <div class="meeting-times">
              {times.map((at) => (
                <label key={at} class="meeting-time">
                  <input type="radio" name="slot" value={at} checked={chosen === at} onChange={() => onChoose(at)} />
                  <span>{clockTime(at, zone)}</span>
                </label>
              ))}
            </div>
          </section>
        ))}
      </div>
      {until < begin + AHEAD_MAX_MS && (
        <div>
          <Button kind="quiet" onClick={more}>
            {tm("move.more")}
          </Button>
        </div>
      )}
    </div>
  );
}
