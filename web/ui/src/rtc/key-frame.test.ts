import { describe, expect, it } from "vitest";
import { sendWholePicture } from "./key-frame";

describe("a whole picture", () => {
  const ask = (track: object | null, encodings: object[]) => {
    const told: unknown[] = [];
    const sender = {
      track,
      getParameters: () => ({ encodings }),
      setParameters: (...args: unknown[]) => (told.push(args), Promise.reject(new Error("not this browser"))),
    };
    sendWholePicture(sender as unknown as RTCRtpSender);
    return told;
  };
  it("is asked for without changing a limit, and a browser that cannot is left alone", () =>
    expect(ask({}, [{ maxBitrate: 7 }])).toEqual([
      [{ encodings: [{ maxBitrate: 7 }] }, { encodingOptions: [{ keyFrame: true }] }],
    ]));
  it("is not asked for where nothing is sent", () => {
    expect(ask(null, [{}])).toEqual([]);
    expect(ask({}, [])).toEqual([]);
    sendWholePicture(undefined);
  });
});
