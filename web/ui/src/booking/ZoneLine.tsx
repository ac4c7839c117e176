/** In which zone times are shown, by its name, with a way to another one. */
import { useState } from "preact/hooks";
import { Button, ClockIcon, Select } from "../components";
import { allZones, deviceZone, zoneName } from "../i18n/time";
import { tb } from "./words";
import { chooseZone, zone } from "./zone";

export function ZoneLine({ at, hostZone, hostName }: { at: number; hostZone: string | null; hostName: string }) {
  const [open, setOpen] = useState(false);
  const names = [...new Set([zone.value, deviceZone(), ...(hostZone ? [hostZone] : []), ...allZones()])];
  const differs = hostZone !== null && zoneName(hostZone, at) !== zoneName(zone.value, at);
  return (
    <div class="book-zone">
      <div>
        <ClockIcon size={18} />
        <p>
          <span>{tb("zone.shown", { zone: zoneName(zone.value, at) })}</span>
          {differs && hostZone && <span class="quiet">{tb("zone.host", { name: hostName, zone: zoneName(hostZone, at) })}</span>}
        </p>
        {!open && (
          <Button kind="quiet" onClick={() => setOpen(true)}>
            {tb("zone.change")}
          </Button>
        )}
      </div>
      {open && (
        <Select
          label={tb("zone.label")}
          value={zone.value}
          options={names.map((value) => ({ value, label: value.replace(/_/g, " ") }))}
          onChange={(event) => {
            chooseZone(event.currentTarget.value);
            setOpen(false);
          }}
        />
      )}
    </div>
  );
}
