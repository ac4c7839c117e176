/** Which messages one may attach to a report. */
import type { ChatMessage } from "../generated/protocol";

/** How many messages are offered. */
const OFFERED = 8;

/** The latest messages of somebody, and the one that is meant. */
export function offered(all: readonly ChatMessage[], userId: string, chosen?: number): ChatMessage[] {
  const theirs = all.filter((it) => it.senderId === userId && !it.deleted);
  const latest = theirs.slice(-OFFERED);
  const meant = theirs.find((it) => it.msgSeq === chosen);
  return meant === undefined || latest.includes(meant) ? latest : [meant, ...latest];
}
