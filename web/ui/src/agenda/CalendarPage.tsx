/**
 * A host's calendar: day, week and month in the host's own zone. Bookings are carried to another time
 * by pointer, by keys or by typing it, always with a question before; empty time is drawn over to take
 * it off. Follows what the socket says.
 */
import "./agenda.css";
import "./calendar.css";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Me, type Meeting, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { onLive } from "../app/live";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { ArrowIcon, BackIcon, Button, ButtonLink, Loading } from "../components";
import { locale } from "../i18n/languages";
import { clockRange, clockTime, dayName, deviceZone, toInputs, zoneName } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { DayColumns } from "./DayColumns";
import type { Shown } from "./drag";
import { addMonths, dayOf, HOUR_MS, MINUTE_MS, monthOf, shiftDays, STEP_MINUTES, type Stretch, weekOf } from "./grid";
import { HostOnly } from "./HostOnly";
import { addDays, isDate } from "./hours";
import { type Item, itemsOf } from "./items";
import { ItemDialog } from "./ItemDialog";
import { MonthView } from "./MonthView";
import { type Move, MoveDialog } from "./MoveDialog";
import { OffDialog } from "./OffDialog";
import { type HeldTime, type Hours, ta, type TimeOff } from "./words";
import { safe } from "./ZoneChoice";

const VIEWS = ["day", "week", "month"] as const;
type View = (typeof VIEWS)[number];
const SETTLED_MS = 300;

export default function CalendarPage() {
  const identity = session.identity.value;
  return <HostOnly>{identity.kind === "member" && <Loaded me={identity.user} />}</HostOnly>;
}

function Loaded({ me }: { me: Me }) {
  const hours = useFetched<Hours>("/api/availability");
  if (hours.error) return <FailedPage error={hours.error} onRetry={() => void hours.reload()} />;
  if (!hours.data) return <Loading words={ta("cal.title")} />;
  return <Calendar me={me} hours={hours.data} onHours={hours.reload} />;
}

/** A phone has room for a day. */
const usualView = (): View => (matchMedia("(max-width: 40rem)").matches ? "day" : "week");

