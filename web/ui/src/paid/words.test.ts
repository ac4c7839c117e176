import { describe, expect, it } from "vitest";
import { amount, coins, minutes, rule } from "./words";

describe("sums of coins", () => {
  it.each([
    [0, "0"],
    [1, "0.001"],
    [167, "0.167"],
    [10_000, "10"],
    [10_167, "10.167"],
    [1_234_500, "1,234.5"],
    [9_007_199_254_740_991, "9,007,199,254,740.991"],
  ])("%i thousandths are %s, to the last digit", (mc, words) => expect(amount(mc)).toBe(words));
  it("says one coin and many", () => expect([coins(1_000), coins(10_167)]).toEqual(["1 coin", "10.167 coins"]));
});

describe("the rule of charging", () => {
  const tariff = { initialS: 60, incrementS: 1, freeS: 20 };
  it("names what is free first, then the blocks", () =>
    expect(rule(tariff)).toMatch(/^The first 20 seconds are free.* One minute at least, then by the second\. .*nothing is charged\.$/));
  it.each([
    [{ ...tariff, incrementS: 60 }, /Every minute that begins is paid whole/],
    [{ ...tariff, initialS: 1 }, /Paid by the second/],
    [{ ...tariff, connectFeeMc: 500 }, /0\.5 coins on top/],
  ])("knows %o", (it, words) => expect(rule(it)).toMatch(words));
});

describe("a countdown", () => {
  it.each([
    [-5, "0:00"],
    [999, "0:00"],
    [185_999, "3:05"],
    [3_661_000, "1:01:01"],
  ])("%i ms are %s: never more than there is", (ms, words) => expect(minutes(ms)).toBe(words));
});
