import { describe, expect, it } from "vitest";
import { SignedOut, SocketClient, type SocketOptions, type Welcomed } from "./client";
import { FakeClock, FakeWire, settle } from "./fakes";
import type { Json, RequestError } from "./frames";

function setUp(overrides: Partial<SocketOptions> = {}) {
  const clock = new FakeClock();
  const wires: FakeWire[] = [];
  const tokens: boolean[] = [];
  let online = () => {};
  let visible = () => {};
  const client = new SocketClient({
    url: "ws://test/ws",
    device: { id: "d1", kind: "web" },
    clock,
    token: ({ fresh }) => {
      tokens.push(fresh);
      return Promise.resolve(`token-${tokens.length}`);
    },
    open: (_url, subprotocol) => {
      expect(subprotocol).toBe("rtc.v1.json");
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    surroundings: {
      onOnline: (run) => ((online = run), () => {}),
      onVisible: (run) => ((visible = run), () => {}),
    },
    ...overrides,
  });
  const wire = () => wires[wires.length - 1] as FakeWire;
  const welcome = (data: Record<string, unknown> = {}) =>
    wire().says({
      type: "welcome",
      data: {
        sessionId: "s1",
        resumeToken: "r1",
        epoch: "e1",
        resumed: false,
        seq: 0,
        heartbeat: { intervalMs: 25_000 },
        ...data,
      },
    });
  const ready = async (data: Record<string, unknown> = {}) => {
    client.start();
    await settle();
    wire().opens();
    welcome(data);
  };
  // The tests use made-up commands and events; the types of the real ones would only be in the way.
  const loose = client as unknown as {
    request(type: string, data: Json, wish?: { timeoutMs?: number; again?: boolean }): Promise<Json>;
    send(type: string, data: Json): boolean;
    on(type: string, handler: (data: Json) => void): () => void;
  } & Pick<SocketClient, "start" | "stop" | "state" | "lastSeq" | "onState" | "onWelcome">;
  return {
    client: loose,
    clock,
    wires,
    wire,
    tokens,
    welcome,
    ready,
    online: () => online(),
    visible: () => visible(),
  };
}

describe("hello", () => {
  it("is the first frame and carries the token", async () => {
    const t = setUp();
    t.client.start();
    await settle();
    expect(t.client.state.name).toBe("connecting");
    t.wire().opens();
    expect(t.wire().sent).toHaveLength(1);
    expect(t.wire().sent[0]).toMatchObject({ type: "hello", data: { token: "token-1", device: { id: "d1" } } });
    expect(t.wire().sent[0]?.data).not.toHaveProperty("resume");
    t.welcome();
    expect(t.client.state.name).toBe("ready");
  });

  it("gives up on a server that never welcomes", async () => {
    const t = setUp();
    t.client.start();
    await settle();
    t.wire().opens();
    await t.clock.pass(10_000);
    expect(t.wires.length).toBe(2);
    expect(t.wires[0]?.closedWith).toBe(4000);
  });
});

describe("requests", () => {
  it("resolve with the ack that carries their id", async () => {
    const t = setUp();
    await t.ready();
    const first = t.client.request("a", {});
    const second = t.client.request("b", {});
    t.wire().says({ type: "ack", id: t.wire().last("b")?.id as string, data: { n: 2 } });
    t.wire().says({ type: "ack", id: t.wire().last("a")?.id as string, data: { n: 1 } });
    expect(await first).toEqual({ n: 1 });
    expect(await second).toEqual({ n: 2 });
  });

  it("reject with the code of the error, and its details", async () => {
    const t = setUp();
    await t.ready();
    const request = t.client.request("join-room", {});
    t.wire().says({
      type: "error",
      id: t.wire().last("join-room")?.id as string,
      data: { code: "too_early", message: "Not yet", retryable: false, opensAt: 5 },
    });
    await expect(request).rejects.toMatchObject({ code: "too_early", details: { opensAt: 5 } });
  });

  it("reject after a time without an answer", async () => {
    const t = setUp();
    await t.ready();
    const request = t.client.request("a", {}, { timeoutMs: 1_000 });
    const failure = request.catch((error: RequestError) => error.code);
    await t.clock.pass(1_000);
    expect(await failure).toBe("timeout");
  });

  it("that may be repeated survive a resumed cut; others reject", async () => {
    const t = setUp();
    await t.ready();
    const once = t.client.request("once", {}).catch((error: RequestError) => error.code);
    const again = t.client.request("again", {}, { again: true, timeoutMs: 60_000 });
    t.wire().cuts();
    expect(await once).toBe("disconnected");
    await t.clock.pass(0);
    t.wire().opens();
    t.welcome({ resumed: true, resumeToken: "r2" });
    expect(t.wire().sent.map((f) => f.type)).toEqual(["hello", "again"]);
    t.wire().says({ type: "ack", id: t.wire().last("again")?.id as string, data: { ok: true } });
    expect(await again).toEqual({ ok: true });
  });

  it("of a session that is gone reject, because its state is read anew", async () => {
    const t = setUp();
    await t.ready();
    const again = t.client
      .request("again", {}, { again: true, timeoutMs: 60_000 })
      .catch((error: RequestError) => error.code);
    t.client.send("x", {});
    t.wire().cuts();
    t.client.send("candidate", {});
    await t.clock.pass(0);
    t.wire().opens();
    t.welcome({ sessionId: "s2", epoch: "e2", reason: "epoch" });
    expect(await again).toBe("disconnected");
    expect(t.wire().sent.map((f) => f.type)).toEqual(["hello"]);
  });

  it("have a bound", async () => {
    const t = setUp();
    await t.ready();
    for (let i = 0; i < 256; i++) t.client.request("a", {}).catch(() => {});
    await expect(t.client.request("a", {})).rejects.toMatchObject({ code: "unavailable" });
    t.wire().cuts();
    for (let i = 0; i < 256; i++) expect(t.client.send("c", {})).toBe(true);
    expect(t.client.send("c", {})).toBe(false);
  });
});

describe("events", () => {
  it("are handed up once and acknowledged every 32 or after 5 s", async () => {
    const t = setUp();
    await t.ready();
    const seen: unknown[] = [];
    t.client.on("e", (data) => seen.push(data.n));
    for (let seq = 1; seq <= 31; seq++) t.wire().says({ type: "e", seq, data: { n: seq } });
    expect(t.wire().last("pong")).toBeUndefined();
    t.wire().says({ type: "e", seq: 31, data: { n: 31 } });
    t.wire().says({ type: "e", seq: 32, data: { n: 32 } });
    expect(seen).toHaveLength(32);
    expect(t.wire().last("pong")?.ack).toBe(32);
    t.wire().says({ type: "e", seq: 33, data: { n: 33 } });
    await t.clock.pass(5_000);
    expect(t.wire().last("pong")?.ack).toBe(33);
  });

  it("piggyback the ack on whatever is sent", async () => {
    const t = setUp();
    await t.ready();
    t.wire().says({ type: "e", seq: 1 });
    t.client.send("x", {});
    expect(t.wire().last("x")?.ack).toBe(1);
    await t.clock.pass(6_000);
    expect(t.wire().last("pong")).toBeUndefined();
  });

  it("with a hole before them reconnect for a replay and are not handed up", async () => {
    const t = setUp();
    await t.ready();
    const seen: unknown[] = [];
    t.client.on("e", (data) => seen.push(data.n));
    t.wire().says({ type: "e", seq: 1, data: { n: 1 } });
    t.wire().says({ type: "e", seq: 3, data: { n: 3 } });
    await t.clock.pass(0);
    t.wire().opens();
    expect(t.wire().last("hello")?.data.resume).toEqual({ sessionId: "s1", resumeToken: "r1", lastSeq: 1 });
    t.welcome({ resumed: true, replay: 2, seq: 3 });
    t.wire().says({ type: "e", seq: 2, data: { n: 2 } });
    t.wire().says({ type: "e", seq: 3, data: { n: 3 } });
    expect(seen).toEqual([1, 2, 3]);
  });

  it("that nobody knows are ignored, as are frames that are none", async () => {
    const t = setUp();
    await t.ready();
    t.wire().says({ type: "from-the-future", data: { a: 1 } });
    t.wire().onmessage?.({ data: "nonsense" });
    t.wire().onmessage?.({ data: "[1]" });
    t.wire().onmessage?.({ data: new ArrayBuffer(3) });
    expect(t.client.state.name).toBe("ready");
  });

  it("reach the other listeners when one fails", async () => {
    const t = setUp();
    await t.ready();
    const said = console.error;
    console.error = () => {};
    const seen: number[] = [];
    t.client.on("e", () => {
      throw new Error("broken");
    });
    t.client.on("e", () => seen.push(1));
    t.wire().says({ type: "e", seq: 1 });
    console.error = said;
    expect(seen).toEqual([1]);
  });
});

describe("resume", () => {
  it("rotates the token and keeps the place, even at zero events and many times", async () => {
    const t = setUp();
    await t.ready();
    t.clock.chance = 0;
    for (let n = 1; n <= 50; n++) {
      t.wire().cuts();
      await t.clock.pass(0);
      t.wire().opens();
      expect(t.wire().last("hello")?.data.resume).toEqual({ sessionId: "s1", resumeToken: `r${n}`, lastSeq: 0 });
      t.welcome({ resumed: true, resumeToken: `r${n + 1}` });
      expect(t.client.state.name).toBe("ready");
    }
  });

  it("that failed tells the listener which session is gone", async () => {
    const t = setUp();
    const welcomes: Welcomed[] = [];
    t.client.onWelcome((welcomed) => welcomes.push(welcomed));
    await t.ready();
    t.wire().says({ type: "e", seq: 1 });
    t.wire().cuts();
    await t.clock.pass(0);
    t.wire().opens();
    t.welcome({ sessionId: "s2", resumeToken: "q1", epoch: "e2", reason: "epoch", seq: 0 });
    expect(welcomes.map((w) => [w.resumed, w.lost])).toEqual([
      [false, false],
      [false, true],
    ]);
    t.wire().says({ type: "e", seq: 1 });
    expect(t.client.lastSeq).toBe(1);
  });

  it("ignores what an abandoned socket still says", async () => {
    const t = setUp();
    await t.ready();
    const old = t.wire();
    const { onmessage, onclose } = old;
    old.cuts();
    await t.clock.pass(0);
    t.wire().opens();
    t.welcome({ resumed: true });
    onmessage?.({ data: '{"type":"e","seq":9,"data":{}}' });
    onclose?.({ code: 4509, reason: "" });
    expect(t.client.state.name).toBe("ready");
    expect(t.client.lastSeq).toBe(0);
  });
});

describe("backoff", () => {
  it("tries at once, then with full jitter up to 15 s, and forgives after 30 stable seconds", async () => {
    const t = setUp();
    t.clock.chance = 0.999;
    await t.ready();
    const waits: number[] = [];
    t.client.onState((state) => {
      if (state.name === "waiting") waits.push(Math.round(state.retryInMs));
    });
    for (let i = 0; i < 9; i++) {
      t.wire().cuts();
      await t.clock.pass((waits.at(-1) ?? 0) + 1);
    }
    expect(waits).toEqual([0, 300, 599, 1199, 2398, 4795, 9590, 14985, 14985]);
    t.wire().opens();
    t.welcome({ resumed: true });
    await t.clock.pass(30_000);
    t.wire().cuts();
    expect(waits.at(-1)).toBe(0);
  });

  it("forgives all but one failure after 5 seconds, so that a call is not kept waiting", async () => {
    const t = setUp();
    t.clock.chance = 0.999;
    await t.ready();
    for (let i = 0; i < 8; i++) {
      t.wire().cuts();
      await t.clock.pass(15_000);
    }
    t.wire().opens();
    t.welcome({ resumed: true });
    await t.clock.pass(5_000);
    t.wire().cuts();
    expect(t.client.state).toMatchObject({ name: "waiting", retryInMs: 299.7 });
  });

  it("ends early when the network returns", async () => {
    const t = setUp();
    t.clock.chance = 0.999;
    await t.ready();
    t.wire().cuts();
    await t.clock.pass(0);
    t.wire().cuts();
    expect(t.client.state).toMatchObject({ name: "waiting" });
    const before = t.wires.length;
    t.online();
    await settle();
    expect(t.wires.length).toBe(before + 1);
  });
});

describe("while a call hangs on it", () => {
  const eager = async () => {
    const t = setUp();
    await t.ready();
    (t.client as unknown as { eager: boolean }).eager = true;
    return t;
  };

  it("asks whether the server is there before it opens one socket after the other", async () => {
    let there = false;
    let asked = 0;
    const t = setUp({ reachable: () => (asked++, Promise.resolve(there)) });
    await t.ready();
    (t.client as unknown as { eager: boolean }).eager = true;
    t.wire().cuts();
    for (let i = 0; i < 2; i++) {
      await t.clock.pass(300);
      t.wire().cuts();
    }
    const opened = t.wires.length;
    await t.clock.pass(5_000);
    expect(t.wires).toHaveLength(opened);
    expect(asked).toBeGreaterThan(15);
    there = true;
    await t.clock.pass(300);
    expect(t.wires).toHaveLength(opened + 1);
  });

  it("tries several times a second, long enough for a restart of the server", async () => {
    const t = await eager();
    t.clock.chance = 1;
    t.wire().cuts();
    await t.clock.pass(0);
    for (let tries = 2; tries <= 60; tries++) {
      expect(t.wires).toHaveLength(tries);
      t.wire().cuts();
      await t.clock.pass(300);
    }
  });

  it("is back half a second after a drain, the others later", async () => {
    const t = await eager();
    t.clock.chance = 1;
    t.wire().says({ type: "server-draining", data: { retryAfterMs: 2_000 } });
    t.wire().cuts(1012);
    await t.clock.pass(500);
    expect(t.wires).toHaveLength(2);
  });

  it("doubts a silent line sooner", async () => {
    const t = await eager();
    t.visible();
    await t.clock.pass(1_500);
    expect(t.wires).toHaveLength(2);
  });
});

describe("liveness", () => {
  it("reconnects after 25 + 15 s of silence, and any frame counts", async () => {
    const t = setUp();
    await t.ready();
    await t.clock.pass(39_000);
    t.wire().says({ type: "ping" });
    expect(t.wire().last("pong")).toBeDefined();
    await t.clock.pass(39_999);
    expect(t.wires).toHaveLength(1);
    await t.clock.pass(1);
    expect(t.wires).toHaveLength(2);
  });

  it("probes when the page is seen again, and gives the line 3 s", async () => {
    const t = setUp();
    await t.ready();
    t.visible();
    t.wire().says({ type: "ack", id: t.wire().last("ping")?.id as string });
    await t.clock.pass(3_000);
    expect(t.wires).toHaveLength(1);
    t.visible();
    await t.clock.pass(3_000);
    expect(t.wires).toHaveLength(2);
  });
});

describe("tokens", () => {
  it("are refreshed on the living socket when the server says so", async () => {
    const t = setUp();
    await t.ready();
    t.wire().says({ type: "auth-expiring", data: { expiresAt: 1 } });
    await settle();
    expect(t.tokens).toEqual([false, true]);
    expect(t.wire().last("auth-refresh")?.data).toEqual({ token: "token-2" });
    expect(t.wires).toHaveLength(1);
  });

  it("are refreshed before the reconnect after 4031", async () => {
    const t = setUp();
    await t.ready();
    t.wire().cuts(4031);
    await t.clock.pass(0);
    t.wire().opens();
    expect(t.tokens).toEqual([false, true]);
    expect(t.wire().last("hello")?.data.token).toBe("token-2");
  });

  it("that nobody renews stop the client; a network fault does not", async () => {
    let fault: Error = new Error("network");
    const t = setUp({ token: () => Promise.reject(fault) });
    t.client.start();
    await t.clock.pass(1_000);
    expect(t.client.state.name).not.toBe("stopped");
    fault = new SignedOut();
    await t.clock.pass(15_000);
    expect(t.client.state).toEqual({ name: "stopped", reason: "signed-out" });
  });
});

describe("verdicts", () => {
  const stops: [number, string][] = [
    [4500, "protocol"],
    [4501, "signed-out"],
    [4503, "forbidden"],
    [4509, "replaced"],
    [4510, "too-many-devices"],
    [4511, "revoked"],
    [4599, "forbidden"],
  ];
  it.each(stops)("%i stops with %s", async (code, reason) => {
    const t = setUp();
    await t.ready();
    t.wire().cuts(code);
    expect(t.client.state).toEqual({ name: "stopped", reason });
    await t.clock.pass(120_000);
    expect(t.wires).toHaveLength(1);
  });

  const waits: [number, number][] = [
    [1006, 0],
    [1011, 0],
    [1013, 5_000],
    [4008, 0],
    [4029, 30_000],
    [4030, 0],
  ];
  it.each(waits)("%i reconnects after %i ms", async (code, ms) => {
    const t = setUp();
    await t.ready();
    t.wire().cuts(code);
    if (ms > 0) await t.clock.pass(ms - 1);
    expect(t.wires).toHaveLength(1);
    await t.clock.pass(1);
    expect(t.wires).toHaveLength(2);
  });

  it("1012 waits as long as the drain asked, plus jitter", async () => {
    const t = setUp();
    await t.ready();
    t.wire().says({ type: "server-draining", data: { retryAfterMs: 2_000 } });
    t.wire().cuts(1012);
    expect(t.client.state).toMatchObject({ name: "waiting", retryInMs: 4_500 });
  });

  it("a protocol error is tried once more and no further", async () => {
    const t = setUp();
    await t.ready();
    t.wire().cuts(1007);
    await t.clock.pass(0);
    t.wire().opens();
    t.welcome({ resumed: true });
    t.wire().cuts(1007);
    expect(t.client.state).toEqual({ name: "stopped", reason: "protocol" });
  });
});

it("stop says goodbye, rejects what waits and leaves no timer", async () => {
  const t = setUp();
  await t.ready();
  const request = t.client.request("a", {}).catch((error: RequestError) => error.code);
  t.wire().says({ type: "e", seq: 1 });
  t.client.stop();
  expect(t.wire().last("pong")?.ack).toBe(1);
  expect(t.wire().closedWith).toBe(1000);
  expect(await request).toBe("disconnected");
  expect(t.clock.timers).toBe(0);
});
