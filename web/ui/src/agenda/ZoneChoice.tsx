/**
 * One time zone of all that there are, found by typing a part of its city, its continent or its
 * distance from UTC: a combobox with a list below.
 */
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { Labelled } from "../components";
import { clockTime, zoneName } from "../i18n/time";
import { ta } from "./words";

const SHOWN_MAX = 40;

export interface ZoneChoiceProps {
  zone: string;
  zones: readonly string[];
  now: number;
  error?: string | undefined;
  onChange: (zone: string) => void;
}

export function ZoneChoice({ zone, zones, now, error, onChange }: ZoneChoiceProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const open = typed !== null;
  const found = useMemo(() => (typed === null ? [] : search(zones, typed, now)), [typed, zones, now]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [at, open]);
  const choose = (name: string | undefined) => {
    if (name !== undefined) onChange(name);
    setTyped(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) setTyped("");
      else if (found.length > 0) setAt((at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length);
    } else if (event.key === "Enter" && open) {
      event.preventDefault();
      choose(found[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      setTyped(null);
    }
  };
  return (
    <Labelled label={ta("zone.label")} error={error} hint={zone ? ta("zone.now", { time: clockTime(now, safe(zone)), zone: zoneName(safe(zone), now) }) : undefined}>
      {(wiring) => (
        <div class="agenda-zone">
          <input
            {...wiring}
            role="combobox"
            aria-expanded={open}
            aria-controls={`${id}-list`}
            aria-autocomplete="list"
            aria-activedescendant={open && found[at] ? `${id}-${at}` : undefined}
            autocomplete="off"
            spellcheck={false}
            placeholder={open ? zone : undefined}
            value={typed ?? zone}
            onFocus={(event) => event.currentTarget.select()}
            onClick={() => typed === null && setTyped("")}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
            onBlur={() => setTyped(null)}
          />
          <ul id={`${id}-list`} role="listbox" class="agenda-zones" aria-label={ta("zone.label")} ref={list} hidden={!open}>
            {found.map((name, place) => (
              <li
                key={name}
                id={`${id}-${place}`}
                role="option"
                aria-selected={place === at}
                // Before the field loses the focus, which would close the list.
                onPointerDown={(event) => {
                  event.preventDefault();
                  choose(name);
                }}
              >
                <span>{name.replace(/_/g, " ")}</span>
                <span class="quiet small">{clockTime(now, name)}</span>
              </li>
            ))}
            {open && found.length === 0 && (
              <li class="quiet" role="option" aria-selected="false" aria-disabled="true">
                {ta("zone.none")}
              </li>
            )}
          </ul>
        </div>
      )}
    </Labelled>
  );
}

/** By every word that was typed: in the name, or in the distance from UTC such as `+3`. */
export function search(zones: readonly string[], typed: string, now: number): string[] {
  const plain = (text: string) => text.toLowerCase().replace(/[_/]/g, " ");
  const words = plain(typed).split(/\s+/).filter(Boolean);
  const fits = (zone: string) => {
    const name = plain(zone);
    return words.every((word) => name.includes(word) || (/\d/.test(word) && zoneName(zone, now).toLowerCase().includes(word)));
  };
  // A city that begins so goes before one that has it somewhere.
  const begins = (zone: string) => (words[0] !== undefined && plain(zone.split("/").pop() ?? "").startsWith(words[0]) ? 0 : 1);
  return zones
    .filter(fits)
    .sort((a, b) => begins(a) - begins(b) || a.localeCompare(b))
    .slice(0, SHOWN_MAX);
}

/** A zone that this browser does not know is shown as UTC; the server keeps the name. */
export function safe(zone: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    return "UTC";
  }
}
