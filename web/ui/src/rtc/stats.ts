/** What getStats() says, in a few numbers that a person or a test can read. */
export interface LinkStats {
  /** `host`, `srflx`, `prflx` or `relay` on each side of the selected pair. */
  localType: string;
  remoteType: string;
  /** How our side reaches the relay: `udp`, `tcp` or `tls`; undefined when there is none. */
  relayProtocol: string | undefined;
  relayed: boolean;
  /** What carries our packets: `udp`, `tcp` or `tls`. */
  transport: "udp" | "tcp" | "tls";
  rttMs: number;
  /** Of the whole connection, everything included. */
  bytesSent: number;
  bytesReceived: number;
  packetsLost: number;
  packetsReceived: number;
  jitterMs: number;
  framesDecoded: number;
  framesSent: number;
  /** How often the picture stood still. */
  freezes: number;
  frameWidth: number;
  frameHeight: number;
  framesPerSecond: number;
  /** Grows while something is heard. */
  audioEnergy: number;
  /** What arrived of ours at the other side, by its own reports; and what did not. */
  packetsSent: number;
  packetsLostThere: number;
  sentWidth: number;
  sentHeight: number;
  sentPerSecond: number;
  /** Why our picture is worse than it could be: `none`, `cpu`, `bandwidth`, `other`. */
  limitedBy: string;
  /** What the browser believes the line takes, kbit/s; undefined before it knows. */
  availableKbps: number | undefined;
  /** As `VP8`, `opus`; empty while nothing flows. */
  codecs: { sentVideo: string; receivedVideo: string; sentAudio: string; receivedAudio: string };
  cipher: string;
  /** Addresses of the pair. Shown to the person only, on demand; never sent anywhere. */
  localAddress: string;
  remoteAddress: string;
}

type Entry = Record<string, unknown> & { id: string; type: string };

/** The summary of one report; undefined before a pair is selected. */
export function summarise(report: Iterable<[string, unknown]>): LinkStats | undefined {
  const all = new Map<string, Entry>();
  for (const [id, entry] of report) all.set(id, entry as Entry);
  const pair = selectedPair(all);
  if (pair === undefined) return undefined;
  const transport = [...all.values()].find((entry) => entry.type === "transport");
  const local = all.get(String(pair.localCandidateId));
  const remote = all.get(String(pair.remoteCandidateId));
  const relayProtocol = typeof local?.relayProtocol === "string" ? local.relayProtocol : undefined;
  const carrier = local?.candidateType === "relay" ? relayProtocol : local?.protocol;
  const stats: LinkStats = {
    localType: String(local?.candidateType ?? ""),
    remoteType: String(remote?.candidateType ?? ""),
    relayProtocol,
    relayed: local?.candidateType === "relay" || remote?.candidateType === "relay",
    transport: carrier === "tcp" || carrier === "tls" ? carrier : "udp",
    rttMs: Math.round(number(pair.currentRoundTripTime) * 1000),
    // The transport counts on when another pair is selected; Firefox has only the pair.
    bytesSent: number(transport?.bytesSent ?? pair.bytesSent),
    bytesReceived: number(transport?.bytesReceived ?? pair.bytesReceived),
    packetsLost: 0,
    packetsReceived: 0,
    jitterMs: 0,
    framesDecoded: 0,
    framesSent: 0,
    freezes: 0,
    frameWidth: 0,
    frameHeight: 0,
    framesPerSecond: 0,
    audioEnergy: 0,
    packetsSent: 0,
    packetsLostThere: 0,
    sentWidth: 0,
    sentHeight: 0,
    sentPerSecond: 0,
    limitedBy: "none",
    availableKbps:
      typeof pair.availableOutgoingBitrate === "number" ? Math.round(pair.availableOutgoingBitrate / 1000) : undefined,
    codecs: { sentVideo: "", receivedVideo: "", sentAudio: "", receivedAudio: "" },
    cipher: String(transport?.dtlsCipher ?? ""),
    localAddress: address(local),
    remoteAddress: address(remote),
  };
  const codec = (entry: Entry) => String(all.get(String(entry.codecId))?.mimeType ?? "").replace(/^\w+\//, "");
  for (const entry of all.values()) {
    if (entry.type === "inbound-rtp") received(stats, entry, codec(entry));
    else if (entry.type === "outbound-rtp") sent(stats, entry, codec(entry));
    else if (entry.type === "remote-inbound-rtp") stats.packetsLostThere += number(entry.packetsLost);
  }
  return stats;
}

function received(stats: LinkStats, entry: Entry, codec: string): void {
  stats.packetsLost += number(entry.packetsLost);
  stats.packetsReceived += number(entry.packetsReceived);
  stats.jitterMs = Math.max(stats.jitterMs, Math.round(number(entry.jitter) * 1000));
  if (entry.kind === "audio") {
    stats.audioEnergy += number(entry.totalAudioEnergy);
    stats.codecs.receivedAudio ||= codec;
  } else if (entry.kind === "video") {
    stats.framesDecoded += number(entry.framesDecoded);
    stats.freezes += number(entry.freezeCount);
    stats.frameWidth = Math.max(stats.frameWidth, number(entry.frameWidth));
    stats.frameHeight = Math.max(stats.frameHeight, number(entry.frameHeight));
    stats.framesPerSecond = Math.max(stats.framesPerSecond, Math.round(number(entry.framesPerSecond)));
    stats.codecs.receivedVideo ||= codec;
  }
}

function sent(stats: LinkStats, entry: Entry, codec: string): void {
  stats.packetsSent += number(entry.packetsSent);
  if (entry.kind === "audio") {
    stats.codecs.sentAudio ||= codec;
  } else if (entry.kind === "video") {
    stats.framesSent += number(entry.framesSent);
    stats.sentWidth = Math.max(stats.sentWidth, number(entry.frameWidth));
    stats.sentHeight = Math.max(stats.sentHeight, number(entry.frameHeight));
    stats.sentPerSecond = Math.max(stats.sentPerSecond, Math.round(number(entry.framesPerSecond)));
    const { qualityLimitationReason: reason } = entry;
    // Camera and screen each have one; what holds back either of them is the answer.
    if (typeof reason === "string" && (reason !== "none" || stats.limitedBy === "")) stats.limitedBy = reason;
    stats.codecs.sentVideo ||= codec;
  }
}

/** Lost of all that should have come, in percent with one decimal. */
export function lossPercent(stats: Pick<LinkStats, "packetsLost" | "packetsReceived">): number {
  return percent(stats.packetsLost, stats.packetsLost + stats.packetsReceived);
}

/** A part of a whole, in percent with one decimal. */
export function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(100, Math.max(0, Math.round((part / whole) * 1000) / 10));
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

function address(candidate: Entry | undefined): string {
  const host = candidate?.address ?? candidate?.ip;
  if (typeof host !== "string" || host === "") return "";
  return `${host.includes(":") ? `[${host}]` : host}:${number(candidate?.port)}`;
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
