/**
 * Where the link below a reminder or a digest leads: which of the mails that one may do without this
 * mailbox gets, and to have it otherwise. Opening the page changes nothing, since programs that read
 * mails open links.
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
type Wish = Pick<components["schemas"]["WishBody"], "wanted" | "digests">;

export default function RemindersPage({ params }: PageProps) {
  const token = params["token"] ?? "";
  const [known, setKnown] = useState<Wanted | null>(null);
  const [error, setError] = useState<unknown>(null);
  const ask = (wish: Wish) =>
    request<Wanted>("/api/mail/reminders", { method: "POST", auth: "none", body: { token, ...wish }, idempotencyKey: commandKey() });
  const load = () => {
    ask({}).then((answer) => (setKnown(answer), setError(null)), setError);
  };
  useEffect(load, [token]);
  if (error instanceof ApiError && isStale(error.status)) {
    return (
      <div class="stack message-page">
        <PageHead title={t("off.staleTitle")} intro={t("off.stale")} />
      </div>
    );
  }
  if (error) return <FailedPage error={error} onRetry={load} />;
  if (!known) return <Loading words={common("common.loading")} />;
  const choose = async (wish: Wish) => setKnown(await ask(wish));
  return (
    <div class="stack">
      <PageHead title={t("off.title")} intro={t("off.intro", { address: known.address })} />
      <Kind
        name={t("off.reminders.name")}
        words={t(known.wanted ? "off.on" : "off.off")}
        action={t(known.wanted ? "off.stop" : "off.again")}
        onClick={() => choose({ wanted: !known.wanted })}
      />
      {known.digests != null && (
        <Kind
          name={t("off.digests.name")}
          words={t(known.digests ? "off.digests.on" : "off.digests.off")}
          action={t(known.digests ? "off.digests.stop" : "off.digests.again")}
          onClick={() => choose({ digests: !known.digests })}
        />
      )}
      <p class="field-hint">{t("off.others")}</p>
    </div>
  );
}

function Kind({ name, words, action, onClick }: { name: string; words: string; action: string; onClick: () => Promise<void> }) {
  const { busy, failure, run } = useAction();
  const [changed, setChanged] = useState(false);
  return (
    <Card title={name}>
      <div class="stack-tight">
        {failure && <Notice kind="danger">{failure}</Notice>}
        <p>{words}</p>
        <Button busy={busy} onClick={() => void run(async () => (await onClick(), setChanged(true)))}>
          {action}
        </Button>
        <div role="status">{changed && <p class="notice notice-good">{t("off.done")}</p>}</div>
      </div>
    </Card>
  );
}
