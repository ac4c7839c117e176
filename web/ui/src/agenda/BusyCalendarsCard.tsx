/** Calendars of elsewhere whose busy times nobody can book here. Their addresses are secrets: in, and never out again. */
import { useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { errorWords } from "../app/errors";
import { FieldProblem, useFetched, useSubmit } from "../app/hooks";
import { Badge, Button, Card, Field, Notice, toast } from "../components";
import { inWords } from "../i18n/time";
import { LABEL_CHARS_MAX } from "./hours";
import { type BusyCalendar, ta } from "./words";

const PATH = "/api/availability/calendars";

export function BusyCalendarsCard({ now, onChange }: { now: number; onChange: () => void }) {
  const list = useFetched<BusyCalendar[]>(PATH);
  const [round, setRound] = useState(0);
  const changed = async () => {
    await list.reload();
    onChange();
  };
  const form = useSubmit(
    async (values) => {
      const address = values.text("address");
      if (!/^(https|webcal):\/\//i.test(address)) throw new FieldProblem("address", ta("busy.bad"));
      await request<BusyCalendar>(PATH, { method: "POST", body: { address, label: values.text("label") } });
      toast(ta("busy.added"));
      setRound(round + 1);
      await changed();
    },
    { fields: ["address", "label"] },
  );
  return (
    <Card title={ta("busy.title")}>
      <p class="quiet">{ta("busy.words")}</p>
      {list.data && list.data.length > 0 && (
        <ul role="list" class="agenda-exceptions">
          {list.data.map((it) => (
            <Line key={it.calendarId} calendar={it} now={now} onChange={changed} />
          ))}
        </ul>
      )}
      <form key={round} class="form" onSubmit={form.onSubmit} noValidate>
        <Field
          label={ta("busy.address")}
          hint={ta("busy.addressHint")}
          name="address"
          type="url"
          inputMode="url"
          autocomplete="off"
          spellcheck={false}
          error={form.fieldError("address")}
        />
        <Field label={ta("busy.label")} optional name="label" autocomplete="off" maxLength={LABEL_CHARS_MAX} error={form.fieldError("label")} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        <div>
          <Button type="submit" busy={form.busy}>
            {ta("busy.add")}
          </Button>
        </div>
      </form>
    </Card>
  );
}

function Line({ calendar, now, onChange }: { calendar: BusyCalendar; now: number; onChange: () => Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const name = calendar.label || calendar.address;
  const path = `${PATH}/${encodeURIComponent(calendar.calendarId)}`;
  const run = async (work: () => Promise<unknown>, words: string) => {
    setBusy(true);
    try {
      await work();
      toast(words);
    } catch (cause) {
      // Already gone is what was wanted.
      if (!(cause instanceof ApiError && cause.status === 404)) toast(errorWords(cause));
    } finally {
      setBusy(false);
      await onChange();
    }
  };
  return (
    <li class="agenda-line">
      <div class="agenda-line-words">
        <strong>{name}</strong>
        <span class="quiet small">
          {ta("busy.read", { count: calendar.spans, when: inWords(calendar.readAt, now) })}
          {calendar.skipped > 0 && ` ${ta("busy.skipped", { count: calendar.skipped })}`}
        </span>
        {calendar.message && <span class="field-error">{calendar.message}</span>}
      </div>
      {calendar.stale && <Badge kind="warn">{ta("busy.stale")}</Badge>}
      <Button
        kind="quiet"
        busy={busy}
        aria-label={ta("busy.refreshNamed", { name })}
        onClick={() => void run(() => request(`${path}/refresh`, { method: "POST" }), ta("busy.refreshed"))}
      >
        {ta("busy.refresh")}
      </Button>
      <Button kind="danger-quiet" busy={busy} aria-label={ta("days.removeNamed", { name })} onClick={() => void run(() => request(path, { method: "DELETE" }), ta("busy.removed"))}>
        {ta("days.remove")}
      </Button>
    </li>
  );
}
