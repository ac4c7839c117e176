/** Which messages stand together. */
import { describe, expect, it } from "vitest";
import { BLOCK, blocksOf } from "./Blocks";

const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ msgSeq: from + at, clientMsgId: "", senderId: "a", text: "x", at: 0 }));

describe("blocks of a log", () => {
  it("stay the same when older and newer messages come", () => {
    const some = blocksOf(messages(BLOCK + 20, BLOCK * 3 + 5));
    const more = blocksOf(messages(1, BLOCK * 3 + 6));
    expect(some.map((it) => it.number)).toEqual([1, 2, 3]);
    expect(more.map((it) => it.number)).toEqual([0, 1, 2, 3]);
    expect(more[2]!.messages.length).toBe(some[1]!.messages.length);
    expect(more[2]!.before?.msgSeq).toBe(BLOCK * 2 - 1);
    expect(some[0]!.before).toBeUndefined();
  });

  it("hold every message once, ten thousand of them too", () => {
    const all = blocksOf(messages(1, 10_000)).flatMap((it) => it.messages);
    expect(all.map((it) => it.msgSeq)).toEqual(messages(1, 10_000).map((it) => it.msgSeq));
    expect(blocksOf([])).toEqual([]);
  });
});
