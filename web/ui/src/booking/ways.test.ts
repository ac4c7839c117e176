/** What is offered to pay a booking with costs exactly its price, or brings enough coins. */
import { expect, test } from "vitest";
import type { Meeting } from "../api";
import type { Offer } from "../topup/orders";
import { enoughOffers, exactOffers } from "./ways";

const pack = (id: string, coins: number, priceMinor: number, currency: string) => ({ id, coins, priceMinor, currency });
const offers = [
  { gateway: "stripe", needsPhone: false, packages: [pack("a", 100, 9_900, "INR"), pack("b", 10, 1_900, "INR"), pack("c", 100, 150, "USD")] },
  { gateway: "mpesa", needsPhone: true, packages: [pack("d", 50, 9_000, "KES")] },
] as unknown as Offer[];
const booking = (priceMoney: { minor: number; currency: string; digits: number } | null) => ({ priceMc: 50_011, priceMoney }) as unknown as Meeting["booking"];

test("a price in a currency is paid to the last coin at the gateways that take it", () => {
  const found = exactOffers(offers, booking({ minor: 4_951, currency: "INR", digits: 2 }));
  expect(found.map((it) => it.gateway)).toEqual(["stripe"]);
  expect(found[0]?.packages).toEqual([pack("booking", 50.011, 4_951, "INR")]);
  expect(exactOffers(offers, booking({ minor: 4_951, currency: "EUR", digits: 2 }))).toEqual([]);
  expect(exactOffers(offers, booking({ minor: 49_900, currency: "KES", digits: 2 })).map((it) => it.gateway)).toEqual(["mpesa"]);
  expect(exactOffers(offers, booking({ minor: 4_951, currency: "KES", digits: 2 }))).toEqual([]);
  expect(exactOffers(offers, booking(null))).toEqual([]);
});

test("coins that would not be enough are left out, unless none would be", () => {
  const ids = (missing: number) => enoughOffers(offers, missing).map((it) => it.packages.map((one) => one.id));
  expect(ids(50_000)).toEqual([["a", "c"], ["d"]]);
  expect(ids(60_000)).toEqual([["a", "c"], ["d"]]);
  expect(ids(5_000)).toEqual([["a", "b", "c"], ["d"]]);
});
