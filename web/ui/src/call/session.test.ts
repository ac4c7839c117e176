import { signal } from "@preact/signals";
import { describe, expect, it } from "vitest";
import type { LocalMedia, Source } from "../devices/local-media";
import type { Peer } from "../generated/protocol";
import { FakePeerConnection } from "../rtc/fakes";
import { SocketClient } from "../socket/client";
import { FakeClock, FakeWire, settle } from "../socket/fakes";
import { CallSession } from "./session";

const ROOM = "room-1";
const peer = (peerId: string): Peer => ({
  peerId,
  userId: `u-${peerId}`,
  userName: peerId.toUpperCase(),
  userRole: "client",
  guest: true,
  moderator: false,
  joinedAt: 0,
  media: { audio: true, video: true, screen: false },
  state: "connected",
});

function fakeMedia() {
  const source = (state: Source["state"]): Source => ({ state, fault: undefined, track: null });
  const media = {
    microphone: signal(source("on")),
    camera: signal(source("on")),
    screen: signal<MediaStreamTrack | null>(null),
    audioTrack: signal<MediaStreamTrack | null>(null),
    videoTrack: signal<MediaStreamTrack | null>(null),
    away: signal(false),
    microphoneOn: true,
    cameraOn: true,
    closed: false,
    setMicrophone: async (on: boolean) => void (media.microphone.value = source(on ? "on" : "off")),
    setCamera: async (on: boolean) => void (media.camera.value = source(on ? "on" : "off")),
    share: async () => {
      media.screen.value = {} as MediaStreamTrack;
      return true;
    },
    stopSharing: () => void (media.screen.value = null),
    close: () => void (media.closed = true),
  };
  return media;
}

async function setUp() {
  const clock = new FakeClock();
  const wires: FakeWire[] = [];
  const pcs: FakePeerConnection[] = [];
  const media = fakeMedia();
  const socket = new SocketClient({
    url: "ws://x/ws",
    device: { id: "d", kind: "web" },
    token: () => Promise.resolve("t"),
    clock,
    open: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
  });
  const call = new CallSession({
    roomId: ROOM,
    socket,
    media: media as unknown as LocalMedia,
    relayOnly: false,
    clock,
    wallClock: () => 1_000_000 + clock.now(),
    createConnection: (config) => {
      const pc = new FakePeerConnection(config);
      pcs.push(pc);
      return pc as unknown as RTCPeerConnection;
    },
  });
  const wire = () => wires[wires.length - 1] as FakeWire;
  let seq = 0;
  const says = (type: string, data: Record<string, unknown>) =>
    wire().says({ type, seq: ++seq, data: { roomId: ROOM, ...data } });
  const opens = async (data: Record<string, unknown>) => {
    await clock.pass(0);
    wire().opens();
    if (data["resumed"] !== true) seq = 0;
    wire().says({
      type: "welcome",
      data: {
        sessionId: "s",
        resumeToken: "r",
        epoch: "e",
        resumed: false,
        seq,
        serverTime: 5_000_000,
        features: [],
        ...data,
      },
    });
    await settle();
  };
  const answers = async (type: string, data: Record<string, unknown>, kind: "ack" | "error" = "ack") => {
    wire().says({ type: kind, id: wire().last(type)?.id as string, data });
    await settle();
  };
  const joined = {
    peerId: "me",
    status: "joined",
    moderator: false,
    iceServers: [],
    iceTtlMs: 1,
    policy: "all",
    rejoinGraceMs: 30_000,
  };
  call.start();
  await opens({});
  return {
    clock,
    wires,
    wire,
    pcs,
    media,
    call,
    says,
    opens,
    answers,
    joined,
    cut: (code?: number) => wire().cuts(code),
  };
}

/** In a call with A, connected. */
async function inCall() {
  const t = await setUp();
  await t.answers("join-room", t.joined);
  t.says("existing-participants", { selfPeerId: "me", participants: [{ ...peer("a"), polite: false }] });
  await settle();
  const offer = t.wire().last("offer")?.data as { negotiationId: string };
  await t.answers("offer", { queued: false });
  t.says("answer", { from: "a", negotiationId: offer.negotiationId, answer: { type: "answer", sdp: "x" } });
  await settle();
  t.pcs[0]?.ice("connected");
  t.says("call-started", { callId: "c", startedAt: 5_000_000 });
  return t;
}

