import { describe, expect, it } from "vitest";
import { AUDIO_ONLY, Ladder, RUNGS, type Reading, topRung } from "./ladder";

/** Readings every 2 s; the answer is the time and the name of every change. */
function climb(line: (atS: number) => Partial<Reading>, seconds: number, top = 0): string {
  const ladder = new Ladder(top, 0);
  let rung = ladder.rung;
  const changes = [RUNGS[rung]!.name];
  for (let at = 2; at <= seconds; at += 2) {
    const reading = { lossOutPct: 0, rttMs: 50, availableKbps: 3_000, starved: true, ...line(at) };
    const next = ladder.read(reading, at * 1_000);
    if (next !== rung) changes.push(`${at}s ${RUNGS[next]!.name}`);
    rung = next;
  }
  return changes.join(", ");
}

describe("the ladder", () => {
  it("stays at the top on a good line", () => expect(climb(() => ({}), 600)).toBe("720p"));

  it("waits for the estimate to grow at the beginning", () =>
    expect(climb((at) => ({ availableKbps: at < 8 ? 300 : 3_000 }), 60)).toBe("720p"));

  it("goes down within a reading, as far as the line asks", () =>
    expect(climb((at) => (at < 20 ? {} : { availableKbps: 100 }), 24)).toBe("720p, 20s 180p"));

  it("goes down and up again, slower after a step that failed", () =>
    expect(climb((at) => (at >= 20 && at < 60 ? { availableKbps: 150 } : {}), 120)).toBe(
      "720p, 20s 360p, 32s 480p, 40s 360p, 62s 480p, 84s 720p",
    ));

  it("is slower each time a step up fails", () => {
    // The line takes 360p and says so only when more is sent.
    const ladder = new Ladder(0, 0);
    let rung = 0;
    const ups: number[] = [];
    for (let at = 2; at <= 400; at += 2) {
      const next = ladder.read(
        { lossOutPct: rung < 2 ? 15 : 0, rttMs: 50, availableKbps: undefined, starved: true },
        at * 1_000,
      );
      if (next < rung) ups.push(at);
      rung = next;
    }
    const pauses = ups.slice(1).map((at, index) => at - ups[index]!);
    expect(pauses.length).toBeGreaterThan(2);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses[0]).toBeLessThan(30);
    expect(pauses.at(-1)).toBeGreaterThan(70);
  });

  it("gives up the picture only for heavy loss or next to nothing", () => {
    expect(climb((at) => (at < 20 ? {} : { lossOutPct: 12 }), 60)).toBe("720p, 20s 480p, 22s 360p, 24s 180p");
    expect(climb((at) => (at < 20 ? {} : { lossOutPct: 30 }), 60)).toBe(
      "720p, 20s 480p, 22s 360p, 24s audio",
    );
    expect(climb((at) => (at < 20 ? {} : { availableKbps: 50 }), 40)).toBe("720p, 20s 180p, 32s audio");
    expect(climb((at) => (at === 20 ? { lossOutPct: 80 } : {}), 26)).toBe("720p, 20s 480p");
  });

  it("comes back from voice alone though nothing is estimated without a picture", () =>
    expect(climb((at) => (at < 20 ? { lossOutPct: 30 } : { availableKbps: 40, starved: false }), 34)).toBe(
      "720p, 2s 480p, 4s 360p, 6s audio, 30s 180p",
    ));

  it("does not take a small estimate for a bad line while the picture has what it needs", () =>
    expect(climb(() => ({ availableKbps: 50, starved: false }), 60)).toBe("720p"));

  it("obeys a lower ceiling at once, and jumps back when that is lifted", () => {
    const ladder = new Ladder(0, 0);
    ladder.limit(3, 1_000);
    expect(ladder.rung).toBe(3);
    ladder.limit(0, 2_000);
    expect(ladder.rung).toBe(0);
  });

  it("stays where the line holds it when the ceiling is lifted", () => {
    const ladder = new Ladder(0, 0);
    ladder.read({ lossOutPct: 30, rttMs: 50, availableKbps: undefined, starved: true }, 10_000);
    ladder.limit(1, 11_000);
    ladder.read({ lossOutPct: 30, rttMs: 50, availableKbps: undefined, starved: true }, 12_000);
    ladder.limit(0, 13_000);
    expect(ladder.rung).toBe(2);
  });
});

describe("the top rung", () => {
  const bounds = { peers: 1, relayed: false, relayLevel: "full", lessData: false, audioOnly: false } as const;
  it.each([
    [{}, "720p"],
    [{ peers: 2 }, "480p"],
    [{ peers: 3 }, "360p"],
    [{ peers: 5 }, "180p"],
    [{ lessData: true }, "180p"],
    [{ audioOnly: true }, "audio"],
    [{ relayLevel: "saver" as const }, "720p"],
    [{ relayLevel: "saver" as const, relayed: true }, "360p"],
    [{ relayLevel: "audio" as const, relayed: true }, "audio"],
  ])("with %o is %s", (change, name) => expect(RUNGS[topRung({ ...bounds, ...change })]!.name).toBe(name));

  it("names voice alone last", () => expect(RUNGS[AUDIO_ONLY]!.videoKbps).toBe(0));
});
