import { describe, expect, it } from "vitest";
import { arrange, bestGrid, type Rect } from "./layout";

const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);
const STAGES = {
  phone: { width: 374, height: 690 },
  "phone on its side": { width: 760, height: 330 },
  tablet: { width: 752, height: 880 },
  desktop: { width: 1264, height: 680 },
  "400 % zoom": { width: 304, height: 140 },
};

const overlap = (a: Rect, b: Rect) =>
  a.start < b.start + b.width - 0.5 &&
  b.start < a.start + a.width - 0.5 &&
  a.top < b.top + b.height - 0.5 &&
  b.top < a.top + a.height - 0.5;

describe.each(Object.entries(STAGES))("on a %s", (_, stage) => {
  it.each([1, 2, 3, 4, 5, 6])("%i pictures stand side by side within the stage", (count) => {
    for (const large of [undefined, "p0", "screen"]) {
      const places = [...arrange({ stage, cameras: names(count), large, gap: 8 }).values()];
      expect(places).toHaveLength(large === "screen" ? count + 1 : count);
      for (const [index, place] of places.entries()) {
        expect(place.start).toBeGreaterThanOrEqual(-0.01);
        expect(place.top).toBeGreaterThanOrEqual(-0.01);
        expect(place.start + place.width).toBeLessThanOrEqual(stage.width + 0.01);
        expect(place.top + place.height).toBeLessThanOrEqual(stage.height + 0.01);
        expect(place.width * place.height).toBeGreaterThan(0);
        for (const other of places.slice(index + 1)) expect(overlap(place, other)).toBe(false);
      }
    }
  });
});

it("gives the only other person the whole stage", () => {
  expect(arrange({ stage: STAGES.desktop, cameras: ["p0"], large: undefined, gap: 8 }).get("p0")).toEqual({
    start: 0,
    top: 0,
    ...STAGES.desktop,
  });
});

it.each([
  ["phone", 2, 1],
  ["phone", 6, 2],
  ["desktop", 2, 2],
  ["desktop", 3, 2],
  ["desktop", 4, 2],
  ["desktop", 6, 3],
] as const)("on a %s %i pictures stand in %i columns", (stage, count, columns) => {
  expect(bestGrid(count, STAGES[stage], 8).columns).toBe(columns);
});

it("puts the odd one in the middle of the last row", () => {
  const places = arrange({ stage: STAGES.desktop, cameras: names(3), large: undefined, gap: 8 });
  const last = places.get("p2")!;
  expect(last.start + last.width / 2).toBeCloseTo(STAGES.desktop.width / 2, 0);
});

it("gives what is shown most of the stage, and the faces a strip beside or below it", () => {
  for (const stage of [STAGES.desktop, STAGES.phone]) {
    const places = arrange({ stage, cameras: names(4), large: "screen", gap: 8 });
    const screen = places.get("screen")!;
    expect((screen.width * screen.height) / (stage.width * stage.height)).toBeGreaterThan(0.55);
    expect(places.get("p0")!.width).toBeGreaterThan(80);
  }
});
