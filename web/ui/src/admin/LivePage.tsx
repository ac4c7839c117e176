/** The operator's view of now: live calls, the relay's month, its traffic and its self-test. */
import "./admin.css";
import { FailedPage } from "../pages/ErrorPages";
import { useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Card, Empty, Loading, SignalIcon } from "../components";
import type { components } from "../generated/rest";
import { clockTime, inWords } from "../i18n/time";
import { RelayCards } from "./RelayCards";
import { useLive } from "./useLive";
import { amount, t } from "./words";

type LiveCall = components["schemas"]["LiveCallBody"];
type RelayStatus = components["schemas"]["RelayStatus"];

export default function LivePage() {
  const calls = useLive<{ calls: LiveCall[] }>("/api/admin/live-calls");
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
          <Calls calls={calls.data.calls} />
          <RelayCards relay={relay.data.relay ?? undefined} />
        </>
      )}
    </div>
  );
}

function Calls({ calls }: { calls: LiveCall[] }) {
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
            <Call key={live.call.callId} live={live} />
          ))}
        </ul>
      )}
    </Card>
  );
}

type Path = "direct" | "relay" | "unknown";

function Call({ live: { call, hostName, meetingId } }: { live: LiveCall }) {
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
      </div>
    </li>
  );
}
