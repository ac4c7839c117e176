/**
 * Looks after the connections of a call from outside: reads their statistics, tells the server how
 * they stand, hurries a waiting socket when media breaks without it, and renews what went through a
 * relay that began anew. Never touches a connection that works.
 */
import { signal } from "@preact/signals";
import type { Mesh } from "../rtc/mesh";
import type { LinkState } from "../rtc/recovery";
import { type LinkStats, lossPercent, summarise } from "../rtc/stats";
import type { SocketClient } from "../socket/client";
import type { Clock, Timer } from "../socket/clock";
import { linkOf } from "./phase";

const STATS_EVERY_MS = 2_000;
const REPORT_EVERY_MS = 10_000;

export class Watch {
  /** What each connection that stands says of itself, by peer id. */
  readonly stats = signal<ReadonlyMap<string, LinkStats>>(new Map());
  readonly #socket: SocketClient;
  readonly #mesh: Mesh;
  readonly #clock: Clock;
  readonly #roomId: string;
  /** Peers whose media went through the relay when it was last looked at. */
  readonly #relayed = new Set<string>();
  #timer: Timer | undefined;
  #lastReport = -Infinity;
  #hurried: LinkState | undefined;
  #told: "connected" | "restarting" | "failed" | undefined;
  #stopped = false;

  constructor(socket: SocketClient, mesh: Mesh, clock: Clock, roomId: string) {
    this.#socket = socket;
    this.#mesh = mesh;
    this.#clock = clock;
    this.#roomId = roomId;
  }

  /** Further calls do nothing. */
  start(): void {
    if (this.#timer === undefined && !this.#stopped) this.#again();
  }

  stop(): void {
    this.#stopped = true;
    this.#clock.cancel(this.#timer);
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
    this.#lastReport = this.#clock.now();
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
    if (first !== undefined && (fresh || this.#clock.now() - this.#lastReport >= REPORT_EVERY_MS))
      this.#report("connected", first);
    this.#again();
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
