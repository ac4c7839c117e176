/** Prices and lists as people type them. */
import { describe, expect, it } from "vitest";
import { listOf, priceOf, typedPrice } from "./words";

describe("a price", () => {
  it.each([
    ["10", 10_000],
    ["12.5", 12_500],
    [" 0,125 ", 125],
    ["", null],
    ["ten", undefined],
    ["1.2345", undefined],
    ["-1", undefined],
  ])("%j", (text, mc) => expect(priceOf(text)).toBe(mc));

  it("comes back as it was typed", () => {
    for (const text of ["10", "12.5", "0.125", "1000"]) expect(typedPrice(priceOf(text))).toBe(text);
    expect(typedPrice(null)).toBe("");
  });
});

it("parts are taken without what is around them", () => {
  expect(listOf(" en, pt-BR,, ")).toEqual(["en", "pt-BR"]);
});
