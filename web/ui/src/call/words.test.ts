import { expect, it } from "vitest";
import { clock, duration } from "./words";

it.each([
  [0, "00:00:00"],
  [249_999, "00:04:09"],
  [3_600_000 * 11 + 62_000, "11:01:02"],
  [-5, "00:00:00"],
])("%i ms is %s", (ms, words) => {
  expect(clock(ms)).toBe(words);
});

it.each([
  [1_000, "1 second"],
  [42_000, "42 seconds"],
  [60_000, "1 minute"],
  [45 * 60_000 + 20_000, "45 minutes"],
  [60 * 60_000, "1 hour"],
  [125 * 60_000, "2 hours 5 minutes"],
])("%i ms was %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});
