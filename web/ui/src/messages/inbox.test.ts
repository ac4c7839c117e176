/** The list of conversations as messages come. */
import { describe, expect, it } from "vitest";
import { heard, pairId } from "./inbox";
import type { Entry } from "./words";

const entry = (id: string, more: Partial<Entry> = {}): Entry => ({
  conversationId: id,
  userId: "other",
  userName: "Other",
  writable: true,
  unread: 0,
  readSeq: 3,
  otherDeliveredSeq: 0,
  otherReadSeq: 0,
  muted: false,
  archived: false,
  lastMessage: { msgSeq: 3, clientMsgId: "k", senderId: "me", text: "before", at: 1 },
  ...more,
});
const said = (msgSeq: number, senderId: string) => ({ msgSeq, clientMsgId: `k${msgSeq}`, senderId, text: `text ${msgSeq}`, at: msgSeq });

describe("the list of conversations", () => {
  it("puts the latest first, counts what others wrote, and takes it out of the archive", () => {
    const list = [entry("a_b"), entry("a_c", { archived: true })];
    const after = heard(list, "a_c", said(4, "other"), "me")!;
    expect(after.map((it) => [it.conversationId, it.unread, it.archived])).toEqual([
      ["a_c", 1, false],
      ["a_b", 0, false],
    ]);
    expect(heard(after, "a_b", said(4, "me"), "me")![0]).toMatchObject({ conversationId: "a_b", unread: 0 });
  });

  it("counts nothing twice, and nothing that was read on another device", () => {
    const list = [entry("a_b", { readSeq: 5 })];
    expect(heard(list, "a_b", said(3, "other"), "me")).toBe(list);
    expect(heard(list, "a_b", said(5, "other"), "me")![0]!.unread).toBe(0);
    expect(heard(list, "a_b", said(6, "other"), "me")![0]!.unread).toBe(1);
  });

  it("asks for a conversation that it does not know", () => {
    expect(heard([], "a_b", said(1, "other"), "me")).toBeUndefined();
  });

  it("names a pair the same from both sides", () => {
    expect(pairId("b", "a")).toBe("a_b");
    expect(pairId("a", "b")).toBe("a_b");
  });
});
