import { describe, expect, it } from "vitest";
import { fileName } from "./file-sink";
import { fit, grid } from "./recorder";
import { durationBytes, withRoomForDuration } from "./webm";

describe("grid", () => {
  it("puts people side by side, the last row in the middle", () => {
    expect(grid(1, 1280, 720)).toEqual([{ x: 0, y: 0, width: 1280, height: 720 }]);
    expect(grid(2, 1280, 720).map((it) => [it.x, it.y, it.width])).toEqual([
      [0, 0, 640],
      [640, 0, 640],
    ]);
    expect(grid(3, 1280, 720)[2]).toEqual({ x: 320, y: 360, width: 640, height: 360 });
    expect(grid(0, 1280, 720)).toEqual([]);
  });
  it("keeps a picture whole and undistorted", () => {
    expect(fit(640, 480, { x: 0, y: 0, width: 640, height: 720 })).toEqual({ x: 0, y: 120, width: 640, height: 480 });
    expect(fit(720, 1280, { x: 10, y: 0, width: 640, height: 640 })).toMatchObject({ width: 360, height: 640, x: 150 });
  });
});

describe("the name of the file", () => {
  it("is one that every file system takes", () => {
    const at = new Date(2026, 10, 21, 9, 5);
    expect(fileName("Maths: a/b?", at)).toBe("Maths a b 2026-11-21 09-05.webm");
    expect(fileName("", at)).toBe("Parlor 2026-11-21 09-05.webm");
  });
});

describe("the duration of a WebM", () => {
  // EBML header (empty), a segment without end, an info of 4 bytes (one 1-byte element), a cluster.
  const head = [0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  const info = [0x15, 0x49, 0xa9, 0x66, 0x84, 0x73, 0xa4, 0x81, 0x07];
  const cluster = [0x1f, 0x43, 0xb6, 0x75, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xe7, 0x81, 0x00];
  it("gets a place after what the browser wrote, and nothing else moves", () => {
    const opened = withRoomForDuration(new Uint8Array([...head, ...info, ...cluster]));
    const grown = [0x15, 0x49, 0xa9, 0x66, 0x84 + 11, 0x73, 0xa4, 0x81, 0x07, 0x44, 0x89, 0x88, 0, 0, 0, 0, 0, 0, 0, 0];
    expect([...(opened?.bytes ?? [])]).toEqual([...head, ...grown, ...cluster]);
    expect(opened?.at).toBe(head.length + info.length + 3);
    expect(new DataView(durationBytes(1500).buffer).getFloat64(0)).toBe(1500);
  });
  it("is left alone where it is there already, and in what is no WebM", () => {
    const opened = withRoomForDuration(new Uint8Array([...head, ...info, ...cluster]));
    expect(withRoomForDuration(opened?.bytes ?? new Uint8Array())).toBeUndefined();
    expect(withRoomForDuration(new Uint8Array([1, 2, 3]))).toBeUndefined();
    expect(withRoomForDuration(new Uint8Array([...head, ...cluster]))).toBeUndefined();
    expect(withRoomForDuration(new Uint8Array())).toBeUndefined();
  });
});
