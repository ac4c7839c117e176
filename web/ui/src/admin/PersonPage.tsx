/** One person as an operator sees them: the account, its devices, how many meetings and coins, and what can be done. */
import "./admin.css";
import { useState } from "preact/hooks";
import { request, session } from "../api";
import { useFetched, useNow, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { BackIcon, Button, Card, Dialog, Loading, Notice, TextArea, toast } from "../components";
import type { components } from "../generated/rest";
import { inWords, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { Agreements } from "../texts/Agreements";
import { Marks } from "./PeoplePage";
import { coinsOf, t } from "./words";

type Person = components["schemas"]["PersonBody"];
type Standing = components["schemas"]["AccountStandingBody"];
type Act = "suspend" | "restore" | "makeAdmin" | "unmakeAdmin";

export default function PersonPage({ params }: PageProps) {
  const id = encodeURIComponent(params["id"] ?? "");
  const person = useFetched<Person>(`/api/admin/people/${id}`);
  const standing = useFetched<Standing>(`/api/admin/accounts/${id}/suspension`);
  const reload = () => Promise.all([person.reload(), standing.reload()]);
  const error = person.error ?? standing.error;
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!person.data || !standing.data) return <Loading words={t("ppl.title")} />;
  return (
    <div class="stack">
      <a class="back" href="/admin/people">
        <BackIcon size={18} /> {t("ppl.back")}
      </a>
      <PageHead title={person.data.person.name} />
      <Account it={person.data} />
      <Devices it={person.data} />
      <Agreements list={person.data.agreements} />
      <Acts it={person.data} standing={standing.data} onDone={reload} />
    </div>
  );
}

function Account({ it }: { it: Person }) {
  const { person } = it;
  const aside = (
    <div class="row-end">
      <Marks it={person} />
    </div>
  );
  return (
    <Card title={t("ppl.account")} aside={aside}>
      <dl class="facts">
        <dt>{t("ppl.email")}</dt>
        <dd class="check-what">{person.email}</dd>
        <dt>{t("ppl.id")}</dt>
        <dd class="check-what">
          <code>{person.userId}</code>
        </dd>
        <dt>{t("ppl.made")}</dt>
        <dd>{shortDate(person.createdAt)}</dd>
        <dt>{t("ppl.zone")}</dt>
        <dd>
          {it.timeZone}, {it.language}
        </dd>
        <dt>{t("ppl.meetings")}</dt>
        <dd>
          {t("ppl.meetingsWords", { before: it.meetingsBefore, ahead: it.meetingsAhead })}{" "}
          <a href={`/admin/meetings?person=${encodeURIComponent(person.userId)}`}>{t("ppl.toMeetings")}</a>
        </dd>
        <dt>{t("ppl.wallet")}</dt>
        <dd>{coinsOf(it.wallet)}</dd>
        {it.owed > 0 && (
          <>
            <dt>{t("ppl.owed")}</dt>
            <dd>{coinsOf(it.owed)}</dd>
          </>
        )}
        {(it.earned > 0 || it.pending > 0) && (
          <>
            <dt>{t("ppl.earned")}</dt>
            <dd>
              {coinsOf(it.earned)}
              {it.pending > 0 && <p class="quiet small">{t("ppl.pending", { amount: coinsOf(it.pending) })}</p>}
            </dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function Devices({ it }: { it: Person }) {
  const now = useNow(60_000);
  return (
    <Card title={t("ppl.devices")}>
      {it.devices.length === 0 ? (
        <p class="quiet">{t("ppl.noDevices")}</p>
      ) : (
        <ul role="list" class="lines">
          {it.devices.map((device) => (
            <li key={device.createdAt} class="line">
              <div class="line-words">
                <span>{device.name || t("ppl.device")}</span>
                <span class="quiet small">{t("ppl.seen", { when: inWords(device.lastSeenAt, now) })}</span>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Acts({ it, standing, onDone }: { it: Person; standing: Standing; onDone: () => Promise<unknown> }) {
  const [asked, ask] = useState<Act | null>(null);
  const { person } = it;
  const identity = session.identity.value;
  const own = identity.kind === "member" && identity.user.userId === person.userId;
  return (
    <Card title={t("ppl.act")}>
      {standing.steps.length > 0 && (
        <ul role="list" class="stack-tight" aria-label={t("ppl.steps")}>
          {standing.steps.map((step) => (
            <li key={step.at} class="small">
              {t(step.suspended ? "ppl.stepOut" : "ppl.stepIn", { date: shortDate(step.at), name: step.byName, reason: step.reason })}
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        {!own && (
          <Button onClick={() => ask(person.admin ? "unmakeAdmin" : "makeAdmin")} disabled={!person.admin && (person.suspended || !person.confirmed)}>
            {t(person.admin ? "ppl.unmakeAdmin" : "ppl.makeAdmin")}
          </Button>
        )}
        {!person.admin && (
          <Button kind={person.suspended ? "secondary" : "danger-quiet"} onClick={() => ask(person.suspended ? "restore" : "suspend")}>
            {t(person.suspended ? "ppl.restore" : "ppl.suspend")}
          </Button>
        )}
        {own && <p class="quiet small">{t("ppl.own")}</p>}
      </div>
      {asked && <Ask act={asked} person={person} onClose={() => ask(null)} onDone={onDone} />}
    </Card>
  );
}

function Ask({ act, person, onClose, onDone }: { act: Act; person: Person["person"]; onClose: () => void; onDone: () => Promise<unknown> }) {
  const id = encodeURIComponent(person.userId);
  const rights = act === "makeAdmin" || act === "unmakeAdmin";
  const form = useSubmit(
    async (values) => {
      const reason = values.text("reason");
      if (rights) await request(`/api/admin/people/${id}/admin`, { method: "PUT", body: { admin: act === "makeAdmin", reason } });
      else await request(`/api/admin/accounts/${id}/suspension`, { method: "PUT", body: { suspended: act === "suspend", reason } });
      onClose();
      toast(t("ppl.done"));
      await onDone();
    },
    { fields: ["reason"] },
  );
  return (
    <Dialog
      open
      title={`${t(`ppl.${act}`)}: ${person.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("ppl.cancel")}</Button>
          <Button kind={act === "restore" ? "primary" : "danger"} type="submit" form="act-on-person" busy={form.busy}>
            {t(`ppl.${act}`)}
          </Button>
        </>
      }
    >
      <form id="act-on-person" class="form" onSubmit={form.onSubmit} noValidate>
        {rights && <p>{t("ppl.adminHint")}</p>}
        {act === "suspend" && <p>{t("ppl.suspendHint")}</p>}
        <TextArea label={t("ppl.reason")} hint={t("ppl.reasonHint")} name="reason" rows={3} maxLength={1_000} error={form.fieldError("reason")} />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
