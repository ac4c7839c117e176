import { describe, expect, it } from "vitest";
import type { Participant, Peer } from "../generated/protocol";
import { FakeClock, settle } from "../socket/fakes";
import { FakePeerConnection } from "./fakes";
import { Mesh } from "./mesh";
import type { Signal } from "./peer-link";

const peer = (peerId: string, more: Partial<Peer> = {}): Peer => ({
  peerId,
  userId: `user of ${peerId}`,
  userName: peerId.toUpperCase(),
  userRole: "client",
  guest: false,
  moderator: false,
  joinedAt: 0,
  media: { audio: true, video: true, screen: false },
  state: "connected",
  ...more,
});
const participant = (peerId: string, polite = false): Participant => ({ ...peer(peerId), polite });

function setUp() {
  const clock = new FakeClock();
  const sent: { to: string; signal: Signal }[] = [];
  const pcs: FakePeerConnection[] = [];
  const mesh = new Mesh({
    clock,
    config: () => ({}),
    servers: () => Promise.resolve([]),
    send: (to, signal) => (sent.push({ to, signal }), Promise.resolve()),
    onChange: () => {},
    create: (config) => {
      const pc = new FakePeerConnection(config);
      pcs.push(pc);
      return pc as unknown as RTCPeerConnection;
    },
  });
  const offersTo = () => sent.filter(({ signal }) => signal.kind === "offer").map(({ to }) => to);
  const ids = () => mesh.remotes.map((remote) => remote.peerId);
  /** The other side answers our first offer, and ICE connects. */
  const connects = async (peerId: string, pc: FakePeerConnection | undefined) => {
    await settle();
    const offer = sent.find(({ to, signal }) => to === peerId && signal.kind === "offer")?.signal;
    if (offer?.kind !== "offer") throw new Error("no offer");
    const { negotiationId } = offer;
    await mesh.received(peerId, { kind: "answer", negotiationId, description: { type: "answer", sdp: "x" } });
    pc?.ice("connected");
  };
  return { clock, mesh, sent, pcs, offersTo, ids, connects };
}

describe("who enters", () => {
  it("offers to everybody who is there, and to nobody who comes later", async () => {
    const t = setUp();
    t.mesh.entered("me", [participant("a"), participant("b", true)], 30_000);
    t.mesh.joined(peer("c"), true);
    await settle();
    expect(t.offersTo()).toEqual(["a", "b"]);
    expect(t.ids()).toEqual(["a", "b", "c"]);
  });

  it("twice has still one connection to each", async () => {
    const t = setUp();
    t.mesh.entered("me", [participant("a")], 30_000);
    t.mesh.entered("me", [participant("a")], 30_000);
    t.mesh.joined(peer("a"), false);
    await settle();
    expect(t.pcs).toHaveLength(1);
  });
});

describe("a server that restarted", () => {
  it("gives the old id back: connections stay, without an offer", async () => {
    const t = setUp();
    t.mesh.entered("me", [participant("a")], 30_000);
    await t.connects("a", t.pcs[0]);
    const before = t.sent.length;
    t.mesh.entered("me", [], 30_000); // we are the first one back
    expect(t.mesh.remotes[0]).toMatchObject({ peerId: "a", away: true });
    await t.clock.pass(5_000);
    t.mesh.joined(peer("a"), false);
    await t.clock.pass(60_000);
    expect(t.mesh.remotes[0]).toMatchObject({ peerId: "a", away: false, link: "connected" });
    expect(t.sent).toHaveLength(before);
    expect(t.pcs).toHaveLength(1);
  });

  it("forgets who does not come back in time", async () => {
    const t = setUp();
    t.mesh.entered("me", [participant("a")], 30_000);
    t.mesh.entered("me", [], 30_000);
    await t.clock.pass(29_999);
    expect(t.ids()).toEqual(["a"]);
    await t.clock.pass(1);
    expect(t.ids()).toEqual([]);
    expect(t.pcs[0]?.signalingState).toBe("closed");
  });

  it("that gives another id makes everything new", async () => {
    const t = setUp();
    t.mesh.entered("me", [participant("a")], 30_000);
    t.mesh.entered("me again", [participant("a")], 30_000);
    await settle();
    expect(t.pcs).toHaveLength(2);
    expect(t.pcs[0]?.signalingState).toBe("closed");
    expect(t.offersTo()).toContain("a");
  });
});

describe("a peer", () => {
  it("that lost its socket keeps its media; back again, only a broken connection is restarted", async () => {
    const t = setUp();
    t.mesh.entered("me", [participant("a")], 30_000);
    await t.connects("a", t.pcs[0]);
    t.mesh.away("a", true);
    expect(t.mesh.remotes[0]?.away).toBe(true);
    t.mesh.away("a", false);
    await t.clock.pass(1_000);
    expect(t.pcs[0]?.restarts).toBe(0);
  });

  it("that left is forgotten and its signals go nowhere", async () => {
    const t = setUp();
    t.mesh.joined(peer("a"), true);
    t.mesh.left("a");
    await t.mesh.received("a", { kind: "candidate", negotiationId: "n", candidate: null });
    await t.mesh.received("stranger", { kind: "candidate", negotiationId: "n", candidate: null });
    expect(t.ids()).toEqual([]);
    expect(t.clock.timers).toBe(0);
  });

  it("gets the tracks that were there before it came", async () => {
    const t = setUp();
    const camera = { kind: "video", id: "camera" } as MediaStreamTrack;
    await t.mesh.setTrack("video", camera);
    t.mesh.entered("me", [participant("a")], 30_000);
    expect(t.pcs[0]?.getTransceivers()[1]?.sender.track).toBe(camera);
    await t.mesh.setTrack("video", null);
    expect(t.pcs[0]?.getTransceivers()[1]?.sender.track).toBeNull();
  });
});
