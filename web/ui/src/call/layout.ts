/**
 * Where every picture of the call stands, in pixels from the start and top of the stage. Pure: who
 * is there and how large the stage is in, rectangles out; so the pictures never leave the page when
 * the layout changes, and no voice is cut.
 *
 * One other person fills the stage and oneself floats. More share a grid of the largest tiles that
 * fit. What is presented (a screen, or whom one picked) is large, with everybody else beside it, or
 * below it where the stage is higher than wide.
 */
export interface Size {
  width: number;
  height: number;
}

export interface Rect extends Size {
  /** From the side where lines of text begin. */
  start: number;
  top: number;
}

export interface Scene {
  stage: Size;
  /** Cameras in the order of the grid. */
  cameras: readonly string[];
  /** What is to be large, if anything; may be one of the cameras. */
  large: string | undefined;
  gap: number;
}

/** Between a phone held upright and a film. */
const RATIO_MIN = 0.75;
const RATIO_MAX = 16 / 9;
/** Wider than this, what is not large stands beside it. */
const BESIDE_RATIO = 1.1;

export function arrange({ stage, cameras, large, gap }: Scene): Map<string, Rect> {
  const all: Rect = { start: 0, top: 0, ...stage };
  if (large === undefined) return cameras.length === 1 ? new Map([[cameras[0]!, all]]) : grid(cameras, all, gap);
  const small = cameras.filter((id) => id !== large);
  if (small.length === 0) return new Map([[large, all]]);
  const { main, rest } = split(all, small.length, gap);
  return new Map([[large, main], ...grid(small, rest, gap)]);
}

function split(all: Rect, others: number, gap: number): { main: Rect; rest: Rect } {
  if (all.width / all.height > BESIDE_RATIO) {
    const width = Math.round(Math.min(all.width * 0.28, Math.max(112, Math.min(260, all.height / Math.min(others, 4) * RATIO_MAX))));
    const main = { ...all, width: all.width - width - gap };
    return { main, rest: { ...all, start: all.start + main.width + gap, width } };
  }
  const height = Math.round(all.height * (others > 3 ? 0.42 : 0.3));
  const main = { ...all, height: all.height - height - gap };
  return { main, rest: { ...all, top: all.top + main.height + gap, height } };
}

/** The largest equal tiles that fit; the last row stands in the middle. */
export function grid(ids: readonly string[], box: Rect, gap: number): Map<string, Rect> {
  const { columns, rows, tile } = bestGrid(ids.length, box, gap);
  const blockHeight = rows * tile.height + (rows - 1) * gap;
  const top = box.top + (box.height - blockHeight) / 2;
  return new Map(
    ids.map((id, index) => {
      const row = Math.floor(index / columns);
      const inRow = row === rows - 1 ? ids.length - row * columns : columns;
      const rowWidth = inRow * tile.width + (inRow - 1) * gap;
      const start = box.start + (box.width - rowWidth) / 2 + (index - row * columns) * (tile.width + gap);
      return [id, { start, top: top + row * (tile.height + gap), ...tile }];
    }),
  );
}

export function bestGrid(count: number, box: Size, gap: number): { columns: number; rows: number; tile: Size } {
  let best = { columns: 1, rows: Math.max(1, count), tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const tile = fit({
      width: Math.max(0, (box.width - gap * (columns - 1)) / columns),
      height: Math.max(0, (box.height - gap * (rows - 1)) / rows),
    });
    if (faceIn(tile) > faceIn(best.tile)) best = { columns, rows, tile };
  }
  return best;
}

/** How large a picture of 4:3 is in it: the part that shows the face, whichever way the camera is held. */
const faceIn = ({ width, height }: Size): number => Math.min(width, (height * 4) / 3);

function fit({ width, height }: Size): Size {
  if (width > height * RATIO_MAX) return { width: height * RATIO_MAX, height };
  if (width < height * RATIO_MIN) return { width, height: width / RATIO_MIN };
  return { width, height };
}
