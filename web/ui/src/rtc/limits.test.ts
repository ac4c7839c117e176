import { describe, expect, it } from "vitest";
import { RUNGS } from "./ladder";
import { applyRung, audioWish, videoWish } from "./limits";

const rung = (name: string) => RUNGS.find((one) => one.name === name)!;

describe("what a rung asks of the picture", () => {
  it.each([
    ["720p", 1080, 1.5, 24, 1_500_000],
    ["720p", 480, 1, 24, 1_500_000],
    ["480p", 720, 1.5, 20, 600_000],
    ["180p", 720, 4, 10, 120_000],
  ])("%s of %i lines is scaled by %d", (name, height, scale, fps, bits) =>
    expect(videoWish(rung(name), { height, screen: false })).toMatchObject({
      active: true, scaleResolutionDownBy: scale, maxFramerate: fps, maxBitrate: bits,
    }));
  it("voice alone sends none", () =>
    expect(videoWish(rung("audio"), { height: 720, screen: false }).active).toBe(false));
  it("a screen keeps its size and gives up frames", () =>
    expect(videoWish(rung("360p"), { height: 1080, screen: true })).toMatchObject({
      active: true, scaleResolutionDownBy: 1, maxFramerate: 5, degradationPreference: "maintain-resolution",
    }));
  it("the voice gets less only at the bottom", () =>
    expect(RUNGS.map((one) => audioWish(one).maxBitrate)).toEqual([50_000, 50_000, 40_000, 32_000, 32_000]));
});

describe("a sender", () => {
  const fake = (fails = false) => {
    const told: { encodings: Record<string, unknown>[] }[] = [];
    const sender = {
      track: { id: "t", contentHint: "", getSettings: () => ({ height: 720 }) },
      getParameters: () => ({ encodings: [{}] }),
      setParameters: (parameters: { encodings: Record<string, unknown>[] }) => {
        told.push(parameters);
        return fails ? Promise.reject(new Error("mid-negotiation")) : Promise.resolve();
      },
    };
    return { sender: sender as unknown as RTCRtpSender, told };
  };
  it("is told once what is the same, and again when it changes", () => {
    const { sender, told } = fake();
    for (const name of ["720p", "720p", "360p", "360p"]) applyRung(sender, "video", rung(name));
    expect(told.map(({ encodings }) => encodings[0]?.scaleResolutionDownBy)).toEqual([1, 2]);
  });
  it("that refused is told again", async () => {
    const { sender, told } = fake(true);
    applyRung(sender, "video", rung("360p"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    applyRung(sender, "video", rung("360p"));
    expect(told).toHaveLength(2);
  });
  it("puts the voice first", () => {
    const { sender, told } = fake();
    applyRung(sender, "audio", rung("720p"));
    expect(told[0]?.encodings[0]).toMatchObject({ priority: "high", networkPriority: "high", maxBitrate: 50_000 });
  });
});
