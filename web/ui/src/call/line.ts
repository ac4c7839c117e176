/**
 * What there is to say about the connections of a call when somebody asks: reports for tests,
 * diagnostics for a helper, the number to compare, how loud everybody is. Reads, changes nothing.
 */
import type { Mesh } from "../rtc/mesh";
import { safetyNumberOf } from "../rtc/safety";
import { type Whole, diagnostics } from "./diagnostics";
import { type LinkReport, reportOf } from "./link-report";
import type { Watch } from "./watch";

export class Line {
  readonly #mesh: Mesh;
  readonly #watch: Watch;

  constructor(mesh: Mesh, watch: Watch) {
    this.#mesh = mesh;
    this.#watch = watch;
  }

  /** What every connection says about itself, by peer id. */
  async report(): Promise<Record<string, LinkReport>> {
    const all: Record<string, LinkReport> = {};
    const qualities = this.#watch.quality.peers.peek();
    for (const { peerId } of this.#mesh.remotes) {
      const link = this.#mesh.link(peerId);
      if (link !== undefined) all[peerId] = await reportOf(link, qualities.get(peerId));
    }
    return all;
  }

  /** For whoever helps this person; without addresses unless they wish it. */
  diagnostics(
    situation: Pick<Whole, "status" | "lessData" | "audioOnly" | "at">,
    wish: { addresses: boolean },
  ): string {
    const { quality, stats } = this.#watch;
    const peers = [...stats.peek()].map(([peerId, stats]) => ({
      stats,
      quality: quality.peers.peek().get(peerId),
      restarts: this.#mesh.link(peerId)?.restarts ?? 0,
    }));
    const own = { ownLevel: quality.own.peek(), bytes: quality.bytes.peek(), browser: navigator.userAgent };
    return diagnostics({ peers, ...own, ...situation }, wish);
  }

  /** What two people compare to know that nobody sits between them. */
  async safetyNumber(peerId: string): Promise<string | undefined> {
    const link = this.#mesh.link(peerId);
    return link === undefined ? undefined : safetyNumberOf(link.pc);
  }

  /** How loud everybody else is at this moment, as an amplitude, by peer id. */
  levels(): Map<string, number> {
    return new Map(
      this.#mesh.remotes.map(({ peerId, media }) => {
        const receivers = this.#mesh.link(peerId)?.pc.getReceivers?.() ?? [];
        const voice = receivers.find((receiver) => receiver.track.kind === "audio");
        const level = voice?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
        return [peerId, media.audio ? level : 0];
      }),
    );
  }
}