describe("entering", () => {
  it("joins, offers to who is there, and says when it is connected", async () => {
    const t = await inCall();
    expect(t.call.phase.value.name).toBe("in");
    expect(t.call.status.value).toBe("connected");
    expect(t.wire().last("call-media")?.data).toMatchObject({ state: "connected" });
    await t.clock.pass(65_000);
    expect(t.call.elapsedMs()).toBe(65_000);
  });

  it("knows what the relay's month asks for, when coming and when it changes", async () => {
    const t = await setUp();
    await t.answers("join-room", { ...t.joined, relayLevel: "saver" });
    expect(t.call.relayLevel.value).toBe("saver");
    t.says("relay-budget", { level: "audio" });
    expect(t.call.relayLevel.value).toBe("audio");
    t.says("relay-budget", { roomId: "elsewhere", level: "full" });
    expect(t.call.relayLevel.value).toBe("audio");
  });

  it("waits for the others in words", async () => {
    const t = await setUp();
    expect(t.call.status.value).toBe("connecting");
    await t.answers("join-room", t.joined);
    t.says("existing-participants", { selfPeerId: "me", participants: [] });
    expect(t.call.status.value).toBe("waiting");
  });

  it("through the lobby: waits, is told about the host, and is let in", async () => {
    const t = await setUp();
    await t.answers("join-room", { ...t.joined, status: "waiting" });
    t.says("waiting", { position: 2, hostPresent: false });
    t.says("waiting", { position: 1, hostPresent: true });
    expect(t.call.phase.value).toMatchObject({ name: "waiting", position: 1, hostPresent: true });
    t.says("admitted", { peerId: "me", iceServers: [], iceTtlMs: 1, policy: "all" });
    t.says("existing-participants", { selfPeerId: "me", participants: [] });
    expect(t.call.phase.value.name).toBe("in");
  });

  it("denied, hears the host's words and may ask again", async () => {
    const t = await setUp();
    await t.answers("join-room", { ...t.joined, status: "waiting" });
    t.says("denied", { peerId: "me", reason: "denied", message: "Ten minutes" });
    expect(t.call.phase.value).toEqual({ name: "denied", message: "Ten minutes" });
    t.call.knockAgain();
    await settle();
    expect(t.wire().sent.filter((frame) => frame.type === "join-room")).toHaveLength(2);
  });

  it("too early says when", async () => {
    const t = await setUp();
    await t.answers("join-room", { code: "too_early", message: "", retryable: false, opensAt: 77 }, "error");
    expect(t.call.phase.value).toEqual({ name: "refused", code: "too_early", opensAt: 77 });
  });

  it("asks again when the server is overloaded", async () => {
    const t = await setUp();
    await t.answers("join-room", { code: "unavailable", message: "", retryable: true, retryAfterMs: 3_000 }, "error");
    expect(t.call.phase.value.name).toBe("connecting");
    await t.clock.pass(3_000);
    expect(t.wire().sent.filter((frame) => frame.type === "join-room")).toHaveLength(2);
  });
});

describe("a cut socket", () => {
  it("resumes without a new offer and without touching the media", async () => {
    const t = await inCall();
    t.cut();
    expect(t.call.status.value).toBe("server");
    await t.clock.pass(9_000);
    await t.opens({ resumed: true, resumeToken: "r2" });
    expect(t.call.status.value).toBe("connected");
    expect(t.wire().sent.map((frame) => frame.type)).toEqual(["hello"]);
    expect(t.pcs).toHaveLength(1);
    expect(t.pcs[0]?.restarts).toBe(0);
  });

  it("by a restart of the server rejoins under the old id; the media goes on", async () => {
    const t = await inCall();
    t.cut();
    await t.opens({ sessionId: "s2", epoch: "e2", reason: "epoch" });
    expect(t.wire().last("join-room")?.data).toMatchObject({ roomId: ROOM, peerId: "me" });
    await t.answers("join-room", t.joined);
    t.says("existing-participants", { selfPeerId: "me", callStartedAt: 5_000_000, participants: [] });
    await t.clock.pass(2_000);
    t.says("user-joined", { peer: peer("a"), polite: true });
    await t.clock.pass(60_000);
    expect(t.pcs).toHaveLength(1);
    expect(t.pcs[0]?.restarts).toBe(0);
    expect(t.wires.at(-1)?.sent.some((frame) => frame.type === "offer")).toBe(false);
    expect(t.call.remotes.value).toMatchObject([{ peerId: "a", link: "connected", away: false }]);
  });

  it("restarts ICE afterwards only when the media is broken too", async () => {
    const t = await inCall();
    await t.clock.pass(10_000);
    t.pcs[0]?.ice("disconnected");
    t.cut();
    await t.clock.pass(1_000);
    await t.opens({ resumed: true, resumeToken: "r2" });
    await t.answers("ice-servers", { iceServers: [{ urls: ["turn:fresh"] }], policy: "all", ttlMs: 1 });
    expect(t.pcs[0]?.restarts).toBe(1);
    expect(t.pcs[0]?.configuration.iceServers).toEqual([{ urls: ["turn:fresh"] }]);
  });

  it("that cost the seat knocks again by itself", async () => {
    const t = await inCall();
    t.cut();
    await t.opens({ resumed: true, resumeToken: "r2" });
    t.says("removed", { reason: "timeout" });
    await t.clock.pass(0);
    expect(t.call.phase.value.name).not.toBe("ended");
    expect(t.wire().last("join-room")?.data).toMatchObject({ roomId: ROOM });
    await t.answers("join-room", t.joined);
    expect(t.call.phase.value.name).toBe("in");
  });

  it("for good has an end with words", async () => {
    const t = await inCall();
    t.cut(4509);
    expect(t.call.phase.value).toMatchObject({ name: "ended", why: "replaced" });
    expect(t.media.closed).toBe(true);
    expect(t.pcs[0]?.signalingState).toBe("closed");
  });
});

