import { describe, expect, it } from "vitest";
import { coins, currency, inCoins, moved, parseCoins } from "./words";

describe("sums", () => {
  it("are exact to the thousandth", () => {
    expect(coins(50_000)).toBe("50");
    expect(coins(1_234_567)).toBe("1,234.567");
    expect(coins(-1)).toBe("-0.001");
    expect(moved(5_000)).toBe("+5");
    expect(moved(-12_340)).toBe("-12.34");
    expect(coins(62_999, { maximumFractionDigits: 2 })).toBe("62.99");
    expect(inCoins(1_000)).toBe("1 coin");
    expect(inCoins(2_500)).toBe("2.5 coins");
  });
  it("of currencies have the currency's own digits", () => {
    expect(currency(123_456, "USD")).toBe("$1,234.56");
    expect(currency(-5, "USD")).toBe("-$0.05");
    expect(currency(500, "JPY")).toBe("¥500");
  });
  it("come back from what is typed", () => {
    for (const [typed, milli] of [["12", 12_000], ["12.5", 12_500], ["0,001", 1], ["-3", -3_000], ["−3", -3_000]] as const)
      expect(parseCoins(typed)).toBe(milli);
    for (const typed of ["", "abc", "1.2345", "1e3", ".5", "1 000"]) expect(parseCoins(typed)).toBeNull();
  });
});
