/** When a meeting is: the day, the hours, the zone by name, and the host's clock where it is another. */
import { clockRange, dayName, zoneName } from "../i18n/time";
import { dayShift, sameClock } from "./Times";
import { tb } from "./words";
import { zone } from "./zone";

export interface WhenProps {
  at: number;
  minutes: number;
  hostZone: string | null;
  hostName: string;
}

export function When({ at, minutes, hostZone, hostName }: WhenProps) {
  const now = Date.now();
  const differs = hostZone !== null && !sameClock(at, zone.value, hostZone);
  return (
    <div class="book-when">
      <p class="book-when-day">{dayName(at, now, zone.value)}</p>
      <p>
        <strong>{clockRange(at, minutes, zone.value)}</strong> <span class="quiet">{zoneName(zone.value, at)}</span>
      </p>
      {differs && hostZone && (
        <p class="quiet small">
          {tb("when.host", {
            name: hostName,
            when: `${dayShift(at, zone.value, hostZone) === 0 ? "" : `${dayName(at, now, hostZone)}, `}${clockRange(at, minutes, hostZone)}`,
            zone: zoneName(hostZone, at),
          })}
        </p>
      )}
    </div>
  );
}
