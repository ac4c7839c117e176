/** What is waited for is shown where it belongs, in order, and as long as it lasts. */
import { expect, test } from "vitest";
import { waitsFor } from "./waits";
import type { Waiting } from "./words";

const wait = (waitingId: string, serviceId: string, from: number): Waiting => ({ waitingId, hostId: "h", serviceId, day: "2026-12-24", from, to: from + 24 });

test("of all that is waited for, this service's is shown, until its day is over", () => {
  const all = [wait("later", "s", 200), wait("next", "s", 100), wait("over", "s", 10), wait("other", "t", 100)];
  expect(waitsFor(all, { hostId: "h", serviceId: "s" }, 50).map((it) => it.waitingId)).toEqual(["next", "later"]);
  expect(waitsFor(all, { hostId: "h", serviceId: "s" }, 34).map((it) => it.waitingId)).toEqual(["next", "later"]);
  expect(waitsFor(all, { hostId: "x", serviceId: "s" }, 0)).toEqual([]);
});
