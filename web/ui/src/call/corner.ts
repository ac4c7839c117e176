/**
 * Where one's own picture floats: always in a corner, so that it never covers the middle. Pure: a
 * drop or an arrow key in, a corner out. `start` is where lines of text begin.
 */
export const CORNERS = ["top-end", "bottom-end", "bottom-start", "top-start"] as const;
export type Corner = (typeof CORNERS)[number];

export interface Point {
  x: number;
  y: number;
}

/** How far a throw carries, in ms of its speed. */
const THROW_MS = 160;

/** The corner nearest to where a thrown picture would come to rest. */
export function nearestCorner(
  centre: Point,
  speed: Point,
  stage: { width: number; height: number },
  rtl: boolean,
): Corner {
  const x = centre.x + speed.x * THROW_MS;
  const y = centre.y + speed.y * THROW_MS;
  const left = x < stage.width / 2;
  return `${y < stage.height / 2 ? "top" : "bottom"}-${left === rtl ? "end" : "start"}`;
}

/** Arrow keys move along the sides of the screen; other keys do not move. */
export function cornerByKey(corner: Corner, key: string, rtl: boolean): Corner | undefined {
  const [block, inline] = corner.split("-") as ["top" | "bottom", "start" | "end"];
  const left = rtl ? "end" : "start";
  const right = rtl ? "start" : "end";
  switch (key) {
    case "ArrowUp":
      return `top-${inline}`;
    case "ArrowDown":
      return `bottom-${inline}`;
    case "ArrowLeft":
      return `${block}-${left}`;
    case "ArrowRight":
      return `${block}-${right}`;
    default:
      return undefined;
  }
}
