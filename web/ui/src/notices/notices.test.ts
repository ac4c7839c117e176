/** The list of notifications as news comes. */
import { describe, expect, it } from "vitest";
import { type NoticeState, withMissed, withNotice, withRead } from "./notices";
import { placeOf, said } from "./words";

const notice = (ntfSeq: number) => ({ ntfSeq, kind: "message" as const, aboutId: "b", name: "Bo", at: ntfSeq });
const state: NoticeState = { all: [{ ...notice(2), read: false }, { ...notice(1), read: false }], unread: 2, hasMore: false };

describe("notifications", () => {
  it("come once, the latest first", () => {
    const more = withNotice(state, notice(3), 3);
    expect(more.all.map((it) => it.ntfSeq)).toEqual([3, 2, 1]);
    expect(more.unread).toBe(3);
    expect(withNotice(more, notice(3), 4)).toBe(more);
  });

  it("are read one by one and all at once", () => {
    expect(withRead(state, 0, [2], 1).all.map((it) => it.read)).toEqual([true, false]);
    expect(withRead(state, 2, [], 0)).toMatchObject({ unread: 0, all: [{ read: true }, { read: true }] });
  });

  it("that were missed come in order, and so does what was read elsewhere meanwhile", () => {
    const read = { upToSeq: 2, seqs: [4], unread: 1 };
    const more = withMissed(state, { notices: [notice(3), notice(4)], anew: false, lastSeq: 4, read });
    expect(more.all.map((it) => [it.ntfSeq, it.read])).toEqual([[4, true], [3, false], [2, true], [1, true]]);
    expect(more.unread).toBe(1);
  });

  it("say what a call was", () => {
    const summary = { meeting: false, seconds: 750, coinsMc: 37_500, earned: false };
    const sum = { ...notice(1), kind: "call-summary" as const, aboutId: "c", summary };
    expect(said(sum)).toBe("Your call with Bo took 13 minutes and cost 37.5 coins");
    expect(said({ ...sum, summary: { ...summary, earned: true } })).toContain("earned you 37.5 coins");
    expect(said({ ...sum, summary: { ...summary, coinsMc: 0 } })).toBe("Your call with Bo took 13 minutes");
    expect(placeOf(sum, "a")).toBe("/wallet/calls/c");
    expect(placeOf({ ...sum, summary: { ...summary, meeting: true } }, "a")).toBe("/meetings/c");
  });

  it("lead to what they are about", () => {
    expect(placeOf(notice(1), "a")).toBe("/messages/a_b");
    expect(placeOf({ ...notice(1), kind: "session-reminder", aboutId: "m" }, "a")).toBe("/meetings/m");
    expect(placeOf({ ...notice(1), kind: "payment" }, "a")).toBe("/wallet");
  });
});
