import { expect, it } from "vitest";
import { connectionConfig } from "./config";
import { lossPercent, summarise } from "./stats";

const report = (entries: Record<string, unknown>[]) =>
  entries.map((entry): [string, unknown] => [String(entry["id"]), entry]);

it("sums up a relayed call", () => {
  const stats = summarise(
    report([
      { id: "t", type: "transport", selectedCandidatePairId: "p" },
      {
        id: "p",
        type: "candidate-pair",
        localCandidateId: "l",
        remoteCandidateId: "r",
        currentRoundTripTime: 0.0421,
        bytesSent: 7,
        bytesReceived: 9,
      },
      { id: "l", type: "local-candidate", candidateType: "relay", relayProtocol: "tcp" },
      { id: "r", type: "remote-candidate", candidateType: "relay" },
      {
        id: "a",
        type: "inbound-rtp",
        kind: "audio",
        packetsReceived: 90,
        packetsLost: 10,
        jitter: 0.01,
        totalAudioEnergy: 0.5,
      },
      {
        id: "v",
        type: "inbound-rtp",
        kind: "video",
        packetsReceived: 100,
        packetsLost: 0,
        framesDecoded: 75,
        frameWidth: 640,
        frameHeight: 480,
      },
      { id: "o", type: "outbound-rtp", kind: "video", framesSent: 80 },
    ]),
  );
  expect(stats).toMatchObject({
    relayed: true,
    relayProtocol: "tcp",
    rttMs: 42,
    framesDecoded: 75,
    framesSent: 80,
    audioEnergy: 0.5,
    packetsLost: 10,
  });
  expect(stats && lossPercent(stats)).toBe(5);
});

it("knows nothing before a pair is selected, and understands Firefox", () => {
  expect(summarise(report([{ id: "p", type: "candidate-pair", state: "in-progress" }]))).toBeUndefined();
  expect(summarise(report([{ id: "p", type: "candidate-pair", selected: true }]))).toMatchObject({ relayed: false });
});

it("makes the configuration of R097, and relay-only when asked", () => {
  const servers = [{ urls: ["stun:x"] }, { urls: ["turn:x"], username: "u", credential: "c" }];
  expect(connectionConfig(servers, "all")).toEqual({
    iceServers: [{ urls: ["stun:x"] }, { urls: ["turn:x"], username: "u", credential: "c" }],
    iceTransportPolicy: "all",
    bundlePolicy: "max-bundle",
    rtcpMuxPolicy: "require",
    iceCandidatePoolSize: 10,
  });
  expect(connectionConfig(servers, "all", true).iceTransportPolicy).toBe("relay");
  expect(connectionConfig(servers, "relay").iceTransportPolicy).toBe("relay");
});
