import { describe, expect, it } from "vitest";
import { middleOf, moved, squareOf, zoomed } from "./crop";

describe("the part of a picture that is taken", () => {
  it("is the middle at first, whichever side is longer", () => {
    expect(squareOf(middleOf(400, 300))).toEqual({ left: 50, top: 0, side: 300 });
    expect(squareOf(middleOf(300, 400))).toEqual({ left: 0, top: 50, side: 300 });
  });
  it("never goes beyond an edge", () => {
    expect(squareOf(moved(middleOf(400, 300), 1_000, 1_000))).toEqual({ left: 100, top: 0, side: 300 });
    expect(squareOf(moved(zoomed(middleOf(400, 300), 2), -1_000, -1_000))).toEqual({ left: 0, top: 0, side: 150 });
  });
  it("comes back inside when it grows again", () => {
    const corner = moved(zoomed(middleOf(400, 300), 4), 1_000, 1_000);
    expect(squareOf(zoomed(corner, 1))).toEqual({ left: 100, top: 0, side: 300 });
  });
  it("is not made larger than it can be looked at", () => expect(zoomed(middleOf(400, 300), 100).zoom).toBe(4));
});
