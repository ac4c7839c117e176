import { describe, expect, it } from "vitest";
import { eventsOf, type Story } from "./story";

const order = { ...{ id: "o", userId: "u", state: "refunded", gateway: "stripe", coinsMilli: 100_000, priceMinor: 9_900, currency: "INR", digits: 2 }, ...{ refundedMinor: 9_900, createdAt: 1, updatedAt: 9 } };
const story: Story = {
  ...{ bought: { order, buyerName: "Brian", buyerEmail: "b@x.example", disputedMinor: 0 }, looks: 0, entries: [], partial: false },
  steps: [
    { at: 1, what: "taken", minor: 0 },
    { at: 2, what: "failed", minor: 0, code: "declined" },
    { at: 3, what: "paid", minor: 9_900 },
    { at: 8, what: "sent-back", minor: 9_900 },
  ],
  refunds: [{ key: "k", minor: 9_900, coinsMilli: 100_000, state: "sent", createdAt: 8 }],
  alerts: [{ id: "a", at: 5, concern: "paid-twice", gateway: "stripe", minor: 9_900, currency: "INR" }],
};

describe("the story of an order", () => {
  it("is one line of time, and what leads to something stands before it", () => {
    const told = eventsOf(story).map((it) => `${it.at} ${it.kind === "step" ? it.what : it.kind} ${it.minor}`);
    expect(told).toEqual(["1 made 9900", "1 taken 0", "2 failed 0", "3 paid 9900", "5 alert 9900", "8 refund 9900", "8 sent-back 9900"]);
  });
});
