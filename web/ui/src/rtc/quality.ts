/**
 * How good a connection is, in four bars: pure functions and a meter over what two readings of the
 * statistics differ by. Knows no connection and no clock.
 */
import { type LinkStats, percent } from "./stats";

/** 1 hardly usable, 2 weak, 3 fair, 4 good. */
export type Level = 1 | 2 | 3 | 4;

/** What happened between two readings. */
export interface Interval {
  rttMs: number;
  jitterMs: number;
  /** Of what they sent us, percent. */
  lossInPct: number;
  /** Of what we sent them, percent, by their reports. */
  lossOutPct: number;
  freezes: number;
  framesDecoded: number;
  kbpsIn: number;
  kbpsOut: number;
  bytesIn: number;
  bytesOut: number;
}

/** Counters that went back (another connection, another stream) count from nothing. */
export function interval(before: LinkStats | undefined, now: LinkStats, elapsedMs: number): Interval {
  const grown = (of: (stats: LinkStats) => number) => {
    const was = before === undefined ? 0 : of(before);
    return of(now) >= was ? of(now) - was : of(now);
  };
  // Lost ones may be found later, so this counter may go back a little by itself.
  const more = (of: (stats: LinkStats) => number) => Math.max(0, of(now) - (before === undefined ? 0 : of(before)));
  const lost = more((s) => s.packetsLost);
  const bytesIn = grown((s) => s.bytesReceived);
  const bytesOut = grown((s) => s.bytesSent);
  const kbps = (bytes: number) => (elapsedMs <= 0 ? 0 : Math.round((bytes * 8) / elapsedMs));
  return {
    rttMs: now.rttMs,
    jitterMs: now.jitterMs,
    lossInPct: percent(lost, lost + grown((s) => s.packetsReceived)),
    lossOutPct: percent(more((s) => s.packetsLostThere), grown((s) => s.packetsSent)),
    freezes: grown((s) => s.freezes),
    framesDecoded: grown((s) => s.framesDecoded),
    kbpsIn: kbps(bytesIn),
    kbpsOut: kbps(bytesOut),
    bytesIn,
    bytesOut,
  };
}

/** Up to these a level holds; all of them must be kept. */
const LIMITS: readonly { level: Level; lossPct: number; rttMs: number; jitterMs: number; freezes: number }[] = [
  { level: 4, lossPct: 2, rttMs: 250, jitterMs: 40, freezes: 0 },
  { level: 3, lossPct: 5, rttMs: 450, jitterMs: 80, freezes: 1 },
  { level: 2, lossPct: 12, rttMs: 900, jitterMs: 200, freezes: 3 },
];

function levelOf(lossPct: number, rttMs: number, jitterMs: number, freezes: number): Level {
  const kept = LIMITS.find(
    (limit) =>
      lossPct <= limit.lossPct && rttMs <= limit.rttMs && jitterMs <= limit.jitterMs && freezes <= limit.freezes,
  );
  return kept?.level ?? 1;
}

/** How what they send arrives here. */
export const levelIn = (it: Interval): Level => levelOf(it.lossInPct, it.rttMs, it.jitterMs, it.freezes);
/** How what we send arrives there. */
export const levelOut = (it: Interval): Level => levelOf(it.lossOutPct, it.rttMs, 0, 0);

/** Better readings in a row before one bar more is shown. */
const RISE_AFTER = 3;

/** Falls at once, rises by one bar after three better readings, so that bars do not flicker. */
export class Meter {
  #level: Level | undefined;
  #better = 0;

  get level(): Level | undefined {
    return this.#level;
  }

  read(level: Level): Level {
    if (this.#level === undefined || level < this.#level) {
      this.#better = 0;
      return (this.#level = level);
    }
    this.#better = level > this.#level ? this.#better + 1 : 0;
    if (this.#better >= RISE_AFTER) {
      this.#better = 0;
      this.#level = (this.#level + 1) as Level;
    }
    return this.#level;
  }
}

/** One connection as it is judged here. */
export interface Line {
  in: Level;
  out: Level;
}

/** How our own way to the server does: a third party that neither side's line can spoil. */
export type ServerWay = "good" | "bad" | "unknown";

/**
 * Our own line, from all connections. Whoever has one good connection has a good line. With one
 * peer the direction tells: the way up is the narrow one nearly everywhere. When both ways are bad,
 * the way to the server decides.
 */
export function ownLevel(lines: readonly Line[], server: ServerWay): Level | undefined {
  if (lines.length === 0) return undefined;
  const best = Math.max(...lines.map((line) => Math.min(line.in, line.out))) as Level;
  const [only] = lines;
  if (best >= 3 || lines.length > 1 || only === undefined) return best;
  if (only.in >= 3) return only.out;
  if (only.out >= 3) return server === "bad" ? only.in : 3;
  return server === "good" ? 3 : best;
}

/** Whose line is spoken of. */
export type Weak = { whose: "nobody" } | { whose: "mine" } | { whose: "theirs" | "between"; peerId: string };

/** `theirs` is what a peer says of its own line; undefined before it said anything. */
export function weakOf(
  own: Level | undefined,
  peers: readonly { peerId: string; in: Level; out: Level; theirs: Level | undefined }[],
): Weak {
  if (own !== undefined && own <= 2) return { whose: "mine" };
  const bad = peers.filter((peer) => peer.in <= 2 || (peer.theirs ?? 4) <= 2);
  const worst = bad.sort((a, b) => a.in - b.in)[0];
  if (worst === undefined) return { whose: "nobody" };
  // A peer that says nothing of itself and whose voice arrives badly while ours arrives well.
  const theirs = worst.theirs === undefined ? worst.out >= 3 : worst.theirs <= 2;
  return { whose: theirs ? "theirs" : "between", peerId: worst.peerId };
}
