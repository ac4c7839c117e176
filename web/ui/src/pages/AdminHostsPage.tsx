/**
 * For operators: who waits to be a host, who is one, and who may not be one at the moment. Every
 * decision is a question of its own, with words that go to the person.
 */
import "../hosts/hosts.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { place } from "../app/router";
import { Avatar, Button, type ButtonKind, Dialog, Empty, Loading, Notice, TextArea, toast, UserIcon } from "../components";
import { type HostAccounts, type HostApplication, th } from "../hosts/words";
import { t } from "../i18n";
import { shortDate } from "../i18n/time";
import { FailedPage } from "./ErrorPages";

const STANDINGS = ["pending", "approved", "suspended", "rejected"] as const;
type Standing = (typeof STANDINGS)[number];

const DECISIONS = {
  accept: { approve: true, kind: "primary", done: "admin.approved" },
  decline: { approve: false, kind: "danger", done: "admin.rejected" },
  suspend: { approve: false, kind: "danger", done: "admin.suspended" },
  restore: { approve: true, kind: "primary", done: "admin.approved" },
} as const;
type Decision = keyof typeof DECISIONS;

/** What can be decided about who stands so. */
const CHOICES: Record<Standing, readonly Decision[]> = {
  pending: ["decline", "accept"],
  approved: ["suspend"],
  suspended: ["restore"],
  rejected: ["accept"],
};

export default function AdminHostsPage() {
  const standing = STANDINGS.find((it) => it === place.value.query.get("status")) ?? "pending";
  return (
    <div class="stack">
      <PageHead title={t("admin.hosts")} intro={t("admin.hostsIntro")} />
      <nav class="tabs" aria-label={t("admin.hosts")}>
        {STANDINGS.map((it) => (
          <a key={it} href={`/admin/hosts?status=${it}`} aria-current={it === standing ? "page" : undefined}>
            {th(`admin.tab.${it}`)}
          </a>
        ))}
      </nav>
      <People key={standing} standing={standing} />
    </div>
  );
}

function People({ standing }: { standing: Standing }) {
  const [skip, setSkip] = useState(0);
  // Who waits may have no profile yet, and then is in the list of applications only.
  const list = `/api/admin/hosts?status=${standing}${skip > 0 ? `&skip=${skip}` : ""}`;
  const path = standing === "pending" ? "/api/admin/host-applications" : list;
  const { data, error, reload } = useFetched<HostAccounts | HostApplication[]>(path);
  const [asked, setAsked] = useState<{ person: HostApplication; decision: Decision } | null>(null);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const { hosts, total } = Array.isArray(data) ? { hosts: data, total: data.length } : data;
  return (
    <div class="card">
      {hosts.length === 0 ? (
        <Empty icon={<UserIcon size={36} />} title={th(`admin.none.${standing}`)}>
          {standing === "pending" && <p>{t("admin.noneHint")}</p>}
        </Empty>
      ) : (
        <ul role="list" class="lines">
          {hosts.map((person) => (
            <Person key={person.userId} person={person} choices={CHOICES[standing]} onAsk={(decision) => setAsked({ person, decision })} />
          ))}
        </ul>
      )}
      {total > hosts.length && (
        <div class="row">
          <Button disabled={skip === 0} onClick={() => setSkip(Math.max(0, skip - PAGE))}>
            {th("admin.before")}
          </Button>
          <Button disabled={skip + hosts.length >= total} onClick={() => setSkip(skip + PAGE)}>
            {th("admin.next")}
          </Button>
        </div>
      )}
      {asked && <Ask {...asked} onClose={() => setAsked(null)} onDone={reload} />}
    </div>
  );
}

const PAGE = 50;

function Person({ person, choices, onAsk }: { person: HostApplication; choices: readonly Decision[]; onAsk: (decision: Decision) => void }) {
  const { profile, name } = person;
  return (
    <li class="line">
      <Avatar name={name} picture={profile.profilePictureUrl} />
      <div class="line-words">
        <span>{name}</span>
        <span class="quiet small">{person.email}</span>
        <span class="quiet small">
          {person.askedAt != null ? th("admin.asked", { date: shortDate(person.askedAt) }) : t("admin.since", { date: shortDate(person.createdAt) })}
        </span>
        {profile.title !== "" && <span class="small">{profile.title}</span>}
        {person.message !== "" && <blockquote class="small host-letter">{person.message}</blockquote>}
        {person.reason !== "" && person.decidedAt != null && (
          <span class="small">{th("admin.answer", { date: shortDate(person.decidedAt), reason: person.reason })}</span>
        )}
      </div>
      <div class="row-end">
        {choices.map((decision) => (
          <Button
            key={decision}
            kind={buttonKind(decision)}
            aria-label={th(`admin.named.${decision}`, { name })}
            onClick={() => onAsk(decision)}
          >
            {th(`admin.do.${decision}`)}
          </Button>
        ))}
      </div>
    </li>
  );
}

const buttonKind = (decision: Decision): ButtonKind => (DECISIONS[decision].approve ? "primary" : "danger-quiet");

interface AskProps {
  person: HostApplication;
  decision: Decision;
  onClose: () => void;
  onDone: () => Promise<void>;
}

function Ask({ person, decision, onClose, onDone }: AskProps) {
  const { approve, kind, done } = DECISIONS[decision];
  const { name } = person;
  const form = useSubmit(
    async (values) => {
      const path = `/api/admin/host-applications/${encodeURIComponent(person.userId)}`;
      await request(path, { method: "POST", body: { approve, reason: values.text("reason") } });
      onClose();
      toast(done === "admin.suspended" ? th(done, { name }) : t(done, { name }));
      await onDone();
    },
    { fields: ["reason"] },
  );
  return (
    <Dialog
      open
      title={th(`admin.named.${decision}`, { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{th("cancel")}</Button>
          <Button kind={kind} type="submit" form="decide-host" busy={form.busy}>
            {th(`admin.do.${decision}`)}
          </Button>
        </>
      }
    >
      <form id="decide-host" class="form" onSubmit={form.onSubmit}>
        {decision === "suspend" && <p>{th("admin.suspendWords", { name })}</p>}
        <TextArea
          label={th("admin.reason", { name })}
          hint={th("admin.reasonHint")}
          optional={decision !== "suspend"}
          name="reason"
          rows={3}
          maxLength={1_000}
          error={form.fieldError("reason")}
        />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
