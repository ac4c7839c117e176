/**
 * How the bill of a running call stands, as the server says it; between two words of the server the
 * time is counted on by its clock. What it shows is never more than the server promised.
 */
import { signal } from "@preact/signals";
import type { CallSession } from "../call/session";
import type { Billing } from "../generated/protocol";

export class Bill {
  readonly now = signal<Billing | undefined>(undefined);

  constructor(
    private readonly call: CallSession,
    readonly callId: string,
  ) {
    const heard = (data: Billing) => {
      if (data.callId === callId) this.now.value = data;
    };
    call.socket.on("billing", heard);
    call.socket.on("billing-tick", heard);
  }

  /** Time left at `at` (our wall clock), ms; undefined when it does not end, or nobody knows yet. */
  leftMs(at: number): number | undefined {
    const now = this.now.value;
    if (now?.remainingMs == null) return undefined;
    if (now.phase !== "running" || now.endsAt == null) return now.remainingMs;
    return Math.max(0, now.endsAt - (at + this.call.clockAheadMs));
  }

  /** Time left to buy coins, ms. */
  graceMs(at: number): number {
    const until = this.now.value?.graceUntil;
    return until == null ? 0 : Math.max(0, until - (at + this.call.clockAheadMs));
  }
}

const bills = new WeakMap<CallSession, Bill>();

/** The bill of this stay. */
export function billOf(call: CallSession, callId: string): Bill {
  let bill = bills.get(call);
  if (bill === undefined) {
    bill = new Bill(call, callId);
    bills.set(call, bill);
  }
  return bill;
}
