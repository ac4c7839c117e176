/** The same figures as `domain/tariff`: price before the call and bill after it are one rule. */
import { describe, expect, it } from "vitest";
import { costOf, entryOf, secondsFor } from "./cost";

const tariff = { ratePerMinMc: 10_000, initialS: 60, incrementS: 60, freeS: 10, connectFeeMc: 0 };

describe("what a call costs", () => {
  it.each([
    ["free", tariff, 10, 0],
    ["the first second that is not", tariff, 11, 10_000],
    ["a minute", tariff, 60, 10_000],
    ["a minute that begins", tariff, 61, 20_000],
    ["by the second after the first minute", { ...tariff, incrementS: 1 }, 61, 10_167],
    ["by the second", { ...tariff, initialS: 1, incrementS: 1 }, 11, 1_834],
    ["with something on top", { ...tariff, connectFeeMc: 500 }, 600, 100_500],
    ["nothing on top of what is free", { ...tariff, connectFeeMc: 500 }, 10, 0],
  ])("%s", (_, it, seconds, mc) => expect(costOf(it, seconds)).toBe(mc));
  it("to begin", () => expect(entryOf({ ...tariff, connectFeeMc: 1 })).toBe(10_001));
});

describe("how long a wallet lasts", () => {
  it.each([
    ["whole minutes", tariff, 50_000, 300],
    ["not a second more than is free", tariff, 9_999, 10],
    ["the rest of a coin by the second", { ...tariff, incrementS: 1 }, 15_000, 90],
    ["what is left after what is on top", { ...tariff, connectFeeMc: 5_000 }, 25_000, 120],
    ["for ever, when it costs nothing", { ...tariff, ratePerMinMc: 0 }, 0, null],
  ])("%s", (_, it, budget, seconds) => expect(secondsFor(it, budget)).toBe(seconds));
});
