/**
 * Where the link below a reminder leads: whether this mailbox gets reminders, and to have it
 * otherwise. Opening the page changes nothing, since programs that read mails open links.
 */
import { useEffect, useState } from "preact/hooks";
import { ApiError, commandKey, request } from "../api";
import { useAction } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Button, Card, Loading, Notice } from "../components";
import type { components } from "../generated/rest";
import { t as common } from "../i18n";
import { t } from "../post/words";
import { FailedPage } from "./ErrorPages";
import { isStale } from "./VerifyPage";

type Wanted = components["schemas"]["WantedBody"];

export default function RemindersPage({ params }: PageProps) {
  const token = params["token"] ?? "";
  const [known, setKnown] = useState<Wanted | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [changed, setChanged] = useState(false);
  const { busy, failure, run } = useAction();
  const ask = (wanted: boolean | null) =>
    request<Wanted>("/api/mail/reminders", { method: "POST", auth: "none", body: { token, wanted }, idempotencyKey: commandKey() });
  const load = () => {
    ask(null).then((answer) => (setKnown(answer), setError(null)), setError);
  };
  useEffect(load, [token]);
  const choose = (wanted: boolean) =>
    run(async () => {
      setKnown(await ask(wanted));
      setChanged(true);
    });
  if (error instanceof ApiError && isStale(error.status)) {
    return (
      <div class="stack message-page">
        <PageHead title={t("off.staleTitle")} intro={t("off.stale")} />
      </div>
    );
  }
  if (error) return <FailedPage error={error} onRetry={load} />;
  if (!known) return <Loading words={common("common.loading")} />;
  return (
    <div class="stack">
      <PageHead title={t("off.title")} intro={t("off.intro", { address: known.address })} />
      <Card>
        <div class="stack-tight">
          {failure && <Notice kind="danger">{failure}</Notice>}
          <p>{t(known.wanted ? "off.on" : "off.off")}</p>
          <Button kind="primary" busy={busy} onClick={() => void choose(!known.wanted)}>
            {t(known.wanted ? "off.stop" : "off.again")}
          </Button>
          <div role="status">{changed && <p class="notice notice-good">{t("off.done")}</p>}</div>
          <p class="field-hint">{t("off.others")}</p>
        </div>
      </Card>
    </div>
  );
}
