/**
 * From a rung of the ladder to what a sender is told: ceilings for bits, frames and size, and the
 * voice before the picture. Applies nothing that is applied already.
 */
import type { Rung } from "./ladder";

/** What is new in browsers and not yet in the types. */
type Encoding = RTCRtpEncodingParameters & { networkPriority?: RTCPriorityType };
type Parameters = Omit<RTCRtpSendParameters, "encodings"> & { encodings: Encoding[]; degradationPreference?: string };

/** A screen keeps its size, since text must stay readable, and gives up frames instead. */
const SCREEN: Readonly<Record<string, { kbps: number; fps: number; scale: number }>> = {
  "720p": { kbps: 2_000, fps: 15, scale: 1 },
  "480p": { kbps: 1_000, fps: 10, scale: 1 },
  "360p": { kbps: 500, fps: 5, scale: 1 },
  "180p": { kbps: 250, fps: 3, scale: 1.5 },
  audio: { kbps: 100, fps: 1, scale: 2 },
};

export interface Wish {
  active: boolean;
  maxBitrate: number;
  maxFramerate?: number;
  scaleResolutionDownBy?: number;
  degradationPreference?: "maintain-resolution" | "balanced";
}

export function videoWish(rung: Rung, source: { height: number; screen: boolean }): Wish {
  if (source.screen) {
    const { kbps, fps, scale } = SCREEN[rung.name] ?? SCREEN["180p"]!;
    return {
      active: true,
      maxBitrate: kbps * 1000,
      maxFramerate: fps,
      scaleResolutionDownBy: scale,
      degradationPreference: "maintain-resolution",
    };
  }
  if (rung.height === 0) return { active: false, maxBitrate: 30_000 };
  const scale = source.height > rung.height ? source.height / rung.height : 1;
  return {
    active: true,
    maxBitrate: rung.videoKbps * 1000,
    maxFramerate: rung.fps,
    scaleResolutionDownBy: Math.round(scale * 100) / 100,
    degradationPreference: "balanced",
  };
}

export const audioWish = (rung: Rung): Wish => ({ active: true, maxBitrate: rung.audioKbps * 1000 });

/** Told to each sender, so that the same is not told twice. */
const told = new WeakMap<RTCRtpSender, string>();

/** Tells the sender of this kind what the rung asks for. Refused (mid-negotiation), it is told again the next time. */
export function applyRung(sender: RTCRtpSender, kind: "audio" | "video", rung: Rung): void {
  const { track } = sender;
  if (track === null) return;
  const settings = track.getSettings?.() ?? {};
  // Only screens are hinted so; see LocalMedia.
  const screen = track.contentHint === "detail" || track.contentHint === "text";
  const wish = kind === "audio" ? audioWish(rung) : videoWish(rung, { height: settings.height ?? 0, screen });
  const key = JSON.stringify([track.id, wish]);
  if (told.get(sender) === key) return;
  const parameters = sender.getParameters?.() as Parameters | undefined;
  if (parameters?.encodings === undefined || parameters.encodings.length === 0) return;
  const { degradationPreference, ...ceilings } = wish;
  for (const encoding of parameters.encodings) {
    Object.assign(encoding, ceilings);
    encoding.priority = encoding.networkPriority = kind === "audio" ? "high" : "low";
  }
  if (degradationPreference !== undefined) parameters.degradationPreference = degradationPreference;
  told.set(sender, key);
  void sender.setParameters(parameters).catch((error: unknown) => {
    told.delete(sender);
    console.debug("the sender keeps its old limits", error);
  });
}
