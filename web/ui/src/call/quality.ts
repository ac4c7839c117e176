/**
 * Keeps the quality of a call: bars for each connection and for our own line, whose line is weak,
 * what the call has used, the ladder of each peer, and what is reported of it all. Fed with readings;
 * touches no connection.
 */
import { computed, signal } from "@preact/signals";
import type { CallStats } from "../generated/protocol";
import { type Bounds, Ladder, RUNGS, type Rung, topRung } from "../rtc/ladder";
import {
  type Interval, type Level, Meter, type ServerWay, type Weak, interval, levelIn, levelOut, ownLevel, weakOf,
} from "../rtc/quality";
import type { LinkStats } from "../rtc/stats";

/** One connection as the page shows it. */
export interface PeerQuality {
  peerId: string;
  /** How theirs arrives here, and ours there. */
  in: Level;
  out: Level;
  /** What they say of their own line. */
  theirs: Level | undefined;
  /** For the bars at their picture: the worse of what arrives and what they say. */
  bars: Level;
  rung: Rung;
  /** Since the reading before. */
  last: Interval;
  /** Their camera is on and no picture comes. */
  still: boolean;
}

interface Entry {
  stats: LinkStats | undefined;
  at: number;
  in: Meter;
  out: Meter;
  ladder: Ladder;
  /** Readings in a row without a new picture. */
  pictureless: number;
  /** Readings that are not judged: they count what was lost while the connection was gone. */
  unjudged: number;
  view: PeerQuality | undefined;
}

/** One peer's connection at this moment; `stats` is missing while it does not stand. */
export interface PeerReading {
  peerId: string;
  stats: LinkStats | undefined;
  /** Their camera or screen is on. */
  showing: boolean;
}

/** Readings in a row without a picture before it is said. */
const STILL_AFTER = 2;
/** The other side's reports about what it lost come a little later. */
const UNJUDGED = 2;

export class Quality {
  readonly peers = signal<ReadonlyMap<string, PeerQuality>>(new Map());
  /** Our own line; undefined before anything is known. */
  readonly own = signal<Level | undefined>(undefined);
  /** Whose line is to be spoken of. */
  readonly weak = computed<Weak>(() => weakOf(this.own.value, [...this.peers.value.values()]));
  /** Bytes sent and received in this call, all connections together. */
  readonly bytes = signal(0);
  readonly #entries = new Map<string, Entry>();
  readonly #theirs = new Map<string, Level>();
  readonly #ownMeter = new Meter();
  #sum = nothing();

  /** The rung of a peer; the best one before anything is known. */
  rung(peerId: string): Rung {
    return RUNGS[this.#entries.get(peerId)?.ladder.rung ?? 0] ?? RUNGS[0]!;
  }

  /** A peer says how its own line is. */
  said(peerId: string, level: number): void {
    if (level >= 1 && level <= 4) this.#theirs.set(peerId, Math.round(level) as Level);
  }

  /** The connection was begun anew; what the line is like must be learnt again. */
  restarted(peerId: string, now: number): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    entry.ladder.fresh(now);
    entry.in = new Meter();
    entry.out = new Meter();
    entry.unjudged = UNJUDGED;
  }

