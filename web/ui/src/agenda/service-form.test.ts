import { describe, expect, it } from "vitest";
import { amountOf, type Draft, draftOf, inOneLine, minutesOf, nextKey, readDraft, USUAL } from "./service-form";

const read = (change: (draft: Draft) => void) => {
  const draft = { ...draftOf(USUAL), title: "Talk" };
  change(draft);
  return readDraft(draft, USUAL);
};
const wrong = (change: (draft: Draft) => void) => Object.keys(read(change).problems);

describe("a service that is typed", () => {
  it("comes back as it was", () => {
    const form = {
      ...USUAL,
      title: "Talk",
      priceMc: 12_500,
      noticeMinutes: 3 * 24 * 60,
      perDayMax: 4,
      perClientMax: 2,
      capacity: 8,
      reminderMinutes: [1440, 15],
      joinWindow: { openBeforeMinutes: 5, closeAfterMinutes: 30 },
      cancellation: [{ noticeMinutes: 90, refundBps: 7_000 }],
    };
    expect(readDraft(draftOf(form), USUAL)).toEqual({ form, problems: {} });
  });
  it("has its price in coins or in a currency", () => {
    const inRupees = (price: string) => read((it) => Object.assign(it, { price, currency: "INR", digits: 2 }));
    expect(inRupees("499.5").form.priceMoney).toEqual({ minor: 49_950, currency: "INR", digits: 2 });
    expect(inRupees("").form).toMatchObject({ priceMc: 0, priceMoney: null });
    expect(Object.keys(inRupees("1.234").problems)).toEqual(["priceMc"]);
    expect(inOneLine(inRupees("499.5").form)).toMatch(/499\.50.*free to cancel/);
    expect(draftOf(inRupees("499.5").form)).toMatchObject({ price: "499.50", currency: "INR", digits: 2 });
    expect(draftOf(inRupees("500").form).price).toBe("500");
    expect(read((it) => Object.assign(it, { price: "12.5" })).form).toMatchObject({ priceMc: 12_500, priceMoney: null });
  });
  it("keeps what this page does not know", () => {
    const newer = { ...USUAL, title: "Talk", ofTomorrow: 7 };
    expect(readDraft(draftOf(newer), newer).form).toEqual(newer);
  });
  it("has words at each field that cannot be", () => {
    expect(wrong((it) => (it.title = "  "))).toEqual(["title"]);
    expect(wrong((it) => (it.durationMinutes = "52"))).toEqual(["durationMinutes"]);
    expect(wrong((it) => (it.durationMinutes = "0"))).toEqual(["durationMinutes"]);
    expect(wrong((it) => (it.bufferBeforeMinutes = "0"))).toEqual([]);
    expect(wrong((it) => (it.bufferAfterMinutes = "725"))).toEqual(["bufferAfterMinutes"]);
    expect(wrong((it) => (it.stepMinutes = "abc"))).toEqual(["stepMinutes"]);
    expect(wrong((it) => (it.price = "1.2345"))).toEqual(["priceMc"]);
    expect(wrong((it) => (it.price = "-1"))).toEqual(["priceMc"]);
    expect(wrong((it) => (it.horizonDays = "366"))).toEqual(["horizonDays"]);
    expect(wrong((it) => (it.notice = { value: "60", unit: "days" }))).toEqual(["noticeMinutes"]);
    expect(wrong((it) => (it.perWeekMax = "0"))).toEqual(["perWeekMax"]);
    expect(wrong((it) => (it.perClientMax = "0"))).toEqual(["perClientMax"]);
    expect(wrong((it) => (it.capacity = "51"))).toEqual(["capacity"]);
    expect(wrong((it) => (it.capacity = "0"))).toEqual(["capacity"]);
    expect(wrong((it) => Object.assign(it, { ownWindow: true, closeAfter: "1441" }))).toEqual(["joinWindow"]);
    expect(wrong((it) => Object.assign(it, { ownReminders: true, reminders: [{ key: 1, lead: { value: "31", unit: "days" } }] }))).toEqual(["reminderMinutes"]);
  });
  it("gives nothing more back the later somebody cancels", () => {
    const steps = (...pairs: [string, string][]) => (it: Draft) => {
      it.cancellation = pairs.map(([hours, percent]) => ({ key: nextKey(), notice: { value: hours, unit: "hours" }, percent }));
    };
    expect(wrong(steps(["2", "50"], ["24", "100"]))).toEqual([]);
    expect(wrong(steps(["2", "100"], ["24", "50"]))).toEqual(["cancellation"]);
    expect(wrong(steps(["2", "50"], ["2", "50"]))).toEqual(["cancellation"]);
    expect(wrong(steps(["2", "101"]))).toEqual(["cancellation"]);
    expect(wrong(steps())).toEqual([]);
  });
});

describe("lengths of time", () => {
  it("stand in the largest unit that they fill", () => {
    for (const minutes of [0, 5, 60, 90, 1440, 2880, 2885]) expect(minutesOf(amountOf(minutes))).toBe(minutes);
    expect(amountOf(1440)).toEqual({ value: "24", unit: "hours" });
    expect(amountOf(2880)).toEqual({ value: "2", unit: "days" });
    expect(minutesOf({ value: "1.5", unit: "hours" })).toBeNull();
  });
});

describe("a service in one line", () => {
  const line = (part: Partial<typeof USUAL>) => inOneLine({ ...USUAL, title: "Talk", ...part });
  it("says length, price and what a client gets back", () => {
    expect(line({ priceMc: 500_000 })).toBe("50 minutes · 500 coins · free to cancel until 24 hours before");
    expect(line({ capacity: 8 })).toBe("50 minutes · free of charge · up to 8 people");
    expect(line({})).toBe("50 minutes · free of charge");
    expect(line({ priceMc: 1_000, approval: true, cancellation: [] })).toBe("50 minutes · 1 coin · you answer each request · nothing back after booking");
    expect(line({ priceMc: 2_000, cancellation: [{ noticeMinutes: 4320, refundBps: 2_500 }] })).toBe("50 minutes · 2 coins · 25% back until 3 days before");
    expect(line({ priceMc: 2_000, cancellation: [{ noticeMinutes: 0, refundBps: 10_000 }] })).toBe("50 minutes · 2 coins · free to cancel until the start");
  });
});
