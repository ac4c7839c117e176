/** The terms of cancelling are said as they are, down to the last bracket. */
import { expect, test } from "vitest";
import { policyWords, priceOf, priceWords } from "./words";

test("every bracket has its sentence, and what comes after the last one is said", () => {
  expect(policyWords([])).toEqual(["If you cancel, nothing is given back."]);
  expect(
    policyWords([
      { noticeMinutes: 2880, refundBps: 10_000 },
      { noticeMinutes: 90, refundBps: 5_000 },
    ]),
  ).toEqual([
    "Cancel at least 2 days before: you get everything back.",
    "Cancel at least 1 hour 30 minutes before: you get 50% back.",
    "Later than that, nothing is given back.",
  ]);
  expect(policyWords([{ noticeMinutes: 0, refundBps: 10_000 }])).toEqual(["Cancel whenever you like: you get everything back."]);
});

test("nothing to pay is said as such", () => {
  expect(priceWords(0)).toBe("Free");
  expect(priceWords(30_000)).toBe("30 coins");
  expect(priceOf({ priceMc: 30_000, priceMoney: { minor: 49_900, currency: "INR", digits: 2 } })).toBe("₹499.00 (30 coins)");
});
