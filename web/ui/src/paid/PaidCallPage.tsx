/** A call by the minute, at `/call/:callId`: from the accepted ring to what it cost. */
import "../call/call.css";
import "../call/frame.css";
import "../call/stage.css";
import { useEffect, useState } from "preact/hooks";
import { ApiError, request, session } from "../api";
import type { PageProps } from "../app/router";
import { Loading } from "../components";
import { CannotOpen, type MeetingFacts, Visit } from "../call/CallPage";
import { t } from "../call/words";
import { factsFor } from "./facts";
import { PaidEnd } from "./PaidEnd";
import { type PaidCall, tp } from "./words";

export default function PaidCallPage({ params }: PageProps) {
  const callId = params["callId"] ?? "";
  const [call, setCall] = useState<PaidCall | ApiError | undefined>(undefined);
  const load = () => {
    setCall(undefined);
    request<PaidCall>(`/api/calls/${encodeURIComponent(callId)}`).then(setCall, setCall);
  };
  useEffect(load, [callId]);
  if (call === undefined) return <Loading words={t("page.loading")} />;
  if (call instanceof Error) return <CannotOpen code={call.code ?? "internal"} onRetry={load} />;
  const identity = session.identity.peek();
  const paid = factsFor(call, identity.kind === "member" ? identity.user.userId : "");
  if (call.settled) return <PaidEnd facts={paid} />;
  const facts: MeetingFacts = {
    meetingId: callId,
    roomId: call.roomId,
    subject: tp("calling.title", { name: paid.other }),
    hostName: call.hostName,
    meeting: undefined,
    paid,
    ended: () => <PaidEnd facts={paid} />,
  };
  return <Visit key={callId} facts={facts} onReload={load} />;
}
