import { describe, expect, it } from "vitest";
import { type Interval, type Level, Meter, interval, levelIn, levelOut, ownLevel, weakOf } from "./quality";
import type { LinkStats } from "./stats";

const still: Interval = {
  rttMs: 40, jitterMs: 5, lossInPct: 0, lossOutPct: 0, freezes: 0, framesDecoded: 48,
  kbpsIn: 900, kbpsOut: 900, bytesIn: 1, bytesOut: 1,
};

describe("the level of a reading", () => {
  it.each<[Partial<Interval>, Level, Level]>([
    [{}, 4, 4],
    [{ lossInPct: 2 }, 4, 4],
    [{ lossInPct: 2.1 }, 3, 4],
    [{ lossInPct: 9 }, 2, 4],
    [{ lossInPct: 30 }, 1, 4],
    [{ lossOutPct: 9 }, 4, 2],
    [{ jitterMs: 100 }, 2, 4],
    [{ freezes: 1 }, 3, 4],
    [{ freezes: 4 }, 1, 4],
    [{ rttMs: 300 }, 3, 3],
    [{ rttMs: 600 }, 2, 2],
    [{ rttMs: 2_000 }, 1, 1],
  ])("%o is %i in and %i out", (change, inbound, outbound) => {
    expect([levelIn({ ...still, ...change }), levelOut({ ...still, ...change })]).toEqual([inbound, outbound]);
  });
});

describe("the meter", () => {
  it.each<[string, string]>([
    ["444444", "444444"],
    ["441444", "441112"],
    ["14444444444", "11122233344"],
    ["2433433", "2223333"],
    ["4321", "4321"],
    ["24424", "22222"],
  ])("%s is shown as %s", (read, shown) => {
    const meter = new Meter();
    expect([...read].map((level) => meter.read(Number(level) as Level)).join("")).toBe(shown);
  });
});

describe("what happened between two readings", () => {
  const stats = (change: Partial<LinkStats>) =>
    ({
      rttMs: 10, jitterMs: 1, bytesSent: 0, bytesReceived: 0, packetsLost: 0, packetsReceived: 0, packetsSent: 0,
      packetsLostThere: 0, freezes: 0, framesDecoded: 0, ...change,
    }) as LinkStats;

  it("is what the counters grew by", () => {
    const before = stats({ bytesReceived: 1_000, packetsReceived: 100, packetsLost: 5, packetsSent: 100, freezes: 2 });
    const now = stats({
      bytesReceived: 251_000, bytesSent: 125_000, packetsReceived: 190, packetsLost: 15, packetsSent: 200,
      packetsLostThere: 4, freezes: 3,
    });
    expect(interval(before, now, 2_000)).toMatchObject({
      kbpsIn: 1_000, kbpsOut: 500, lossInPct: 10, lossOutPct: 4, freezes: 1, bytesIn: 250_000, bytesOut: 125_000,
    });
  });

  it("counts from nothing after a new connection, and forgives what was found again", () => {
    const before = stats({ bytesReceived: 9_000, packetsReceived: 900, packetsLost: 9 });
    expect(interval(before, stats({ bytesReceived: 500, packetsReceived: 50, packetsLost: 7 }), 2_000)).toMatchObject({
      bytesIn: 500, lossInPct: 0,
    });
  });
});

describe("our own line", () => {
  const line = (inbound: Level, out: Level) => ({ in: inbound, out });
  it("is unknown alone", () => expect(ownLevel([], "good")).toBeUndefined());
  it("is good with one good connection, whatever the others are", () =>
    expect(ownLevel([line(1, 1), line(4, 4), line(2, 2)], "bad")).toBe(4));
  it("is bad when all are", () => expect(ownLevel([line(1, 1), line(2, 2)], "good")).toBe(2));
  it.each<[Level, Level, "good" | "bad" | "unknown", Level]>([
    [4, 3, "bad", 3],
    [4, 1, "good", 1], // our way up
    [1, 4, "good", 3], // their way up
    [1, 4, "bad", 1],
    [2, 1, "good", 3], // theirs, since the server hears us well
    [2, 1, "bad", 1],
    [2, 1, "unknown", 1],
  ])("in %i, out %i, server %s: %i", (inbound, out, server, own) =>
    expect(ownLevel([line(inbound, out)], server)).toBe(own));
});

describe("whose line is weak", () => {
  const peer = (peerId: string, inbound: Level, theirs: Level | undefined, out: Level = 4) => ({
    peerId, in: inbound, out, theirs,
  });
  it.each([
    ["nobody's", 4, [peer("a", 4, 4)], { whose: "nobody" }],
    ["ours before all others", 2, [peer("a", 1, 1)], { whose: "mine" }],
    ["theirs by their word", 4, [peer("a", 2, 1)], { whose: "theirs", peerId: "a" }],
    ["theirs by their word though we hear them still", 4, [peer("a", 4, 2)], { whose: "theirs", peerId: "a" }],
    ["the way between when both say they are well", 3, [peer("a", 2, 4)], { whose: "between", peerId: "a" }],
    ["theirs without a word, when ours arrives", 3, [peer("a", 1, undefined)], { whose: "theirs", peerId: "a" }],
    ["the worst of several", 4, [peer("a", 2, 2), peer("b", 1, 1)], { whose: "theirs", peerId: "b" }],
  ] as const)("is %s", (_, own, peers, weak) => expect(weakOf(own, peers)).toEqual(weak));
});
