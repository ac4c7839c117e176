/** The terms of cancelling are said as they are, down to the last bracket. */
import { expect, test } from "vitest";
import { bookAddress, policyWords, priceOf, pricesOf, priceWords } from "./words";

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
  expect(pricesOf({ priceMc: 50_011, priceMoney: { minor: 4_951, currency: "INR", digits: 2 } }, 3)).toBe("₹148.53 (150.033 coins)");
  expect(pricesOf({ priceMc: 30_000, priceMoney: null }, 2)).toBe("60 coins");
});

test("whatever an id has in it, the address of its page leads there", () => {
  expect(bookAddress({ hostId: "a/b", serviceId: "c" })).toBe("/book/a%2Fb/c");
});
