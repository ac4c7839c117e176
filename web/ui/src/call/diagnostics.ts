/**
 * What a person may send to whoever helps them: how the connections are, without names, without
 * words, and without addresses unless they say so.
 */
import { lossPercent, type LinkStats } from "../rtc/stats";
import type { PeerQuality } from "./quality";

export interface Diagnosed {
  stats: LinkStats;
  quality: PeerQuality | undefined;
  restarts: number;
}

export interface Whole {
  peers: readonly Diagnosed[];
  status: string;
  ownLevel: number | undefined;
  bytes: number;
  lessData: boolean;
  audioOnly: boolean;
  browser: string;
  at: Date;
}

export function diagnostics(whole: Whole, wish: { addresses: boolean }): string {
  const { peers, status, ownLevel, bytes, lessData, audioOnly, browser, at } = whole;
  const lines = [
    `Parlor call diagnostics, ${at.toISOString()}`,
    `status: ${status}; own line: ${ownLevel ?? "?"} of 4; ${(bytes / 1e6).toFixed(1)} MB`,
    `less data: ${lessData ? "yes" : "no"}; audio only: ${audioOnly ? "yes" : "no"}`,
    `browser: ${browser}`,
  ];
  peers.forEach(({ stats, quality, restarts }, index) => {
    const { codecs } = stats;
    lines.push(
      "",
      `connection ${index + 1}`,
      `  pair: ${stats.localType} (${stats.transport}) to ${stats.remoteType}; ${stats.relayed ? "relayed" : "direct"}`,
      ...(wish.addresses ? [`  addresses: ${stats.localAddress || "?"} to ${stats.remoteAddress || "?"}`] : []),
      `  cipher: ${stats.cipher || "?"}; restarts: ${restarts}`,
      `  rtt: ${stats.rttMs} ms; jitter: ${stats.jitterMs} ms; lost so far: ${lossPercent(stats)} %`,
      `  received: ${size(stats.frameWidth, stats.frameHeight, stats.framesPerSecond)} ${codecs.receivedVideo} ${codecs.receivedAudio}; freezes: ${stats.freezes}`,
      `  sent: ${size(stats.sentWidth, stats.sentHeight, stats.sentPerSecond)} ${codecs.sentVideo} ${codecs.sentAudio}; limited by: ${stats.limitedBy}; line: ${stats.availableKbps ?? "?"} kbit/s`,
    );
    if (quality === undefined) return;
    const { last } = quality;
    lines.push(
      `  bars: ${quality.bars} (in ${quality.in}, out ${quality.out}, theirs ${quality.theirs ?? "?"}); rung: ${quality.rung.name}`,
      `  now: ${last.kbpsIn} kbit/s in, ${last.kbpsOut} out; lost ${last.lossInPct} % in, ${last.lossOutPct} % out`,
    );
  });
  return lines.join("\n");
}

const size = (width: number, height: number, fps: number) => (width === 0 ? "no picture" : `${width}x${height}@${fps}`);
