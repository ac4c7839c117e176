import { describe, expect, it } from "vitest";
import type { LinkStats } from "../rtc/stats";
import { diagnostics } from "./diagnostics";
import { Quality } from "./quality";

const zero: LinkStats = {
  localType: "host", remoteType: "srflx", relayProtocol: undefined, relayed: false, transport: "udp", rttMs: 20,
  bytesSent: 0, bytesReceived: 0, packetsLost: 0, packetsReceived: 0, jitterMs: 3, framesDecoded: 0, framesSent: 0,
  freezes: 0, frameWidth: 640, frameHeight: 360, framesPerSecond: 24, audioEnergy: 1, packetsSent: 0,
  packetsLostThere: 0, sentWidth: 1280, sentHeight: 720, sentPerSecond: 24, limitedBy: "none", availableKbps: 2_000,
  codecs: { sentVideo: "VP8", receivedVideo: "VP8", sentAudio: "opus", receivedAudio: "opus" },
  cipher: "TLS_AES_128_GCM_SHA256", localAddress: "192.168.7.9:50000", remoteAddress: "[2001:db8::7]:50001",
};
const bounds = { relayLevel: "full", lessData: false, audioOnly: false } as const;

/** One peer whose counters grow by `each` with every reading. */
function setUp() {
  const quality = new Quality();
  let stats = zero;
  let now = 0;
  const read = (each: Partial<LinkStats> = {}, more: Partial<Parameters<Quality["read"]>[1]> = {}) => {
    now += 2_000;
    const grown = { ...stats, bytesSent: stats.bytesSent + 100_000, bytesReceived: stats.bytesReceived + 200_000 };
    grown.packetsReceived += 200;
    grown.packetsSent += 200;
    grown.framesDecoded += 48;
    for (const [key, value] of Object.entries(each)) {
      const counts = ["packetsLost", "packetsLostThere", "freezes", "framesDecoded"].includes(key);
      Object.assign(grown, { [key]: counts ? Number(stats[key as keyof LinkStats]) + Number(value) : value });
    }
    stats = grown;
    quality.read([{ peerId: "a", stats, showing: true }], { ...bounds, ...more }, "good", now);
    return quality.peers.value.get("a");
  };
  const gone = () => {
    now += 2_000;
    quality.read([{ peerId: "a", stats: undefined, showing: true }], bounds, "good", now);
  };
  return { quality, read, gone, now: () => now };
}

describe("the quality of a call", () => {
  it("shows bars for each and for ourselves, and whose line is weak", () => {
    const t = setUp();
    expect(t.read()).toMatchObject({ bars: 4, in: 4, out: 4 });
    expect(t.quality.own.value).toBe(4);
    t.read({ packetsLostThere: 20 });
    expect(t.quality.own.value).toBe(2);
    expect(t.quality.weak.value).toEqual({ whose: "mine" });
  });

  it("believes a peer about its own line", () => {
    const t = setUp();
    t.quality.said("a", 2);
    expect(t.read()).toMatchObject({ bars: 2, in: 4, theirs: 2 });
    expect(t.quality.weak.value).toEqual({ whose: "theirs", peerId: "a" });
    t.quality.said("a", 77);
    expect(t.read()).toMatchObject({ theirs: 2 });
  });

  it("counts every byte once, also those before the first reading and around a restart", () => {
    const t = setUp();
    t.read();
    t.gone();
    t.quality.restarted("a", t.now());
    t.read();
    t.read();
    t.read();
    expect(t.quality.bytes.value).toBe(4 * 300_000);
  });

  it("does not judge a line by what was lost while it was gone", () => {
    const t = setUp();
    t.read();
    t.gone();
    t.quality.restarted("a", t.now());
    t.read({ packetsLostThere: 150, freezes: 1 });
    t.read({ packetsLostThere: 50 });
    expect(t.read()).toMatchObject({ bars: 4, in: 4, out: 4 });
  });

  it("says when a picture stands although the camera is on", () => {
    const t = setUp();
    t.read();
    expect(t.read({ framesDecoded: 0 })?.still).toBe(false);
    expect(t.read({ framesDecoded: 0 })?.still).toBe(true);
    expect(t.read()?.still).toBe(false);
  });

  it("has a rung for each peer, bounded by what the relay's month and the person allow", () => {
    const t = setUp();
    t.read();
    expect(t.quality.rung("a").name).toBe("720p");
    t.read({ relayed: true }, { relayLevel: "saver" });
    expect(t.quality.rung("a").name).toBe("360p");
    t.read({ relayed: true }, { lessData: true });
    expect(t.quality.rung("a").name).toBe("180p");
  });

  it("reports what happened since the last report, and nothing twice", () => {
    const t = setUp();
    t.read({ rttMs: 10 });
    t.read({ rttMs: 900, freezes: 2, transport: "tls", relayed: true });
    t.read({ rttMs: 20 });
    expect(t.quality.report()).toMatchObject({
      rttMs: 20, freezes: 2, relay: true, transport: "tls", bytesSent: 300_000, bytesReceived: 600_000, level: 3,
    });
    expect(t.quality.report()).toBeUndefined();
  });
});

describe("diagnostics", () => {
  const whole = {
    peers: [{ stats: zero, quality: undefined, restarts: 2 }],
    status: "connected", ownLevel: 4, bytes: 9_400_000, lessData: false, audioOnly: false, browser: "Test/1",
    at: new Date(0),
  };
  const addresses = /\d+\.\d+\.\d+\.\d+|2001:db8/;
  it("name no address unless they are wished for", () => {
    expect(diagnostics(whole, { addresses: false })).not.toMatch(addresses);
    expect(diagnostics(whole, { addresses: true })).toContain("192.168.7.9:50000 to [2001:db8::7]:50001");
  });
  it("name the pair, the codecs and what was restarted", () =>
    expect(diagnostics(whole, { addresses: false })).toMatch(
      /pair: host \(udp\) to srflx; direct[^]*restarts: 2[^]*sent: 1280x720@24 VP8 opus/,
    ));
});
