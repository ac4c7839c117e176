/**
 * Which part of a picture is taken: a square, moved and enlarged within it. Whole numbers of the
 * picture's own pixels come out, and never any beyond its edge. No page in here.
 */
export interface Crop {
  /** Of the picture, pixels. */
  width: number;
  height: number;
  /** 1 is the largest square that fits. */
  zoom: number;
  /** The middle of the square, pixels of the picture. */
  x: number;
  y: number;
}

export const ZOOM_MAX = 4;

export const middleOf = (width: number, height: number): Crop => ({ width, height, zoom: 1, x: width / 2, y: height / 2 });

/** The length of the square's side, pixels of the picture. */
export const sideOf = ({ width, height, zoom }: Crop): number => Math.min(width, height) / zoom;

/** The same, back inside the picture. */
export function within(crop: Crop): Crop {
  const zoom = clamp(crop.zoom, 1, ZOOM_MAX);
  const half = sideOf({ ...crop, zoom }) / 2;
  return { ...crop, zoom, x: clamp(crop.x, half, crop.width - half), y: clamp(crop.y, half, crop.height - half) };
}

export const moved = (crop: Crop, dx: number, dy: number): Crop => within({ ...crop, x: crop.x + dx, y: crop.y + dy });
export const zoomed = (crop: Crop, zoom: number): Crop => within({ ...crop, zoom });

/** The square's corner and side, for `drawImage`. */
export function squareOf(crop: Crop): { left: number; top: number; side: number } {
  const side = sideOf(crop);
  return { left: crop.x - side / 2, top: crop.y - side / 2, side };
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), Math.max(least, most));
