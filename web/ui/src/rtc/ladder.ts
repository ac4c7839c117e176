/**
 * How much picture goes out to one peer: five rungs, from 720p to voice alone. A pure machine, fed
 * with a reading every 2 s. It goes down at once, as far as the line asks, and up by one rung after
 * 10 s without complaint; a step up that failed makes it wait twice as long before the next.
 *
 * Below its ceilings the browser adapts by itself. The ladder is for what the browser does not do:
 * keep the voice first, give up the picture rather than show slides, and keep a mesh in its budget.
 */
export interface Rung {
  /** What people would call it. */
  name: string;
  /** Lines of the picture; 0 is none. */
  height: number;
  fps: number;
  /** Ceiling of the picture, kbit/s. */
  videoKbps: number;
  /** Ceiling of the voice, kbit/s. */
  audioKbps: number;
}

export const RUNGS: readonly Rung[] = [
  { name: "720p", height: 720, fps: 24, videoKbps: 1_500, audioKbps: 50 },
  { name: "480p", height: 480, fps: 20, videoKbps: 600, audioKbps: 50 },
  { name: "360p", height: 360, fps: 15, videoKbps: 300, audioKbps: 40 },
  { name: "180p", height: 180, fps: 10, videoKbps: 120, audioKbps: 32 },
  { name: "audio", height: 0, fps: 0, videoKbps: 0, audioKbps: 32 },
];
export const AUDIO_ONLY = RUNGS.length - 1;

export interface Reading {
  /** Of what we sent, percent. */
  lossOutPct: number;
  rttMs: number;
  /** What the browser believes the line takes, kbit/s. */
  availableKbps: number | undefined;
  /** The browser holds our picture back for want of bits; else its estimate says nothing of the line. */
  starved: boolean;
}

const UP_AFTER_MS = 10_000;
const UP_AFTER_MS_MAX = 80_000;
/** After a change, or a connection that just came up, the estimate needs this long to follow. */
const SETTLE_MS = 8_000;
/** A rung is kept while the line takes this part of it: the browser itself sends less, and does it better. */
const ENOUGH = 0.3;
const LOSS_DOWN_PCT = 10;
const LOSS_AUDIO_ONLY_PCT = 25;
const LOSS_UP_PCT = 3;
const RTT_DOWN_MS = 1_200;
const RTT_UP_MS = 600;
/** Below this a picture of 180 lines is a row of slides. */
const AUDIO_ONLY_KBPS = 60;
/** So many readings in a row must say so before the picture is given up. */
const AUDIO_ONLY_AFTER = 3;

export class Ladder {
  #rung: number;
  #top: number;
  #settledAt: number;
  #goodSince: number | undefined;
  #upAfterMs = UP_AFTER_MS;
  #wentUpAt = -Infinity;
  /** Readings in a row that left no room for a picture. */
  #hopeless = 0;

  constructor(top: number, now: number) {
    this.#top = top;
    this.#rung = top;
    this.#settledAt = now + SETTLE_MS;
  }

  get rung(): number {
    return this.#rung;
  }

  /** The best that is wished for or allowed. Going below it happens at once; back up, step by step. */
  limit(top: number, now: number): void {
    const raised = top < this.#top && this.#rung === this.#top;
    this.#top = top;
    if (this.#rung < top) this.#move(top, now);
    // It stood at the ceiling and not at what the line takes.
    else if (raised) this.#move(top, now);
  }

  /** The connection is a new one, or begun anew: what the line takes must be learnt again. */
  fresh(now: number): void {
    this.#settledAt = now + SETTLE_MS;
    this.#goodSince = undefined;
  }

  read(reading: Reading, now: number): number {
    const down = this.#wanted(reading, now);
    if (down > this.#rung) {
      // It came up a moment ago and could not stay: be slower the next time.
      const failed = now - this.#wentUpAt <= UP_AFTER_MS + SETTLE_MS;
      this.#upAfterMs = failed ? Math.min(UP_AFTER_MS_MAX, this.#upAfterMs * 2) : UP_AFTER_MS;
      this.#move(down, now);
    } else if (!this.#good(reading)) {
      this.#goodSince = undefined;
    } else {
      this.#goodSince ??= now;
      if (this.#rung > this.#top && now - this.#goodSince >= this.#upAfterMs) {
        this.#wentUpAt = now;
        this.#move(this.#rung - 1, now);
      }
    }
    return this.#rung;
  }

  #move(rung: number, now: number): void {
    this.#rung = rung;
    this.#settledAt = now + SETTLE_MS;
    this.#goodSince = undefined;
  }

  /** The rung that this reading asks for; never above the present one. */
  #wanted(reading: Reading, now: number): number {
    const { lossOutPct, rttMs, availableKbps, starved } = reading;
    const settled = now >= this.#settledAt;
    const slides = settled && starved && availableKbps !== undefined && availableKbps < AUDIO_ONLY_KBPS;
    this.#hopeless = slides || lossOutPct >= LOSS_AUDIO_ONLY_PCT ? this.#hopeless + 1 : 0;
    if (this.#hopeless >= AUDIO_ONLY_AFTER) return AUDIO_ONLY;
    const lowest = AUDIO_ONLY - 1;
    if (lossOutPct >= LOSS_DOWN_PCT || rttMs >= RTT_DOWN_MS) return Math.max(this.#rung, Math.min(lowest, this.#rung + 1));
    if (availableKbps === undefined || !starved || !settled) return this.#rung;
    const fits = RUNGS.findIndex((rung) => rung.videoKbps * ENOUGH + rung.audioKbps <= availableKbps);
    return Math.max(this.#rung, Math.min(lowest, fits));
  }

  #good({ lossOutPct, rttMs }: Reading): boolean {
    return lossOutPct <= LOSS_UP_PCT && rttMs <= RTT_UP_MS;
  }
}

/** What bounds the ladder's top. */
export interface Bounds {
  /** Everybody else in the call: each gets a stream of its own. */
  peers: number;
  relayed: boolean;
  /** What the relay's month asks for. */
  relayLevel: "full" | "saver" | "audio";
  lessData: boolean;
  audioOnly: boolean;
}

/** The rung of a mesh by the number of others: together about 1 to 1.5 Mbit/s up. */
const MESH_TOP = [0, 0, 1, 2, 3] as const;

export function topRung({ peers, relayed, relayLevel, lessData, audioOnly }: Bounds): number {
  if (audioOnly) return AUDIO_ONLY;
  const mesh = MESH_TOP[Math.min(peers, MESH_TOP.length - 1)] ?? 0;
  const relay = !relayed || relayLevel === "full" ? 0 : relayLevel === "saver" ? 2 : AUDIO_ONLY;
  return Math.max(mesh, relay, lessData ? 3 : 0);
}
