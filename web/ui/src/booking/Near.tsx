/** Somebody was faster: says so, and offers what is free nearby. */
import { Button, Notice } from "../components";
import { clockTime, dayAndTime } from "../i18n/time";
import { dayReader } from "./days";
import { tb } from "./words";

export interface NearProps {
  at: number;
  near: readonly number[];
  zone: string;
  busy: number | null;
  onChoose: (at: number) => void;
}

export function Near({ at, near, zone, busy, onChoose }: NearProps) {
  const day = dayReader(zone);
  return (
    <Notice kind="warn">
      <p>
        <strong>{tb("near.taken", { time: clockTime(at, zone) })}</strong> {near.length > 0 ? tb("near.free") : tb("near.none")}
      </p>
      {near.length > 0 && (
        <div class="book-near">
          {near.map((other) => (
            <Button key={other} busy={busy === other} disabled={busy !== null} onClick={() => onChoose(other)}>
              {day(other) === day(at) ? clockTime(other, zone) : dayAndTime(other, Date.now(), zone)}
            </Button>
          ))}
        </div>
      )}
    </Notice>
  );
}
