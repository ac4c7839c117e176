/**
 * Looks after the connections of a call from outside: reads their statistics, tells the server how
 * they stand, hurries a waiting socket when media breaks without it, and renews what went through a
 * relay that began anew. Never touches a connection that works.
 */
import { signal } from "@preact/signals";
import { applyRung } from "../rtc/limits";
import type { Mesh } from "../rtc/mesh";
import type { ServerWay } from "../rtc/quality";
import type { LinkState } from "../rtc/recovery";
import { type LinkStats, lossPercent, summarise } from "../rtc/stats";
import type { SocketClient } from "../socket/client";
import type { Clock, Timer } from "../socket/clock";
import { linkOf } from "./phase";
import { Quality } from "./quality";

const STATS_EVERY_MS = 2_000;
const REPORT_EVERY_MS = 10_000;
/** The way to the server is measured this often while bars are being read. */
const PING_EVERY_MS = 6_000;
const PING_TIMEOUT_MS = 4_000;
const PING_BAD_MS = 400;
/** In a call that costs by the minute, both sides prove every second that media arrives. */
const PROVE_EVERY_MS = 1_000;

export interface WatchOptions {
  socket: SocketClient;
  mesh: Mesh;
  clock: Clock;
  roomId: string;
  /** The call costs by the minute. */
  metered?: boolean;
  /** What bounds every ladder at this moment. */
  bounds: () => Parameters<Quality["read"]>[1];
}

