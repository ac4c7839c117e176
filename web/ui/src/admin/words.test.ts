import { describe, expect, it } from "vitest";
import { amount, monthName, percentOf } from "./words";

describe("amounts", () => {
  it.each([
    [0, "0 byte"],
    [999, "999 byte"],
    [1_000, "1 kB"],
    [999_499, "999 kB"],
    [3_240_000_000, "3.2 GB"],
    [5e15, "5,000 TB"],
  ])("%d bytes are %s", (bytes, words) => expect(amount(bytes)).toBe(words));

  it("names the month of the server's zone, UTC", () => {
    expect(monthName("2026-11")).toBe("November 2026");
    expect(monthName("2027-01")).toBe("January 2027");
  });

  it("calls nothing full that is not", () => {
    expect([percentOf(0, 10), percentOf(799, 1000), percentOf(9_999, 10_000), percentOf(11, 10)]).toEqual([0, 80, 99, 100]);
  });
});
