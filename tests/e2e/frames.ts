// When the other side's picture was really shown, frame by frame: what a person in front of the page
// would have seen, not what a connection says about itself.
import type { Person } from "./people";

/** The page keeps the time of each frame of the other side that it showed. */
export async function watchFrames({ context, page }: Person): Promise<void> {
  const watch = () => {
    const times: number[] = [];
    const seen = new WeakSet<HTMLVideoElement>();
    Object.assign(window, { frameTimes: times });
    const remote = () => {
      const all = (window as unknown as { peerConnections?: RTCPeerConnection[] }).peerConnections ?? [];
      return new Set(all.flatMap((pc) => pc.getReceivers().map((receiver) => receiver.track.id)));
    };
    const look = () => {
      for (const video of document.querySelectorAll("video")) {
        const stream = video.srcObject;
        if (seen.has(video) || !(stream instanceof MediaStream)) continue;
        const ours = remote();
        if (!stream.getVideoTracks().some((track) => ours.has(track.id))) continue;
        seen.add(video);
        const next = () => {
          times.push(Date.now());
          video.requestVideoFrameCallback(next);
        };
        video.requestVideoFrameCallback(next);
      }
    };
    setInterval(look, 20);
  };
  await context.addInitScript(watch);
  await page.evaluate(watch).catch(() => {});
}

/** When frames of the other side were shown, in milliseconds since 1970. */
export function frameTimes({ page }: Person): Promise<number[]> {
  return page.evaluate(() => (window as unknown as { frameTimes: number[] }).frameTimes);
}

/** How long after `since` the last gap of more than `gapMs` ended; 0 when there was none. */
export function lastGapEnd(times: number[], since: number, gapMs: number): number {
  const ends = times.filter((time, index) => index > 0 && time > since && time - times[index - 1]! > gapMs);
  return ends.length === 0 ? 0 : ends.at(-1)! - since;
}

/** The longest time without a new frame after `since`, in milliseconds. */
export function longestPause(times: number[], since: number): number {
  return Math.max(0, ...times.map((time, index) => (time > since && index > 0 ? time - times[index - 1]! : 0)));
}

/** The value below which this share of all lie. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
