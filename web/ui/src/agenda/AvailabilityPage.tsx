/** When a host can be booked: zone, week, days that differ, time off, and what follows from them. */
import "./agenda.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useLosable, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Card, Loading, Notice, toast } from "../components";
import { allZones, toInputs } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { BusyCalendarsCard } from "./BusyCalendarsCard";
import { ExceptionsCard } from "./ExceptionsCard";
import { HostOnly } from "./HostOnly";
import { draftOf, type HoursDraft, readHours, rowsOf } from "./hours";
import { NextFree } from "./NextFree";
import { TimeOffCard } from "./TimeOffCard";
import { WeekHours } from "./WeekHours";
import { type Hours, ta, type TimeOff } from "./words";
import { safe, ZoneChoice } from "./ZoneChoice";

export default function AvailabilityPage() {
  return (
    <HostOnly>
      <Availability />
    </HostOnly>
  );
}

function Availability() {
  // Once: what comes again would write over what is being typed.
  const [saved, setSaved] = useState<Hours | null>(null);
  const [error, setError] = useState<unknown>(null);
  const load = () => {
    setError(null);
    request<Hours>("/api/availability").then(setSaved, setError);
  };
  useEffect(load, []);
  if (error) return <FailedPage error={error} onRetry={load} />;
  if (saved === null) return <Loading words={ta("hours.title")} />;
  return <Editor saved={saved} onSaved={setSaved} />;
}

/** Monday to Friday, with an hour's break. */
const usualWeek = () =>
  [0, 1, 2, 3, 4, 5, 6].map((day) =>
    rowsOf(
      day < 5
        ? [
            { from: 9 * 60, to: 12 * 60 },
            { from: 13 * 60, to: 17 * 60 },
          ]
        : [],
    ),
  );

function Editor({ saved, onSaved }: { saved: Hours; onSaved: (hours: Hours) => void }) {
  const now = useNow(30_000);
  const zones = useMemo(() => [...new Set([...allZones(), "UTC", saved.timeZone])], [saved.timeZone]);
  const [draft, setDraft] = useState<HoursDraft>(() => draftOf(saved));
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const [focusAt, setFocusAt] = useState(0);
  const frame = useRef<HTMLFormElement>(null);
  const off = useFetched<TimeOff[]>("/api/availability/time-off");

  const read = readHours(draft, zones);
  const wrong = read.zone !== null || read.spans.size > 0 || read.exceptions.size > 0;
  const dirty = JSON.stringify(read.hours) !== JSON.stringify(plain(saved)) || wrong;
  const empty = draft.week.every((rows) => rows.length === 0);
  const zone = safe(saved.timeZone);
  const change = (part: Partial<HoursDraft>) => {
    setDraft((before) => ({ ...before, ...part }));
    setFailure(null);
  };
  useEffect(() => {
    if (focusAt > 0) frame.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [focusAt]);
  useLosable(dirty);

  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    if (busy) return;
    setTried(true);
    setFailure(null);
    if (wrong) return setFocusAt((it) => it + 1);
    setBusy(true);
    try {
      const kept = await request<Hours>("/api/availability", { method: "PUT", body: read.hours });
      onSaved(kept);
      setDraft(draftOf(kept));
      setTried(false);
      setTurn((it) => it + 1);
      toast(ta("hours.saved"));
    } catch (cause) {
      setFailure(cause instanceof ApiError && cause.body.field === "timeZone" ? ta("bad.zone") : errorWords(cause));
    } finally {
      setBusy(false);
    }
  };
  const discard = () => {
    setDraft(draftOf(saved));
    setTried(false);
    setFailure(null);
  };

  return (
    <div class="stack agenda-availability">
      <PageHead title={ta("hours.title")} intro={ta("hours.intro")} />
      <div class="agenda-two">
        <form class="stack" ref={frame} onSubmit={(event) => void save(event)} noValidate>
          <Card title={ta("zone.title")}>
            <p class="quiet">{ta("zone.words")}</p>
            <ZoneChoice zone={draft.zone} zones={zones} now={now} error={read.zone ?? undefined} onChange={(next) => change({ zone: next })} />
          </Card>
          <Card title={ta("week.title")}>
            {empty && (
              <div class="agenda-first">
                <p>{ta("week.empty")}</p>
                <Button onClick={() => change({ week: usualWeek() })}>{ta("week.usual")}</Button>
              </div>
            )}
            <WeekHours week={draft.week} problems={read.spans} onChange={(week) => change({ week })} />
          </Card>
          <ExceptionsCard
            rows={draft.exceptions}
            problems={read.exceptions}
            spans={read.spans}
            today={toInputs(now, zone).date}
            onChange={(exceptions) => change({ exceptions })}
          />
          {failure && <Notice kind="danger">{failure}</Notice>}
          {tried && wrong && <Notice kind="danger">{ta("hours.wrong")}</Notice>}
          <div class={dirty ? "agenda-save agenda-save-dirty" : "agenda-save"}>
            <span role="status">{dirty ? ta("hours.unsaved") : ta("hours.allSaved")}</span>
            <div class="row">
              {dirty && (
                <Button kind="quiet" onClick={discard}>
                  {ta("hours.discard")}
                </Button>
              )}
              <Button type="submit" kind="primary" busy={busy} disabled={!dirty}>
                {ta("hours.save")}
              </Button>
            </div>
          </div>
        </form>
        <div class="stack">
          <NextFree turn={turn} now={now} zone={zone} />
          <BusyCalendarsCard now={now} onChange={() => setTurn((it) => it + 1)} />
          <TimeOffCard list={off} zone={zone} now={now} onChange={() => setTurn((it) => it + 1)} />
        </div>
      </div>
    </div>
  );
}

/** As `readHours` writes it, so that the two can be held against each other. */
const plain = (hours: Hours): Hours => readHours(draftOf(hours), []).hours;