  /** All connections of the call, every 2 s. */
  read(readings: readonly PeerReading[], bounds: Omit<Bounds, "peers" | "relayed">, server: ServerWay, now: number): void {
    const gone = new Set(this.#entries.keys());
    let bytes = 0;
    for (const reading of readings) {
      gone.delete(reading.peerId);
      const relayed = reading.stats?.relayed ?? this.#entries.get(reading.peerId)?.stats?.relayed ?? false;
      const top = topRung({ ...bounds, peers: readings.length, relayed });
      const entry = this.#entries.get(reading.peerId) ?? this.#add(reading.peerId, top, now);
      entry.ladder.limit(top, now);
      if (reading.stats === undefined) {
        entry.view = undefined;
        entry.unjudged = UNJUDGED;
      } else bytes += this.#readOne(entry, reading, reading.stats, now);
    }
    for (const peerId of gone) this.#entries.delete(peerId);
    const views = [...this.#entries.values()].flatMap(({ view }) => (view === undefined ? [] : [view]));
    const own = ownLevel(views, server);
    if (own !== undefined) this.own.value = this.#ownMeter.read(own);
    this.peers.value = new Map(views.map((view) => [view.peerId, view]));
    if (bytes > 0) this.bytes.value += bytes;
  }

  /** What happened since the last report; undefined when nothing was read. */
  report(): Omit<CallStats, "roomId"> | undefined {
    const sum = this.#sum;
    this.#sum = nothing();
    if (sum.readings === 0) return undefined;
    return {
      rttMs: median(sum.rtts),
      jitterMs: sum.jitterMs,
      lossPct: Math.round((sum.lossPct / sum.readings) * 10) / 10,
      bitrateKbps: Math.round(sum.kbps / sum.readings),
      relay: sum.relay,
      transport: sum.transport,
      freezes: sum.freezes,
      bytesSent: sum.bytesOut,
      bytesReceived: sum.bytesIn,
      ...(this.own.value === undefined ? {} : { level: this.own.value }),
    };
  }

  #add(peerId: string, top: number, now: number): Entry {
    const entry: Entry = {
      stats: undefined,
      at: now,
      in: new Meter(),
      out: new Meter(),
      ladder: new Ladder(top, now),
      pictureless: 0,
      unjudged: 0,
      view: undefined,
    };
    this.#entries.set(peerId, entry);
    return entry;
  }

  #readOne(entry: Entry, { peerId, showing }: PeerReading, stats: LinkStats, now: number): number {
    const first = entry.stats === undefined;
    // What it counted before we looked for the first time is no loss of these seconds.
    const last = interval(first ? stats : entry.stats, stats, now - entry.at);
    if (first) Object.assign(last, { bytesIn: stats.bytesReceived, bytesOut: stats.bytesSent });
    entry.stats = stats;
    entry.at = now;
    entry.pictureless = showing && last.framesDecoded === 0 && !first ? entry.pictureless + 1 : 0;
    this.#count(last, stats);
    if (entry.unjudged > 0) {
      entry.unjudged--;
      return last.bytesIn + last.bytesOut;
    }
    const { lossOutPct, rttMs } = last;
    const starved = stats.limitedBy === "bandwidth";
    entry.ladder.read({ lossOutPct, rttMs, availableKbps: stats.availableKbps, starved }, now);
    const inbound = entry.in.read(levelIn(last));
    const theirs = this.#theirs.get(peerId);
    entry.view = {
      peerId,
      in: inbound,
      out: entry.out.read(levelOut(last)),
      theirs,
      bars: Math.min(inbound, theirs ?? 4) as Level,
      rung: RUNGS[entry.ladder.rung]!,
      last,
      still: entry.pictureless >= STILL_AFTER,
    };
    return last.bytesIn + last.bytesOut;
  }

  #count(last: Interval, stats: LinkStats): void {
    const sum = this.#sum;
    sum.readings++;
    sum.rtts.push(last.rttMs);
    sum.jitterMs = Math.max(sum.jitterMs, last.jitterMs);
    sum.lossPct += last.lossInPct;
    sum.kbps += last.kbpsIn + last.kbpsOut;
    sum.relay ||= stats.relayed;
    sum.transport = stats.transport;
    sum.freezes += last.freezes;
    sum.bytesOut += last.bytesOut;
    sum.bytesIn += last.bytesIn;
  }
}

const nothing = () => ({
  readings: 0,
  rtts: [] as number[],
  jitterMs: 0,
  lossPct: 0,
  kbps: 0,
  relay: false,
  transport: "udp" as LinkStats["transport"],
  freezes: 0,
  bytesOut: 0,
  bytesIn: 0,
});

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

