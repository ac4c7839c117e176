import { describe, expect, it } from "vitest";
import { SocketClient } from "../socket/client";
import { FakeClock, FakeWire, settle } from "../socket/fakes";
import type { Peer } from "../generated/protocol";
import { Gathering, REACTION_MS } from "./gathering";

const ROOM = "room-1";
const peer = (peerId: string, more: Partial<Peer> = {}): Peer => ({
  peerId,
  userId: `u-${peerId}`,
  userName: peerId.toUpperCase(),
  userRole: "client",
  guest: true,
  moderator: false,
  joinedAt: 0,
  media: { audio: true, video: true, screen: false },
  state: "connected",
  ...more,
});

async function setUp() {
  const clock = new FakeClock();
  const wire = new FakeWire();
  const socket = new SocketClient({
    url: "ws://x/ws",
    device: { id: "d", kind: "web" },
    token: () => Promise.resolve("t"),
    clock,
    open: () => wire,
  });
  const it = new Gathering(ROOM, socket, clock);
  socket.start();
  await settle();
  wire.opens();
  await settle();
  const welcome = { sessionId: "s", resumeToken: "r", epoch: "e", resumed: false, seq: 0, serverTime: 0 };
  wire.says({ type: "welcome", data: { ...welcome, features: [], userName: "Me" } });
  await settle();
  let seq = 0;
  const says = (type: string, data: Record<string, unknown>) => {
    const reliable = type !== "reaction" && type !== "peer-quality";
    wire.says({ type, ...(reliable ? { seq: ++seq } : {}), data: { roomId: ROOM, ...data } });
  };
  const room = (more: object = {}) => says("existing-participants", { selfPeerId: "me", participants: [], ...more });
  return { clock, wire, it, room, says };
}

describe("Gathering", () => {
  it("keeps the queue of hands in the order in which they went up", async () => {
    const { it, says, room } = await setUp();
    room({ participants: [{ ...peer("a", { handRaisedAt: 20 }), polite: true }], handRaisedAt: 30 });
    says("hand", { peerId: "b", raisedAt: 10 });
    says("hand", { roomId: "another", peerId: "x", raisedAt: 1 });
    expect(it.queue.value).toEqual(["b", "a", "me"]);
    expect(it.handUp.value).toBe(true);
    says("hand", { peerId: "me" });
    says("user-left", { peerId: "b", userId: "u", reason: "left" });
    expect(it.queue.value).toEqual(["a"]);
    expect(it.handUp.value).toBe(false);
  });

  it("knows who is asked, who records, and why it is over", async () => {
    const { it, says, room } = await setUp();
    room();
    const recording = (state: string, missing: string[], by = "a") =>
      says("recording", { recording: { by, state, missing } });
    recording("asking", ["me"]);
    expect([it.asked.value, it.records.value]).toEqual([true, false]);
    recording("running", [], "me");
    expect([it.asked.value, it.records.value]).toEqual([false, true]);
    says("recording", { over: "withdrawn", overBy: "a" });
    expect(it.recording.value).toBeUndefined();
    expect(it.over.value).toMatchObject({ why: "withdrawn", by: "a" });
  });

  it("forgets, after a rejoin, what the room no longer says", async () => {
    const { it, says, room } = await setUp();
    room({ locked: true, participants: [{ ...peer("a", { quality: 2 }), polite: true }] });
    says("recording", { recording: { by: "a", state: "asking", missing: [] } });
    expect([it.locked.value, it.levels.value.get("a")]).toEqual([true, 2]);
    room();
    expect([it.locked.value, it.levels.value.size, it.recording.value]).toEqual([false, 0, undefined]);
  });

  it("shows reactions for a while, its own at once, and never too many", async () => {
    const { it, says, room, clock } = await setUp();
    room();
    it.react("clap");
    says("reaction", { peerId: "a", reaction: "heart" });
    expect(it.reactions.value.map((shown) => [shown.peerId, shown.reaction])).toEqual([
      ["me", "clap"],
      ["a", "heart"],
    ]);
    for (let n = 0; n < 100; n++) says("reaction", { peerId: "a", reaction: "party" });
    expect(it.reactions.value.length).toBeLessThan(30);
    await clock.pass(REACTION_MS);
    expect(it.reactions.value).toEqual([]);
  });

  it("sends words only when there are some", async () => {
    const { it, wire, room } = await setUp();
    room();
    void it.remove("a", "  ", false).catch(() => {});
    void it.remove("b", " Sorry ", true).catch(() => {});
    const sent = wire.sent.filter((frame) => frame.type === "remove-participant").map((frame) => frame.data);
    expect(sent).toEqual([
      { roomId: ROOM, peerId: "a" },
      { roomId: ROOM, peerId: "b", ban: true, message: "Sorry" },
    ]);
  });
});
