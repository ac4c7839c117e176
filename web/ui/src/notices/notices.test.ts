/** The list of notifications as news comes. */
import { describe, expect, it } from "vitest";
import { type NoticeState, withNotice, withRead } from "./notices";
import { placeOf } from "./words";

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

  it("lead to what they are about", () => {
    expect(placeOf(notice(1), "a")).toBe("/messages/a_b");
    expect(placeOf({ ...notice(1), kind: "session-reminder", aboutId: "m" }, "a")).toBe("/meetings/m");
    expect(placeOf({ ...notice(1), kind: "payment" }, "a")).toBe("/wallet");
  });
});
