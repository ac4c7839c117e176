import "../hosts/hosts.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Avatar, Button, Empty, Field, Loading, toast, UserIcon } from "../components";
import { type HostApplication, th } from "../hosts/words";
import { t } from "../i18n";
import { shortDate } from "../i18n/time";
import { FailedPage } from "./ErrorPages";

export default function AdminHostsPage() {
  const { data, error, reload } = useFetched<HostApplication[]>("/api/admin/host-applications");
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("admin.hosts")} intro={t("admin.hostsIntro")} />
      <div class="card">
        {!data && <Loading words={t("common.loading")} />}
        {data?.length === 0 && (
          <Empty icon={<UserIcon size={36} />} title={t("admin.none")}>
            <p>{t("admin.noneHint")}</p>
          </Empty>
        )}
        {data && data.length > 0 && (
          <ul role="list" class="lines">
            {data.map((person) => (
              <Application key={person.userId} person={person} onDecided={reload} />
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

function Application({ person, onDecided }: { person: HostApplication; onDecided: () => Promise<void> }) {
  const [busy, setBusy] = useState<"approve" | "reject" | null>(null);
  const [reason, setReason] = useState("");
  const decide = async (approve: boolean) => {
    setBusy(approve ? "approve" : "reject");
    try {
      await request(`/api/admin/host-applications/${encodeURIComponent(person.userId)}`, { method: "POST", body: { approve, reason } });
      toast(t(approve ? "admin.approved" : "admin.rejected", { name: person.name }));
      await onDecided();
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(null);
    }
  };
  return (
    <li class="line">
      <Avatar name={person.name} />
      <div class="line-words">
        <span>{person.name}</span>
        <span class="quiet small">{person.email}</span>
        <span class="quiet small">{t("admin.since", { date: shortDate(person.createdAt) })}</span>
        {person.profile.title !== "" && <span class="small">{person.profile.title}</span>}
        {person.message !== "" && <blockquote class="small host-letter">{person.message}</blockquote>}
        <Field
          label={th("admin.reason", { name: person.name })}
          hint={th("admin.reasonHint")}
          optional
          maxLength={1_000}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      <div class="row-end">
        <Button
          kind="danger-quiet"
          busy={busy === "reject"}
          disabled={busy !== null}
          aria-label={t("admin.rejectNamed", { name: person.name })}
          onClick={() => void decide(false)}
        >
          {t("admin.reject")}
        </Button>
        <Button
          kind="primary"
          busy={busy === "approve"}
          disabled={busy !== null}
          aria-label={t("admin.approveNamed", { name: person.name })}
          onClick={() => void decide(true)}
        >
          {t("admin.approve")}
        </Button>
      </div>
    </li>
  );
}