function Calendar({ me, hours, onHours }: { me: Me; hours: Hours; onHours: () => Promise<void> }) {
  const now = useNow(20_000);
  const zone = safe(hours.timeZone);
  const today = toInputs(now, zone).date;
  const [usual] = useState(usualView);
  const { query } = place.value;
  const view = VIEWS.find((it) => it === query.get("view")) ?? usual;
  const asked = query.get("date") ?? "";
  const date = isDate(asked) ? asked : today;
  const go = (next: { view?: View; date?: string }) =>
    navigate(`/calendar?${new URLSearchParams({ view: next.view ?? view, date: next.date ?? date })}`, { replace: true });

  const dates = useMemo(() => (view === "day" ? [date] : view === "week" ? weekOf(date) : monthOf(date).flat()), [view, date]);
  const from = dayOf(dates[0] ?? date, zone).start;
  const to = dayOf(dates.at(-1) ?? date, zone).end;
  const meetings = useFetched<{ meetings: Meeting[] }>(`/api/meetings?from=${from - 12 * HOUR_MS}&to=${to}`);
  const off = useFetched<TimeOff[]>(`/api/availability/time-off?from=${from}&to=${to}`);
  const held = useFetched<HeldTime[]>(`/api/availability/holds?from=${from}&to=${to}`);
  const reload = useCallback(() => {
    void meetings.reload();
    void off.reload();
    void held.reload();
  }, [meetings.reload, off.reload, held.reload]);
  useNews(me.userId, () => {
    reload();
    void onHours();
  });

  const [opened, setOpened] = useState<Item | null>(null);
  const [move, setMove] = useState<Move | null>(null);
  const [taking, setTaking] = useState<Stretch | null>(null);
  const [ghost, setGhost] = useState<Shown | null>(null);
  const [said, setSaid] = useState("");
  const frame = useRef<HTMLDivElement>(null);
  const items = itemsOf({ meetings: meetings.data?.meetings ?? [], off: off.data ?? [], held: held.data ?? [] }, me.userId, now);
  const when = (it: Stretch) => `${dayName(it.from, now, zone)}, ${clockRange(it.from, (it.to - it.from) / MINUTE_MS, zone)}`;

  // Carried by keys: what it is, until it is put down.
  const [carried, setCarried] = useState<Item | null>(null);
  const focusItem = (id: string) => requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(id)}"]`)?.focus());
  const pickUp = (item: Item) => {
    setCarried(item);
    setGhost({ id: item.id, from: item.from, to: item.to });
    setSaid(ta("keys.held", { what: item.who || item.title, when: when(item) }));
    frame.current?.querySelector<HTMLElement>(".cal-box")?.focus({ preventScroll: true });
  };
  const putBack = (focus = true) => {
    if (carried === null) return;
    setSaid(ta("keys.back", { when: when(carried) }));
    go({ date: toInputs(carried.from, zone).date });
    setGhost(null);
    setCarried(null);
    if (focus) focusItem(carried.id);
  };
  const carry = (event: KeyboardEvent) => {
    if (carried === null || ghost === null) return;
    const minutes = event.shiftKey ? 60 : STEP_MINUTES;
    const by: Record<string, () => number> = {
      ArrowUp: () => ghost.from - minutes * MINUTE_MS,
      ArrowDown: () => ghost.from + minutes * MINUTE_MS,
      ArrowLeft: () => shiftDays(ghost.from, -1, zone),
      ArrowRight: () => shiftDays(ghost.from, 1, zone),
    };
    const step = by[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const at = step();
      const next = { id: carried.id, from: at, to: at + carried.to - carried.from };
      setGhost(next);
      setSaid(when(next));
      const day = toInputs(at, zone).date;
      if (!dates.includes(day)) go({ date: day });
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (ghost.from === carried.from) return putBack();
      setMove({ item: carried, to: ghost.from });
    } else if (event.key === "Escape") {
      event.preventDefault();
      putBack();
    }
  };

  if (meetings.error) return <FailedPage error={meetings.error} onRetry={reload} />;
  const shift = (by: 1 | -1) => go({ date: view === "month" ? addMonths(date, by) : addDays(date, view === "week" ? 7 * by : by) });
  const closeMove = () => {
    const item = move?.item;
    setMove(null);
    setGhost(null);
    setCarried(null);
    if (item) focusItem(item.id);
  };
  return (
    <div class="stack cal-page" ref={frame}>
      <PageHead
        title={ta("cal.title")}
        action={
          <div class="row">
            <Button onClick={() => setTaking({ from: Math.ceil(now / HOUR_MS) * HOUR_MS, to: Math.ceil(now / HOUR_MS + 1) * HOUR_MS })}>{ta("off.take")}</Button>
            <ButtonLink kind="quiet" href="/availability">
              {ta("hours.title")}
            </ButtonLink>
          </div>
        }
      />
      <div class="cal-bar">
        <div class="cal-steps">
          <Button kind="quiet" iconOnly aria-label={ta(`cal.back.${view}`)} onClick={() => shift(-1)}>
            <BackIcon />
          </Button>
          <Button onClick={() => go({ date: today })}>{ta("cal.today")}</Button>
          <Button kind="quiet" iconOnly aria-label={ta(`cal.on.${view}`)} onClick={() => shift(1)}>
            <ArrowIcon />
          </Button>
          <h2 class="cal-title" aria-live="polite">
            {titleOf(view, dates, date)}
          </h2>
        </div>
        <div class="cal-views" role="group" aria-label={ta("cal.view")}>
          {VIEWS.map((it) => (
            <button key={it} type="button" aria-pressed={it === view} onClick={() => go({ view: it })}>
              {ta(`cal.view.${it}`)}
            </button>
          ))}
        </div>
      </div>
      {view === "month" ? (
        <MonthView date={date} zone={zone} now={now} hours={hours} items={items} onDay={(day) => go({ view: "day", date: day })} />
      ) : (
        <div onKeyDown={carry} onFocusOut={(event) => carried !== null && move === null && !event.currentTarget.contains(event.relatedTarget as Node | null) && putBack(false)}>
          <DayColumns
            dates={dates}
            zone={zone}
            now={now}
            hours={hours}
            items={items}
            ghost={ghost}
            onGhost={setGhost}
            onDrop={(what) => {
              const item = items.find((it) => it.id === what.id);
              if (item) {
                setGhost(what);
                setMove({ item, to: what.from });
              } else setTaking({ from: what.from, to: what.to });
            }}
            onOpen={setOpened}
            onKey={(event, item) => {
              if (!item.movable || event.key.toLowerCase() !== "m" || event.ctrlKey || event.metaKey || event.altKey) return;
              event.preventDefault();
              pickUp(item);
            }}
            onDay={(day) => go({ view: "day", date: day })}
          />
        </div>
      )}
      <p class="quiet small">
        {ta("cal.zone", { zone: zoneName(zone, now) })}
        {zone !== deviceZone() && ` ${ta("cal.here", { zone: zoneName(deviceZone(), now), time: clockTime(now), there: clockTime(now, zone) })}`}
      </p>
      {view !== "month" && (
        <p class="quiet small" id="cal-how">
          {ta("cal.how")}
        </p>
      )}
      <div class="only-read" role="status" aria-live="assertive">
        {said}
      </div>
      <ItemDialog
        item={opened}
        zone={zone}
        now={now}
        onClose={() => setOpened(null)}
        onMove={(item) => {
          setOpened(null);
          setMove({ item, to: item.from });
        }}
        onChange={reload}
      />
      <MoveDialog
        move={move}
        zone={zone}
        hours={hours}
        now={now}
        onClose={closeMove}
        onMoved={(moved) => {
          const list = meetings.data?.meetings ?? [];
          meetings.set({ meetings: list.map((it) => (it.meetingId === moved.meetingId ? moved : it)) });
          const day = toInputs(moved.scheduledAt, zone).date;
          if (!dates.includes(day)) go({ date: day });
          closeMove();
          reload();
        }}
      />
      <OffDialog
        off={taking}
        zone={zone}
        now={now}
        onClose={() => setTaking(null)}
        onTaken={() => {
          setTaking(null);
          reload();
        }}
      />
    </div>
  );
}

/** Whatever changes in the host's agenda; several news at once are one. */
function useNews(me: string, onNews: () => void): void {
  const latest = useRef(onNews);
  latest.current = onNews;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => latest.current(), SETTLED_MS);
    };
    const end = onLive((socket) => [
      socket.on("meeting-updated", soon),
      socket.on("slots-changed", ({ hostId }) => hostId === me && soon()),
      socket.onWelcome(({ lost }) => lost && soon()),
    ]);
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [me]);
}

function titleOf(view: View, dates: readonly string[], date: string): string {
  const noon = (it: string) => Date.parse(`${it}T12:00:00Z`);
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options });
  if (view === "month") return format({ month: "long", year: "numeric" }).format(noon(date));
  if (view === "day") return format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(noon(date));
  return format({ day: "numeric", month: "short", year: "numeric" }).formatRange(noon(dates[0] ?? date), noon(dates.at(-1) ?? date));
}