describe("the quality of the line", () => {
  /** A connection that counts `kbps` each way and loses `lostPct` of what it receives. */
  const measure = (t: Awaited<ReturnType<typeof inCall>>, line: { lostPct: number; relayed: boolean }) => {
    const pc = t.pcs[0] as FakePeerConnection;
    pc.getStats = () => {
      const seconds = t.clock.now() / 1_000;
      const entries: Record<string, unknown>[] = [
        { id: "T", type: "transport", selectedCandidatePairId: "P", bytesSent: seconds * 1e5, bytesReceived: seconds * 1e5 },
        { id: "P", type: "candidate-pair", localCandidateId: "L", remoteCandidateId: "R", currentRoundTripTime: 0.03 },
        { id: "L", candidateType: line.relayed ? "relay" : "host", relayProtocol: "udp", protocol: "udp" },
        { id: "R", candidateType: "host" },
        { id: "A", type: "inbound-rtp", kind: "audio", packetsReceived: seconds * 50, packetsLost: seconds * line.lostPct / 2 },
        { id: "V", type: "inbound-rtp", kind: "video", packetsReceived: 0, packetsLost: 0, framesDecoded: seconds * 24 },
      ];
      return Promise.resolve(new Map(entries.map((entry) => [entry["id"] as string, entry])));
    };
  };

  it("is told to the server, with our own bars, and once more when we leave", async () => {
    const t = await inCall();
    measure(t, { lostPct: 0, relayed: false });
    await t.clock.pass(4_000);
    expect(t.wire().last("call-stats")?.data).toMatchObject({ level: 4, relay: false, transport: "udp", rttMs: 30 });
    const told = () => t.wire().sent.filter((frame) => frame.type === "call-stats").length;
    const before = told();
    await t.clock.pass(6_000);
    expect(told()).toBe(before);
    void t.call.leave();
    expect(told()).toBe(before + 1);
    expect(t.call.quality.bytes.value).toBe(2_000_000);
  });

  it("may be spared: voices only, both ways", async () => {
    const t = await inCall();
    measure(t, { lostPct: 0, relayed: false });
    await t.clock.pass(4_000);
    t.call.setAudioOnly(true);
    await settle();
    expect(t.call.remotes.value[0]?.media).toMatchObject({ audio: true, video: false });
    expect(t.pcs[0]?.getTransceivers()[1]?.direction).toBe("sendonly");
    expect(t.media.camera.value.state).toBe("off");
    await t.clock.pass(2_000);
    expect(t.call.quality.rung("a").name).toBe("audio");
    t.call.setAudioOnly(false);
    expect(t.call.remotes.value[0]?.media.video).toBe(true);
  });

  it("that the others have is heard from them", async () => {
    const t = await inCall();
    measure(t, { lostPct: 0, relayed: false });
    t.says("peer-quality", { peerId: "a", level: 1 });
    await t.clock.pass(4_000);
    expect(t.call.quality.weak.value).toEqual({ whose: "theirs", peerId: "a" });
  });

  it("renews what went through the relay when the server began anew, and only that", async () => {
    for (const relayed of [true, false]) {
      const t = await inCall();
      measure(t, { lostPct: 0, relayed });
      await t.clock.pass(4_000);
      t.cut();
      await t.opens({ sessionId: "s2", epoch: "e2", reason: "epoch" });
      await t.answers("join-room", t.joined);
      t.says("existing-participants", { selfPeerId: "me", participants: [{ ...peer("a"), polite: false }] });
      await settle();
      await t.answers("ice-servers", { iceServers: [{ urls: ["turn:new"] }], policy: "all", ttlMs: 1 }).catch(() => {});
      await settle();
      expect(t.pcs[0]?.restarts).toBe(relayed ? 1 : 0);
      expect(t.call.status.value).toBe("connected");
    }
  });
});

