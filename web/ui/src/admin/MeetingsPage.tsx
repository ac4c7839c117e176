/** All meetings for operators: when, who with whom, in which state; never what they are about. */
import "./admin.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Badge, type BadgeKind, Button, CalendarIcon, Card, Dialog, Empty, Field, Loading, Notice, Select, TextArea, toast } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { useMore } from "./useMore";
import { coinsOf, t } from "./words";

type Line = components["schemas"]["AppointmentBody"];
type List = components["schemas"]["AppointmentList"];
const STATES = ["requested", "awaiting_payment", "confirmed", "in_progress", "completed", "cancelled", "declined", "expired", "no_show_client", "no_show_host"] as const;
type State = (typeof STATES)[number];
const KINDS: Partial<Record<State, BadgeKind>> = { requested: "info", awaiting_payment: "warn", confirmed: "good", in_progress: "good", no_show_client: "warn", no_show_host: "warn" };

/** Midnight here of what a date field says. */
function midnight(text: string | null): number | null {
  const [year, month, day] = (text ?? "").split("-").map(Number);
  return year && month && day ? new Date(year, month - 1, day).getTime() : null;
}

function pathOf(query: URLSearchParams): string {
  const wanted = new URLSearchParams({ ahead: String(query.get("show") !== "all" && !query.get("person")) });
  for (const name of ["status", "person"]) if (query.get(name)) wanted.set(name, query.get(name) ?? "");
  const from = midnight(query.get("from"));
  const until = midnight(query.get("until"));
  if (from !== null) wanted.set("from", String(from));
  if (until !== null) wanted.set("to", String(until + 86_400_000));
  return `/api/admin/meetings?${wanted}`;
}

export default function MeetingsPage() {
  const { query } = place.value;
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = new URLSearchParams([...form].map(([name, value]): [string, string] => [name, String(value)]).filter(([, value]) => value !== ""));
    navigate(`/admin/meetings?${wanted}`, { replace: true });
  };
  return (
    <div class="stack">
      <PageHead title={t("mtg.title")} intro={t("mtg.intro")} />
      <Card>
        <form key={query.toString()} class="admin-search" role="search" onSubmit={look}>
          <Select
            label={t("mtg.show")}
            name="show"
            defaultValue={query.get("show") === "all" ? "all" : "ahead"}
            options={[
              { value: "ahead", label: t("mtg.ahead") },
              { value: "all", label: t("mtg.all") },
            ]}
          />
          <Select
            label={t("mtg.status")}
            name="status"
            defaultValue={query.get("status") ?? ""}
            options={[{ value: "", label: t("mtg.anyStatus") }, ...STATES.map((value) => ({ value, label: t(`status.${value}`) }))]}
          />
          <Field label={t("mtg.from")} type="date" name="from" defaultValue={query.get("from") ?? ""} optional />
          <Field label={t("mtg.until")} type="date" name="until" defaultValue={query.get("until") ?? ""} optional />
          <Field label={t("mtg.person")} name="person" defaultValue={query.get("person") ?? ""} placeholder={t("mtg.personHint")} autocomplete="off" optional />
          <Button kind="primary" type="submit">
            {t("list.search")}
          </Button>
        </form>
      </Card>
      <Found path={pathOf(query)} />
    </div>
  );
}

function Found({ path }: { path: string }) {
  const { items, failure, busy, more, change } = useMore<Line, List>(path, "after", (it) => it.meetings, (it) => it.meetingId);
  const [asked, ask] = useState<Line | null>(null);
  if (failure) return <Notice kind="danger">{failure}</Notice>;
  if (!items) return <Loading words={t("mtg.title")} />;
  return (
    <div class="card">
      {items.length === 0 ? (
        <Empty icon={<CalendarIcon size={36} />} title={t("list.none")} />
      ) : (
        <ul role="list" class="lines">
          {items.map((it) => (
            <MeetingLine key={it.meetingId} it={it} onCancel={() => ask(it)} />
          ))}
        </ul>
      )}
      {more && (
        <div>
          <Button busy={busy} onClick={more}>
            {t("list.more")}
          </Button>
        </div>
      )}
      {asked && <Cancel it={asked} onClose={() => ask(null)} onDone={change} />}
    </div>
  );
}

const who = (it: Line): string => t("mtg.line", { host: it.hostName, client: it.clientName });

function MeetingLine({ it, onCancel }: { it: Line; onCancel: () => void }) {
  const status = it.status as State;
  const facts = [
    t("mtg.facts", { minutes: it.minutes }),
    it.price > 0 && coinsOf(it.price),
    it.callS > 0 && t("mtg.talked", { minutes: Math.round(it.callS / 60) }),
  ];
  return (
    <li class="line">
      <div class="line-words">
        <a href={`/meetings/${encodeURIComponent(it.meetingId)}`}>{who(it)}</a>
        <span class="small">
          {shortDate(it.startsAt)}, {clockTime(it.startsAt)}
        </span>
        <span class="quiet small">{facts.filter(Boolean).join(" · ")}</span>
      </div>
      <div class="row-end">
        <Badge kind={KINDS[status] ?? "plain"}>{t(`status.${status}`)}</Badge>
        {it.open && (
          <Button kind="danger-quiet" aria-label={t("mtg.cancelNamed", { who: who(it) })} onClick={onCancel}>
            {t("mtg.cancel")}
          </Button>
        )}
      </div>
    </li>
  );
}

function Cancel({ it, onClose, onDone }: { it: Line; onClose: () => void; onDone: (it: Line) => void }) {
  const form = useSubmit(
    async (values) => {
      const path = `/api/admin/meetings/${encodeURIComponent(it.meetingId)}/cancel`;
      onDone(await request<Line>(path, { method: "POST", body: { words: values.text("words") } }));
      onClose();
      toast(t("mtg.off"));
    },
    { fields: ["words"] },
  );
  return (
    <Dialog
      open
      title={t("mtg.cancelNamed", { who: who(it) })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("mtg.keep")}</Button>
          <Button kind="danger" type="submit" form="cancel-meeting" busy={form.busy}>
            {t("mtg.cancel")}
          </Button>
        </>
      }
    >
      <form id="cancel-meeting" class="form" onSubmit={form.onSubmit} noValidate>
        <p>{t("mtg.cancelWords")}</p>
        <TextArea label={t("mtg.why")} name="words" rows={3} maxLength={500} error={form.fieldError("words")} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
