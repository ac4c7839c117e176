import { describe, expect, it } from "vitest";
import { Speakers } from "./speaker";

/** `a .5 b .1 | 10` : ten readings, 100 ms apart, at these levels. Gives what is heard at the end. */
function after(...steps: [levels: Record<string, number>, readings: number][]) {
  const speakers = new Speakers();
  let now = 0;
  let heard = speakers.hear(new Map(), now);
  for (const [levels, readings] of steps)
    for (let i = 0; i < readings; i++) heard = speakers.hear(new Map(Object.entries(levels)), (now += 100));
  return { speaker: heard.speaker, speaking: [...heard.speaking].sort() };
}

const quiet = { a: 0, b: 0 };

describe("the speaker", () => {
  it("is whoever speaks", () => {
    expect(after([{ a: 0.2, b: 0 }, 8])).toEqual({ speaker: "a", speaking: ["a"] });
  });
  it("is not made by a cough", () => {
    expect(after([{ a: 0.6, b: 0 }, 2], [quiet, 4])).toEqual({ speaker: undefined, speaking: [] });
  });
  it("stays through a breath, and keeps the word when all are silent", () => {
    expect(after([{ a: 0.2, b: 0 }, 8], [quiet, 6]).speaking).toEqual(["a"]);
    expect(after([{ a: 0.2, b: 0 }, 8], [quiet, 40])).toEqual({ speaker: "a", speaking: [] });
  });
  it("keeps the word when another one speaks as loud", () => {
    expect(after([{ a: 0.2, b: 0 }, 8], [{ a: 0.2, b: 0.25 }, 40])).toEqual({ speaker: "a", speaking: ["a", "b"] });
  });
  it("gives the word to who is clearly louder for a while, not at once", () => {
    expect(after([{ a: 0.1, b: 0 }, 8], [{ a: 0.1, b: 0.6 }, 10]).speaker).toBe("a");
    expect(after([{ a: 0.1, b: 0 }, 8], [{ a: 0.1, b: 0.6 }, 30]).speaker).toBe("b");
  });
  it("gives the word at once to who answers", () => {
    expect(after([{ a: 0.2, b: 0 }, 8], [{ a: 0, b: 0.2 }, 18]).speaker).toBe("b");
  });
  it("is nobody any more when they left", () => {
    expect(after([{ a: 0.2, b: 0 }, 8], [{ b: 0 }, 1])).toEqual({ speaker: undefined, speaking: [] });
  });
});
