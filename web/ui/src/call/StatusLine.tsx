/** The line above the stage: how long it has been, and how the connection is, in words. */
import { Spinner } from "../components";
import type { CallSession, Status } from "./session";
import { useNow } from "./useNow";
import { clock, t } from "./words";

/** `00:04:09` since both sides were connected; nothing before that. */
export function Duration({ call }: { call: CallSession }) {
  const begun = call.startedAt.value !== undefined;
  useNow(begun);
  if (!begun) return <span class="call-duration" />;
  return (
    <span class="call-duration" role="timer" aria-label={t("call.duration")}>
      {clock(call.elapsedMs() ?? 0)}
    </span>
  );
}

export function statusWords(call: CallSession, status: Status): string {
  if (status !== "away") return t(`status.${status}`);
  return t("status.away", { name: call.remotes.value.find((remote) => remote.away)?.info.userName ?? "" });
}

const BAD: readonly Status[] = ["unstable", "reconnecting", "failed", "server", "away"];

export function StatusLine({ call }: { call: CallSession }) {
  const status = call.status.value;
  const good = status === "connected";
  return (
    <span class={BAD.includes(status) ? "call-status call-status-bad" : good ? "call-status call-status-good" : "call-status"}>
      {good ? <span class="call-status-dot" /> : status !== "waiting" && status !== "failed" && <Spinner />}
      <span>{statusWords(call, status)}</span>
    </span>
  );
}
