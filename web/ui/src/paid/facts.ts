/** What the call page knows of a call by the minute. */
import type { PaidCall } from "./words";

export interface PaidFacts {
  callId: string;
  kind: "audio" | "video";
  /** We are the one who earns. */
  host: boolean;
  /** The other's name. */
  other: string;
  rateMc: number;
}

export function factsFor(call: PaidCall, me: string): PaidFacts {
  const host = call.hostId === me;
  return {
    callId: call.callId,
    kind: call.callType === "audio" ? "audio" : "video",
    host,
    other: host ? call.userName : call.hostName,
    rateMc: call.tariff.ratePerMinMc,
  };
}
