/**
 * One day or several side by side: the hours of the clock, what is free, what stands there, and now.
 * Draws, and says what was pressed, carried or drawn over; decides nothing.
 */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { clockTime, toInputs } from "../i18n/time";
import { locale } from "../i18n/languages";
import { type Column, type Shown, watchDrag } from "./drag";
import { type CalendarDay, dayOf, fractionAt, HOUR_MS, hoursOf, MINUTE_MS, openOn, place, type Stretch } from "./grid";
import type { Item } from "./items";
import { exceptionOn } from "./hours";
import { type Hours, ta } from "./words";

const ROW_REM = 3.75;
/** Shorter ones are drawn as long as this, so that they can be pressed. */
const LEAST_MS = 24 * MINUTE_MS;
const FIRST_SHOWN_HOUR = 7;

export interface DayColumnsProps {
  dates: readonly string[];
  zone: string;
  now: number;
  hours: Hours;
  items: readonly Item[];
  /** Where something would be that is carried, by pointer or by keys. */
  ghost: Shown | null;
  onGhost: (ghost: Shown | null) => void;
  onDrop: (what: Shown) => void;
  onOpen: (item: Item) => void;
  onKey: (event: KeyboardEvent, item: Item) => void;
  onDay: (date: string) => void;
}

export function DayColumns({ dates, zone, now, hours, items, ghost, onGhost, onDrop, onOpen, onKey, onDay }: DayColumnsProps) {
  const box = useRef<HTMLDivElement>(null);
  const elements = useRef(new Map<string, HTMLElement>());
  const days = dates.map((date) => dayOf(date, zone));
  // The rule at the side is that of an ordinary day; one that differs has its own.
  const ruler = days.find((day) => hoursOf(day) === 24 && day.ticks.length === 24) ?? days[0];
  const [first, last] = [dates[0], dates.at(-1)];

  // Begins at the morning, or at what is earlier; but what is now is always in sight.
  useLayoutEffect(() => {
    const scroller = box.current;
    const column = elements.current.get(dates[0] ?? "");
    if (!scroller || !column) return;
    const starts = days.flatMap((day) => place(items, day, 0).map((it) => (it.from - day.start) / HOUR_MS));
    const earliest = Math.min(FIRST_SHOWN_HOUR, ...starts.filter((it) => it > 0)) - 0.5;
    const today = days.find((day) => now >= day.start && now < day.end);
    const shown = (scroller.clientHeight / column.offsetHeight) * 24;
    const late = today === undefined ? 0 : (now - today.start) / HOUR_MS - shown / 2;
    const hour = Math.max(0, earliest, late);
    scroller.scrollTop = (hour / 24) * column.offsetHeight;
  }, [first, last, zone]);

  const columns = (): Column[] =>
    days.flatMap((day) => {
      const element = elements.current.get(day.date);
      return element ? [{ day, element }] : [];
    });
  const watcher = { columns, box: () => box.current, show: onGhost, dropped: onDrop };

  // What is carried by keys stays in sight.
  useEffect(() => {
    if (ghost?.id != null) box.current?.querySelector(".cal-ghost")?.scrollIntoView({ block: "nearest" });
  }, [ghost?.from]);

  if (ruler === undefined) return null;
  return (
    <div class="cal-box" ref={box} tabIndex={0} role="group" aria-label={ta("cal.title")} aria-describedby="cal-how">
      <div class="cal-days" style={{ gridTemplateColumns: `var(--cal-rule) repeat(${days.length}, minmax(0, 1fr))` }}>
        <div class="cal-corner small quiet">{offsetName(zone, ruler.start)}</div>
        {days.map((day) => (
          <DayHead key={day.date} day={day} zone={zone} now={now} hours={hours} alone={days.length === 1} onDay={() => onDay(day.date)} />
        ))}
        <Ruler day={ruler} zone={zone} />
        {days.map((day) => (
          <section
            key={day.date}
            class="cal-day"
            data-date={day.date}
            aria-label={longName(day, zone)}
            ref={(element) => {
              if (element) elements.current.set(day.date, element);
              else elements.current.delete(day.date);
            }}
            style={{ blockSize: `${hoursOf(day) * ROW_REM}rem` }}
            onPointerDown={(event) => {
              if (!(event.target as Element).closest("button")) watchDrag(event, null, watcher);
            }}
          >
            {openOn(hours, day, zone).map((open) => (
              <div key={open.from} class="cal-open" style={across(day, open)} />
            ))}
            {day.ticks.map((at) => (
              <div key={at} class="cal-tick" style={{ insetBlockStart: percent(fractionAt(day, at)) }}>
                {hoursOf(day) !== 24 && <span>{clockTime(at, zone)}</span>}
              </div>
            ))}
            <ol role="list" class="cal-items">
              {place(items, day, LEAST_MS).map(({ item, from, to, column, columns: wide }) => (
                <li
                  key={item.id}
                  style={{
                    ...across(day, { from, to }),
                    insetInlineStart: percent(column / wide),
                    inlineSize: `calc(${percent(1 / wide)} - 2px)`,
                  }}
                >
                  <ItemButton
                    item={item}
                    zone={zone}
                    short={to - from < 45 * MINUTE_MS}
                    carried={ghost?.id === item.id}
                    onPress={(event) => item.movable && watchDrag(event, { id: item.id, from: item.from, to: item.to }, watcher)}
                    onOpen={() => onOpen(item)}
                    onKey={(event) => onKey(event, item)}
                  />
                </li>
              ))}
            </ol>
            {ghost !== null && ghost.from < day.end && ghost.to > day.start && (
              <div class={ghost.id === null ? "cal-ghost cal-ghost-off" : "cal-ghost"} style={across(day, ghost)} aria-hidden="true">
                {clockTime(ghost.from, zone)} – {clockTime(ghost.to, zone)}
              </div>
            )}
            {now >= day.start && now < day.end && (
              <div class="cal-now" style={{ insetBlockStart: percent(fractionAt(day, now)) }}>
                <span class="only-read">{ta("cal.now", { time: clockTime(now, zone) })}</span>
              </div>
            )}
          </section>
        ))}
      </div>
    </div>
  );
}

