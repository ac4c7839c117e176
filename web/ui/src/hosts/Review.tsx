/** What a client says about a host after a paid call: on the ended screen and on the receipt, for a day. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { type Rated, Rating } from "../call/Rating";
import type { PaidCall } from "../paid/words";
import { th } from "./words";

const OPEN_MS = 24 * 3_600_000;

/** Only the client of a call that was completed. */
export function Review({ call, host }: { call: PaidCall; host: boolean }) {
  const path = `/api/calls/${encodeURIComponent(call.callId)}/review`;
  const open = !host && call.status === "completed" && call.endTime != null && Date.now() < call.endTime + OPEN_MS;
  const [before, setBefore] = useState<Rated | "none" | null>(null);
  useEffect(() => {
    if (open) request<Rated>(path).then(setBefore, () => setBefore("none"));
  }, [open, path]);
  if (!open || before === null) return null;
  return <Rating path={path} title={th("review.title", { name: call.hostName })} hint={th("review.hint")} before={before === "none" ? undefined : before} />;
}
