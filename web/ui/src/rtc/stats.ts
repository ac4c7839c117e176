/** What getStats() says, in a few numbers that a person or a test can read. */
export interface LinkStats {
  /** `host`, `srflx`, `prflx` or `relay` on each side of the selected pair. */
  localType: string;
  remoteType: string;
  /** How our side reaches the relay: `udp`, `tcp` or `tls`; undefined when there is none. */
  relayProtocol: string | undefined;
  relayed: boolean;
  rttMs: number;
  bytesSent: number;
  bytesReceived: number;
  packetsLost: number;
  packetsReceived: number;
  jitterMs: number;
  framesDecoded: number;
  framesSent: number;
  frameWidth: number;
  frameHeight: number;
  /** Grows while something is heard. */
  audioEnergy: number;
}

type Entry = Record<string, unknown> & { id: string; type: string };

/** The summary of one report; undefined before a pair is selected. */
export function summarise(report: Iterable<[string, unknown]>): LinkStats | undefined {
  const all = new Map<string, Entry>();
  for (const [id, entry] of report) all.set(id, entry as Entry);
  const pair = selectedPair(all);
  if (pair === undefined) return undefined;
  const local = all.get(String(pair.localCandidateId));
  const remote = all.get(String(pair.remoteCandidateId));
  const stats: LinkStats = {
    localType: String(local?.candidateType ?? ""),
    remoteType: String(remote?.candidateType ?? ""),
    relayProtocol: typeof local?.relayProtocol === "string" ? local.relayProtocol : undefined,
    relayed: local?.candidateType === "relay" || remote?.candidateType === "relay",
    rttMs: Math.round(number(pair.currentRoundTripTime) * 1000),
    bytesSent: number(pair.bytesSent),
    bytesReceived: number(pair.bytesReceived),
    packetsLost: 0,
    packetsReceived: 0,
    jitterMs: 0,
    framesDecoded: 0,
    framesSent: 0,
    frameWidth: 0,
    frameHeight: 0,
    audioEnergy: 0,
  };
  for (const entry of all.values()) {
    if (entry.type === "inbound-rtp") {
      stats.packetsLost += number(entry.packetsLost);
      stats.packetsReceived += number(entry.packetsReceived);
      stats.jitterMs = Math.max(stats.jitterMs, Math.round(number(entry.jitter) * 1000));
      if (entry.kind === "audio") stats.audioEnergy += number(entry.totalAudioEnergy);
      if (entry.kind === "video") {
        stats.framesDecoded += number(entry.framesDecoded);
        stats.frameWidth = Math.max(stats.frameWidth, number(entry.frameWidth));
        stats.frameHeight = Math.max(stats.frameHeight, number(entry.frameHeight));
      }
    } else if (entry.type === "outbound-rtp" && entry.kind === "video") {
      stats.framesSent += number(entry.framesSent);
    }
  }
  return stats;
}

/** Lost of all that should have come, in percent with one decimal. */
export function lossPercent(stats: LinkStats): number {
  const expected = stats.packetsLost + stats.packetsReceived;
  return expected <= 0 ? 0 : Math.max(0, Math.round((stats.packetsLost / expected) * 1000) / 10);
}

function selectedPair(all: Map<string, Entry>): Entry | undefined {
  for (const entry of all.values()) {
    if (entry.type === "transport" && typeof entry.selectedCandidatePairId === "string") {
      return all.get(entry.selectedCandidatePairId);
    }
  }
  // Firefox names no transport; it marks the pair.
  return [...all.values()].find((entry) => entry.type === "candidate-pair" && entry.selected === true);
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
