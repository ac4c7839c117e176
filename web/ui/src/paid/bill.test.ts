import { describe, expect, it } from "vitest";
import type { CallSession } from "../call/session";
import type { Billing } from "../generated/protocol";
import { Bill, billOf } from "./bill";

function stay() {
  const heard = new Map<string, (data: Billing) => void>();
  const call = {
    clockAheadMs: 5_000,
    socket: { on: (name: string, run: (data: Billing) => void) => void heard.set(name, run) },
  } as unknown as CallSession;
  const said = (name: string, data: Partial<Billing>) =>
    heard.get(name)?.({ callId: "c", phase: "running", elapsedMs: 0, chargedMc: 0, rateMcPerMin: 0, last: false, ...data } as unknown as Billing);
  return { call, said };
}

describe("the bill of a running call", () => {
  it("counts by the server's clock, and stands still while nothing is charged", () => {
    const { call, said } = stay();
    const bill = new Bill(call, "c");
    expect(bill.leftMs(0)).toBeUndefined();
    said("billing", { remainingMs: 60_000, endsAt: 105_000 });
    expect(bill.leftMs(40_000)).toBe(60_000);
    expect(bill.leftMs(70_000)).toBe(30_000);
    expect(bill.leftMs(200_000)).toBe(0);
    said("billing", { phase: "paused", remainingMs: 29_000 });
    expect([bill.leftMs(80_000), bill.leftMs(90_000)]).toEqual([29_000, 29_000]);
    said("billing-tick", { remainingMs: 10_000, endsAt: 110_000 });
    expect(bill.leftMs(100_000)).toBe(5_000);
  });
  it("is one for a stay, and hears of its own call only", () => {
    const { call, said } = stay();
    const bill = billOf(call, "c");
    expect(billOf(call, "c")).toBe(bill);
    said("billing", { callId: "other", remainingMs: 1 });
    expect(bill.now.value).toBeUndefined();
  });
});