describe("the others", () => {
  it("who left leave a question, who came back take it away", async () => {
    const t = await inCall();
    t.says("user-left", { peerId: "a", userId: "u-a", reason: "left" });
    expect(t.call.partner.value).toBe("A");
    expect(t.call.status.value).toBe("waiting");
    t.says("user-joined", { peer: peer("a2"), polite: true });
    expect(t.call.partner.value).toBeUndefined();
  });

  it("at the door take the question away, too", async () => {
    const t = await inCall();
    t.says("user-left", { peerId: "a", userId: "u-a", reason: "left" });
    t.says("waiting-room", { waiting: [peer("x")] });
    expect(t.call.partner.value).toBeUndefined();
  });

  it("that lost their socket are named, their media stays", async () => {
    const t = await inCall();
    t.says("user-reconnecting", { peerId: "a" });
    expect(t.call.status.value).toBe("away");
    t.says("user-resumed", { peerId: "a" });
    expect(t.call.status.value).toBe("connected");
  });

  it("who knock are told of once each", async () => {
    const t = await inCall();
    t.says("waiting-room", { waiting: [peer("x")] });
    expect(t.call.news.value).toMatchObject({ kind: "knocks", name: "X" });
    t.says("waiting-room", { waiting: [peer("x"), peer("y")] });
    expect(t.call.news.value).toMatchObject({ kind: "knocks", name: "Y" });
    t.says("waiting-room", { waiting: [] });
    expect(t.call.waiting.value).toEqual([]);
  });

  it("of another room are none of our business", async () => {
    const t = await inCall();
    t.says("user-left", { roomId: "room-2", peerId: "a", userId: "u", reason: "left" });
    t.says("room-ended", { roomId: "room-2", reason: "host" });
    expect(t.call.remotes.value).toHaveLength(1);
    expect(t.call.phase.value.name).toBe("in");
  });
});

describe("our media", () => {
  it("is told to the room when it changes, once", async () => {
    const t = await inCall();
    await t.media.setMicrophone(false);
    await settle();
    expect(t.wire().last("media-state")?.data).toEqual({ roomId: ROOM, audio: false, video: true });
  });

  it("is switched off when the host asks", async () => {
    const t = await inCall();
    t.says("mute-requested", { by: "a", kind: "audio" });
    await settle();
    expect(t.media.microphone.value.state).toBe("off");
  });

  it("as a screen gives way when somebody else is sharing", async () => {
    const t = await inCall();
    const sharing = t.call.share();
    await settle();
    await t.answers("screen-share", { code: "conflict", message: "", retryable: false }, "error");
    expect(await sharing).toBe("taken");
    expect(t.media.screen.value).toBeNull();
  });

  it("as a screen is taken back when the browser's own button stops it", async () => {
    const t = await inCall();
    const sharing = t.call.share();
    await settle();
    await t.answers("screen-share", {});
    expect(await sharing).toBe("shared");
    t.media.stopSharing();
    expect(t.wire().last("screen-share")?.data).toEqual({ roomId: ROOM, active: false });
  });
});

describe("the end", () => {
  it("for all carries the duration and lets everything go", async () => {
    const t = await inCall();
    t.says("room-ended", { reason: "host", durationMs: 2_700_000 });
    expect(t.call.phase.value).toEqual({ name: "ended", why: "host", durationMs: 2_700_000 });
    expect(t.media.closed).toBe(true);
    expect(t.clock.timers).toBe(0);
  });

  it("by leaving says goodbye first", async () => {
    const t = await inCall();
    const leaving = t.call.leave();
    await settle();
    expect(t.wire().last("leave-room")?.data).toEqual({ roomId: ROOM });
    await t.answers("leave-room", {});
    await leaving;
    expect(t.call.phase.value).toMatchObject({ name: "ended", why: "left" });
    expect(t.wire().closedWith).toBe(1000);
  });
});
