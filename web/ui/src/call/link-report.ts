/** What one connection says of itself, for the debug window and for tests: state, path, bars, rung. */
import type { PeerLink } from "../rtc/peer-link";
import type { LinkState } from "../rtc/recovery";
import { type LinkStats, summarise } from "../rtc/stats";
import type { PeerQuality } from "./quality";

export interface LinkReport {
  state: LinkState;
  stats: LinkStats | undefined;
  /** How often it was begun anew. */
  restarts: number;
  /** As in `relay/udp relay`: ours, what carries it, theirs. */
  path: string;
  /** Bars, how theirs arrives, how ours arrives, what they say. */
  level: { bars: number; in: number; out: number; theirs: number | undefined } | undefined;
  /** `720p` to `audio`. */
  rung: string | undefined;
}

export async function reportOf(link: PeerLink, quality: PeerQuality | undefined): Promise<LinkReport> {
  const stats = summarise((await link.pc.getStats()) as unknown as Iterable<[string, unknown]>);
  return {
    state: link.state,
    stats,
    restarts: link.restarts,
    path: stats === undefined ? "" : `${stats.localType}/${stats.transport} ${stats.remoteType}`,
    level: quality && { bars: quality.bars, in: quality.in, out: quality.out, theirs: quality.theirs },
    rung: quality?.rung.name,
  };
}
