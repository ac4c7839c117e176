/** How large a picture of a message stands in a thread, known before it is there: so nothing jumps. */
import type { ChatFile } from "../generated/protocol";

/** Most width and height, px; least of each, to be touched. */
const WIDTH = 280;
const HEIGHT = 320;
const LEAST = 64;

export interface Box {
  inlineSize: string;
  aspectRatio: string;
  [other: string]: string;
}

export function boxOf({ width, height }: Pick<ChatFile, "width" | "height">): Box {
  const [wide, high] = [Math.max(1, width ?? WIDTH), Math.max(1, height ?? WIDTH)];
  const scale = Math.min(1, WIDTH / wide, HEIGHT / high);
  const [across, down] = [Math.max(LEAST, Math.round(wide * scale)), Math.max(LEAST, Math.round(high * scale))];
  return { inlineSize: `${across}px`, aspectRatio: `${across} / ${down}` };
}