interface DayHeadProps {
  day: CalendarDay;
  zone: string;
  now: number;
  hours: Hours;
  alone: boolean;
  onDay: () => void;
}

function DayHead({ day, zone, now, hours, alone, onDay }: DayHeadProps) {
  const today = toInputs(now, zone).date === day.date;
  const exception = exceptionOn(hours, day.date);
  const noon = (day.start + day.end) / 2;
  const say = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }).format(noon);
  const note = [exception?.label, hoursOf(day) !== 24 ? ta("cal.clock", { hours: hoursOf(day) }) : null].filter(Boolean).join(" · ");
  return (
    <div class={today ? "cal-head cal-today" : "cal-head"}>
      <button type="button" aria-label={ta("cal.toDay", { day: longName(day, zone) })} aria-current={today ? "date" : undefined} disabled={alone} onClick={onDay}>
        <span>{say({ weekday: "short" })}</span>
        <strong>{say({ day: "numeric" })}</strong>
      </button>
      {note && <span class="cal-note">{note}</span>}
    </div>
  );
}

function Ruler({ day, zone }: { day: CalendarDay; zone: string }) {
  return (
    <div class="cal-ruler" aria-hidden="true" style={{ blockSize: `${hoursOf(day) * ROW_REM}rem` }}>
      {day.ticks.slice(1).map((at) => (
        <span key={at} style={{ insetBlockStart: percent(fractionAt(day, at)) }}>
          {clockTime(at, zone)}
        </span>
      ))}
    </div>
  );
}

interface ItemButtonProps {
  item: Item;
  zone: string;
  short: boolean;
  carried: boolean;
  onPress: (event: PointerEvent) => void;
  onOpen: () => void;
  onKey: (event: KeyboardEvent) => void;
}

function ItemButton({ item, zone, short, carried, onPress, onOpen, onKey }: ItemButtonProps) {
  const time = `${clockTime(item.from, zone)} – ${clockTime(item.to, zone)}`;
  const words = [ta(`cal.kind.${item.kind}`), item.title === ta(`cal.kind.${item.kind}`) ? "" : item.title, item.who, time].filter(Boolean).join(", ");
  return (
    <button
      type="button"
      class={`cal-item cal-item-${item.kind}${carried ? " cal-item-carried" : ""}${short ? " cal-item-short" : ""}`}
      data-item={item.id}
      aria-label={words}
      aria-keyshortcuts={item.movable ? "M" : undefined}
      aria-describedby={item.movable ? "cal-how" : undefined}
      onPointerDown={onPress}
      onClick={onOpen}
      onKeyDown={onKey}
    >
      <span class="cal-item-title">{item.who || item.title}</span>
      <span class="cal-item-more">
        {time}
        {item.who && ` · ${item.title}`}
      </span>
    </button>
  );
}

const percent = (part: number): string => `${part * 100}%`;

function across(day: CalendarDay, { from, to }: Stretch): Record<string, string> {
  const [start, end] = [Math.max(from, day.start), Math.min(to, day.end)];
  return { insetBlockStart: percent(fractionAt(day, start)), blockSize: percent((end - start) / (day.end - day.start)) };
}

const longName = (day: CalendarDay, zone: string): string =>
  new Intl.DateTimeFormat(locale(), { timeZone: zone, dateStyle: "full" }).format((day.start + day.end) / 2);

/** "GMT+3". */
export function offsetName(zone: string, at: number): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