export class Watch {
  /** What each connection that stands says of itself, by peer id. */
  readonly stats = signal<ReadonlyMap<string, LinkStats>>(new Map());
  readonly quality = new Quality();
  readonly #options: WatchOptions;
  readonly #socket: SocketClient;
  readonly #mesh: Mesh;
  readonly #clock: Clock;
  readonly #roomId: string;
  /** Peers whose media went through the relay when it was last looked at. */
  readonly #relayed = new Set<string>();
  /** How often each connection had been begun anew when it was last looked at. */
  readonly #restarts = new Map<string, number>();
  #timer: Timer | undefined;
  #proofTimer: Timer | undefined;
  /** Bytes that had arrived when it was last looked at. */
  #arrived = 0;
  #lastMedia = -Infinity;
  #lastReport = -Infinity;
  #lastLevel: number | undefined;
  #lastPing = -Infinity;
  #server: ServerWay = "unknown";
  #hurried: LinkState | undefined;
  #told: "connected" | "restarting" | "failed" | undefined;
  #stopped = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#mesh = options.mesh;
    this.#clock = options.clock;
    this.#roomId = options.roomId;
  }

  /** Further calls do nothing. */
  start(): void {
    if (this.#timer === undefined && !this.#stopped) this.#again();
    if (this.#options.metered === true && this.#proofTimer === undefined && !this.#stopped) this.#proveSoon();
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.cancel(this.#timer);
    this.#clock.cancel(this.#proofTimer);
  }

  /** The state of some connection changed. */
  changed(): void {
    const link = linkOf(this.#mesh.remotes);
    // Media that breaks while the socket waits out its backoff cannot heal without it: try now.
    if (link === "unstable" || link === "reconnecting") this.#hurry(link);
    else this.#hurried = undefined;
    const state = mediaWord(link);
    if (state === this.#told) return;
    this.#told = state;
    if (state !== undefined) this.#report(state);
  }

  /** The room is another one (a server that restarted): it must hear how things stand. */
  tellAgain(): void {
    if (this.#told !== undefined) this.#report(this.#told);
  }

  /** The relay lives in the server: whatever went through it has to be built again. */
  renewRelayed(): void {
    for (const peerId of this.#relayed) this.#mesh.link(peerId)?.tell({ kind: "renew" });
  }

  #hurry(link: LinkState): void {
    if (this.#hurried === link) return;
    this.#hurried = link;
    // Waiting: try now. Standing: is it really? Both may have gone with the same network.
    this.#socket.retryNow();
  }

  #report(state: "connected" | "restarting" | "failed", stats?: LinkStats): void {
    const figures =
      stats === undefined ? {} : { relayed: stats.relayed, rttMs: stats.rttMs, lossPct: lossPercent(stats) };
    this.#socket.send("call-media", { roomId: this.#roomId, state, ...figures });
    this.#lastMedia = this.#clock.now();
  }

  #again(): void {
    this.#timer = this.#clock.after(STATS_EVERY_MS, () => void this.#read());
  }

  async #read(): Promise<void> {
    const all = new Map<string, LinkStats>();
    for (const remote of this.#mesh.remotes) {
      const link = this.#mesh.link(remote.peerId);
      if (link === undefined || remote.link !== "connected") continue;
      const report = await link.pc.getStats().catch(() => undefined);
      const stats = report === undefined ? undefined : summarise(report as unknown as Iterable<[string, unknown]>);
      if (stats === undefined) continue;
      all.set(remote.peerId, stats);
      if (stats.relayed) this.#relayed.add(remote.peerId);
      else this.#relayed.delete(remote.peerId);
    }
    if (this.#stopped) return;
    const first = [...all.values()][0];
    const fresh = this.stats.value.size === 0 && first !== undefined;
    this.stats.value = all;
    if (first !== undefined && (fresh || this.#clock.now() - this.#lastMedia >= REPORT_EVERY_MS))
      this.#report("connected", first);
    this.#judge(all);
    this.#again();
  }

  #proveSoon(): void {
    this.#proofTimer = this.#clock.after(PROVE_EVERY_MS, () => void this.#prove());
  }

  /** Says that media arrives, if it does: what is not said is not charged. */
  async #prove(): Promise<void> {
    for (const remote of this.#mesh.remotes) {
      const link = this.#mesh.link(remote.peerId);
      if (link === undefined || remote.link !== "connected") continue;
      const report = await link.pc.getStats().catch(() => undefined);
      const stats = report === undefined ? undefined : summarise(report as unknown as Iterable<[string, unknown]>);
      if (stats === undefined || stats.bytesReceived === this.#arrived) continue;
      this.#arrived = stats.bytesReceived;
      if (!this.#stopped && this.#socket.state.name === "ready") this.#report("connected", stats);
    }
    if (!this.#stopped) this.#proveSoon();
  }

  /** Bars, ladders, and what the senders are told. */
  #judge(all: ReadonlyMap<string, LinkStats>): void {
    const { bounds } = this.#options;
    const now = this.#clock.now();
    const remotes = this.#mesh.remotes;
    for (const { peerId } of remotes) {
      const restarts = this.#mesh.link(peerId)?.restarts ?? 0;
      if (restarts !== (this.#restarts.get(peerId) ?? 0)) this.quality.restarted(peerId, now);
      this.#restarts.set(peerId, restarts);
    }
    const readings = remotes.map(({ peerId, media }) => ({
      peerId,
      stats: all.get(peerId),
      showing: (media.video || media.screen) && !bounds().audioOnly,
    }));
    this.quality.read(readings, bounds(), this.#server, now);
    this.applyRungs();
    if (all.size === 0) return;
    void this.#ping(now);
    this.#reportQuality(now);
  }

  /** Tells every sender what its rung asks for; what it was told already is not told again. */
  applyRungs(): void {
    for (const { peerId } of this.#mesh.remotes) {
      for (const kind of ["audio", "video", "screen"] as const) {
        const sender = this.#mesh.link(peerId)?.sender(kind);
        if (sender !== undefined) applyRung(sender, kind === "audio" ? kind : "video", this.quality.rung(peerId));
      }
    }
  }

  /** The last words about this stay, before we leave. */
  farewell(): void {
    this.#sendQuality(this.#clock.now());
  }

  #reportQuality(now: number): void {
    if (this.quality.own.value !== this.#lastLevel || now - this.#lastReport >= REPORT_EVERY_MS) this.#sendQuality(now);
  }

  #sendQuality(now: number): void {
    if (this.#socket.state.name !== "ready") return;
    const report = this.quality.report();
    if (report === undefined) return;
    this.#lastLevel = this.quality.own.value;
    this.#lastReport = now;
    this.#socket.send("call-stats", { roomId: this.#roomId, ...report });
  }

  async #ping(now: number): Promise<void> {
    if (this.#socket.state.name !== "ready") {
      this.#server = "bad";
      return;
    }
    if (now - this.#lastPing < PING_EVERY_MS) return;
    this.#lastPing = now;
    try {
      await this.#socket.request("ping", {}, { timeoutMs: PING_TIMEOUT_MS });
      this.#server = this.#clock.now() - now > PING_BAD_MS ? "bad" : "good";
    } catch {
      this.#server = "bad";
    }
  }
}

function mediaWord(link: LinkState | undefined): "connected" | "restarting" | "failed" | undefined {
  switch (link) {
    case "connected":
    case "unstable":
      return "connected";
    case "reconnecting":
      return "restarting";
    case "failed":
      return "failed";
    default:
      return undefined;
  }
}
