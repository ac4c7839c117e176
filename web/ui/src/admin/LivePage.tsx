/** The operator's view of now: live calls, the relay's month, its traffic and its self-test. */
import "./admin.css";
import { FailedPage } from "../pages/ErrorPages";
import { useState } from "preact/hooks";
import { request } from "../api";
import { useNow, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate } from "../app/router";
import { Badge, Button, Card, Dialog, Empty, Loading, Notice, SignalIcon, TextArea } from "../components";
import type { components } from "../generated/rest";
import { t as common } from "../i18n";
import { clockTime, inWords } from "../i18n/time";
import { RelayCards } from "./RelayCards";
import { useLive } from "./useLive";
import { amount, t } from "./words";

type LiveCall = components["schemas"]["LiveCallBody"];
type RelayStatus = components["schemas"]["RelayStatus"];

export default function LivePage() {
  const calls = useLive<components["schemas"]["LiveCalls"]>("/api/admin/live-calls");
  const relay = useLive<{ relay?: RelayStatus | null }>("/api/admin/relay");
  const error = calls.error ?? relay.error;
  const retry = () => {
    void calls.reload();
    void relay.reload();
  };
  if (error) return <FailedPage error={error} onRetry={retry} />;
  return (
    <div class="stack">
      <PageHead title={t("live.title")} intro={t("live.intro")} />
      {!calls.data || !relay.data ? (
        <Loading words={t("live.title")} />
      ) : (
        <>
          <Calls calls={calls.data.calls} minutes={calls.data.breakGlassMin ?? undefined} />
          <RelayCards relay={relay.data.relay ?? undefined} />
        </>
      )}
    </div>
  );
}

function Calls({ calls, minutes }: { calls: LiveCall[]; minutes: number | undefined }) {
  const [entering, setEntering] = useState<LiveCall | null>(null);
  const aside = calls.length > 0 && <Badge kind="good">{calls.length}</Badge>;
  return (
    <Card title={t("live.calls")} aside={aside}>
      {calls.length === 0 ? (
        <Empty icon={<SignalIcon size={36} />} title={t("live.none")}>
          <p>{t("live.noneHint")}</p>
        </Empty>
      ) : (
        <ul role="list" class="lines">
          {calls.map((live) => (
            <Call key={live.call.callId} live={live} onEnter={minutes === undefined ? undefined : () => setEntering(live)} />
          ))}
        </ul>
      )}
      {entering && <Enter live={entering} minutes={minutes ?? 0} onClose={() => setEntering(null)} />}
    </Card>
  );
}

/** A reason first: it is told to everybody in the call before the door opens. */
function Enter({ live, minutes, onClose }: { live: LiveCall; minutes: number; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const submit = useSubmit(async () => {
    const id = encodeURIComponent(live.meetingId);
    await request(`/api/admin/meetings/${id}/entry`, { method: "POST", body: { reason } });
    navigate(`/video-call/${id}`);
  });
  return (
    <Dialog
      open
      title={t("live.enter.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{common("common.cancel")}</Button>
          <Button kind="primary" type="submit" form="break-glass" busy={submit.busy}>
            {t("live.enter.do")}
          </Button>
        </>
      }
    >
      <form id="break-glass" class="form" onSubmit={submit.onSubmit}>
        <TextArea
          name="reason"
          label={t("live.enter.reason")}
          hint={t("live.enter.hint", { count: minutes })}
          value={reason}
          maxLength={500}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
        {submit.failure && <Notice kind="danger">{submit.failure}</Notice>}
      </form>
    </Dialog>
  );
}

type Path = "direct" | "relay" | "unknown";

function Call({ live: { call, hostName, meetingId }, onEnter }: { live: LiveCall; onEnter: (() => void) | undefined }) {
  const now = useNow(10_000);
  const path = (["direct", "relay"].includes(call.path) ? call.path : "unknown") as Path;
  return (
    <li class="line">
      <div class="line-words">
        <a href={`/meetings/${encodeURIComponent(meetingId)}`}>{t("live.call", { host: hostName })}</a>
        <span class="quiet small">
          {t("live.since", { time: clockTime(call.startedAt) })} · {inWords(call.startedAt, now)}
        </span>
      </div>
      <div class="row-end live-figures">
        {call.bytesUp + call.bytesDown > 0 && (
          <>
            <span class="quiet small">{t("live.up", { amount: amount(call.bytesUp) })}</span>
            <span class="quiet small">{t("live.down", { amount: amount(call.bytesDown) })}</span>
          </>
        )}
        <Badge kind={path === "relay" ? "info" : "plain"}>{t(`live.path.${path}`)}</Badge>
        {onEnter && <Button onClick={onEnter}>{t("live.enter")}</Button>}
      </div>
    </li>
  );
}
