import { describe, expect, it } from "vitest";
import { FakeClock } from "../socket/fakes";
import { Ear } from "./ear";

function setUp() {
  const clock = new FakeClock();
  const state = { bytes: 0, timestamp: 0, sources: true, expects: true, flowing: true };
  const news: string[] = [];
  const pc = {
    getReceivers: () => [
      { getSynchronizationSources: () => (state.sources ? [{ source: 1, timestamp: state.timestamp }] : []) },
    ],
    getStats: () => Promise.resolve(new Map([["t", { type: "transport", bytesReceived: state.bytes }]])),
  };
  const ear = new Ear({
    pc: pc as unknown as RTCPeerConnection,
    clock,
    expects: () => state.expects,
    tell: ({ kind }) => news.push(`${kind}@${clock.now()}`),
  });
  const pass = async (ms: number) => {
    if (!state.flowing) return clock.pass(ms);
    for (let i = 0; i < ms / 250; i++) {
      state.bytes += 100;
      state.timestamp++;
      await clock.pass(250);
    }
  };
  return { clock, state, news, ear, pass };
}

describe("the ear", () => {
  it("says nothing while something arrives", async () => {
    const t = setUp();
    await t.pass(20_000);
    expect(t.news).toEqual([]);
  });

  it("tells of a silence in about two seconds, once, and of its end", async () => {
    const t = setUp();
    await t.pass(10_000);
    t.state.flowing = false;
    await t.pass(3_000);
    expect(t.news).toEqual(["silent@12000"]);
    t.state.flowing = true;
    await t.pass(1_000);
    expect(t.news).toHaveLength(2);
    expect(t.news[1]).toMatch(/^heard@13[0-5]\d\d$/);
  });

  it("forgives a silence that a restart did not end, and does not tell of it again", async () => {
    const t = setUp();
    await t.pass(10_000);
    t.state.flowing = false;
    await t.pass(60_000);
    expect(t.news).toEqual(["silent@12000", "heard@17000"]);
  });

  it("is not deceived by a picture that stands while reports come in", async () => {
    const t = setUp();
    await t.pass(10_000);
    t.state.flowing = false;
    for (let i = 0; i < 10; i++) {
      t.state.bytes += 60;
      await t.pass(900);
    }
    expect(t.news).toEqual([]);
  });

  it("expects nothing of one whose microphone and camera are off, or who never sent", async () => {
    const t = setUp();
    await t.pass(5_000);
    t.state.expects = t.state.flowing = false;
    await t.pass(10_000);
    t.state.expects = true;
    t.state.sources = false;
    await t.pass(10_000);
    expect(t.news).toEqual([]);
  });

  it("asked to look, knows within a second", async () => {
    const t = setUp();
    await t.pass(10_000);
    t.state.flowing = false;
    t.ear.check();
    await t.pass(1_000);
    expect(t.news).toEqual(["silent@11000"]);
  });

  it("closed, leaves no timer", async () => {
    const t = setUp();
    await t.pass(2_000);
    t.ear.close();
    await t.pass(2_000);
    expect(t.clock.timers).toBe(0);
  });
});
