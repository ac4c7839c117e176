/**
 * A finger or a mouse on the days of a calendar: a booking that is carried to another time, or empty
 * time that is drawn over. A mouse begins by moving, a finger by resting, so that it can still scroll.
 * Knows elements and instants, and nothing of bookings; says what it sees, and what was meant at the end.
 */
import { type CalendarDay, fractionAt, instantAt, MINUTE_MS, STEP_MINUTES, type Stretch } from "./grid";

const THRESHOLD_PX = 6;
const REST_MS = 350;
/** This near to an edge of the grid it scrolls. */
const EDGE_PX = 36;
const SCROLL_PX = 10;

export interface Column {
  day: CalendarDay;
  element: HTMLElement;
}

export interface Watcher {
  columns: () => readonly Column[];
  /** The box that scrolls. */
  box: () => HTMLElement | null;
  /** What would be, while it is under way; null when it is over. */
  show: (what: Shown | null) => void;
  dropped: (what: Shown) => void;
}

export interface Shown extends Stretch {
  /** The booking that is carried; null for empty time. */
  id: string | null;
}

/** What was pressed. */
export type Grip = { id: string } & Stretch;

/** Begins to watch; to be called for the press of a pointer. Returns at once. */
export function watchDrag(press: PointerEvent, grip: Grip | null, watcher: Watcher): void {
  if (press.button !== 0 || !press.isPrimary) return;
  const origin = { x: press.clientX, y: press.clientY };
  const begun = instantUnder(watcher, origin.x, origin.y, 0);
  if (begun === null) return;
  const grab = grip === null ? 0 : fractionUnder(watcher, origin.x, origin.y) - grip.from;
  let active = false;
  let shown: Shown | null = null;
  let point = origin;
  const rest = press.pointerType === "mouse" ? undefined : setTimeout(() => begin(), REST_MS);
  let scroller: ReturnType<typeof setInterval> | undefined;

  const begin = () => {
    active = true;
    if (press.pointerType !== "mouse") navigator.vibrate?.(15);
    scroller = setInterval(scroll, 16);
    update();
  };
  const update = () => {
    if (grip === null) {
      const now = instantUnder(watcher, origin.x, point.y, 0) ?? begun;
      const [from, to] = now < begun ? [now, begun] : [begun, now];
      shown = { id: null, from, to: Math.max(to, from + STEP_MINUTES * MINUTE_MS) };
    } else {
      const from = instantUnder(watcher, point.x, point.y, grab);
      if (from === null) return;
      shown = { id: grip.id, from, to: from + grip.to - grip.from };
    }
    watcher.show(shown);
  };
  const scroll = () => {
    const box = watcher.box();
    if (box === null) return;
    const { top, bottom } = box.getBoundingClientRect();
    const before = box.scrollTop;
    if (point.y < top + EDGE_PX) box.scrollTop -= SCROLL_PX;
    else if (point.y > bottom - EDGE_PX) box.scrollTop += SCROLL_PX;
    if (box.scrollTop !== before) update();
  };
  const moved = (event: PointerEvent) => {
    if (event.pointerId !== press.pointerId) return;
    point = { x: event.clientX, y: event.clientY };
    const far = Math.hypot(point.x - origin.x, point.y - origin.y) > THRESHOLD_PX;
    if (active) update();
    else if (far && press.pointerType === "mouse") begin();
    else if (far) end(); // a finger that moves at once scrolls
  };
  const up = (event: PointerEvent) => {
    if (event.pointerId !== press.pointerId) return;
    const what = active ? shown : null;
    if (active) swallowClick();
    end();
    if (what !== null && (grip === null || what.from !== grip.from)) watcher.dropped(what);
  };
  const key = (event: KeyboardEvent) => event.key === "Escape" && active && (swallowClick(), end());
  // Once a finger carries something, the page under it stands still.
  const hold = (event: TouchEvent) => active && event.cancelable && event.preventDefault();
  const menu = (event: Event) => active && event.preventDefault();
  const end = () => {
    clearTimeout(rest);
    clearInterval(scroller);
    document.removeEventListener("pointermove", moved);
    document.removeEventListener("pointerup", up);
    document.removeEventListener("pointercancel", end);
    document.removeEventListener("keydown", key);
    document.removeEventListener("touchmove", hold);
    document.removeEventListener("contextmenu", menu);
    watcher.show(null);
  };
  document.addEventListener("pointermove", moved);
  document.addEventListener("pointerup", up);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", key);
  document.addEventListener("touchmove", hold, { passive: false });
  document.addEventListener("contextmenu", menu);
}

/** The click that a browser makes of the end of a drag means nothing. */
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 50);
}

function columnUnder(watcher: Watcher, x: number): Column | undefined {
  const columns = watcher.columns();
  const boxes = columns.map(({ element }) => element.getBoundingClientRect());
  // Left of all is the first, right of all the last.
  const distance = (at: number) => Math.max((boxes[at]?.left ?? 0) - x, x - (boxes[at]?.right ?? 0), 0);
  return [...columns.keys()].sort((a, b) => distance(a) - distance(b)).map((at) => columns[at])[0];
}

/** The exact instant under a point, as a number of milliseconds that is not rounded. */
function fractionUnder(watcher: Watcher, x: number, y: number): number {
  const column = columnUnder(watcher, x);
  if (column === undefined) return 0;
  const { top, height } = column.element.getBoundingClientRect();
  return column.day.start + ((y - top) / height) * (column.day.end - column.day.start);
}

/** The step under a point, less where it was taken hold of. */
function instantUnder(watcher: Watcher, x: number, y: number, grab: number): number | null {
  const column = columnUnder(watcher, x);
  if (column === undefined) return null;
  return instantAt(column.day, fractionAt(column.day, fractionUnder(watcher, x, y) - grab));
}
