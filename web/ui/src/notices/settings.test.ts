/** The small steps of the page on which one chooses how one is told. */
import { describe, expect, it } from "vitest";
import { type Settings, clockOf, minuteOf, turned } from "./settings";

describe("choosing how one is told", () => {
  it("reads and writes times of a day", () => {
    expect([0, 5, 1350, 1439].map(clockOf)).toEqual(["00:00", "00:05", "22:30", "23:59"]);
    expect(["00:00", "07:05", "22:30", "", "soon"].map(minuteOf)).toEqual([0, 425, 1350, 0, 0]);
  });

  it("turns one switch and leaves the others", () => {
    const kind = (word: "message" | "review") => ({ kind: word, screen: true, mail: true, mailWay: "digest" as const, push: true });
    const all = { kinds: [kind("message"), kind("review")] } as Settings;
    expect(turned(all, "review", "push", false).kinds).toEqual([kind("message"), { ...kind("review"), push: false }]);
  });
});
