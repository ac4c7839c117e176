import { expect, it } from "vitest";
import type { ChatMessage } from "../generated/protocol";
import { offered } from "./offered";

const said = (msgSeq: number, senderId: string, deleted?: true): ChatMessage => ({
  msgSeq,
  senderId,
  text: "words",
  clientMsgId: String(msgSeq),
  at: msgSeq,
  ...(deleted && { deleted }),
});

it("offers the latest of the other, and the one that was pointed at", () => {
  const all = Array.from({ length: 20 }, (_, n) => said(n + 1, n % 2 === 0 ? "them" : "me"));
  all.push(said(21, "them", true));
  const seqs = (chosen?: number) => offered(all, "them", chosen).map((it) => it.msgSeq);
  expect(seqs()).toEqual([5, 7, 9, 11, 13, 15, 17, 19]);
  expect(seqs(19)).toEqual([5, 7, 9, 11, 13, 15, 17, 19]);
  expect(seqs(1)).toEqual([1, 5, 7, 9, 11, 13, 15, 17, 19]);
});
