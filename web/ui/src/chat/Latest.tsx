/** Reads out what others write while the log is open, once, and nothing that was there before. */
import { useRef } from "preact/hooks";
import type { Conversation } from "./conversation";
import { lineOf } from "./file-words";

export function Latest({ conversation }: { conversation: Conversation }) {
  const from = useRef<number | undefined>(undefined);
  const messages = conversation.messages.value;
  const last = messages[messages.length - 1];
  if (from.current === undefined && conversation.state.value === "ready") from.current = last?.msgSeq ?? 0;
  const fresh = last !== undefined && from.current !== undefined && last.msgSeq > from.current ? last : undefined;
  const name = fresh && conversation.members.value.get(fresh.senderId)?.userName;
  return (
    <p class="only-read" aria-live="polite">
      {fresh !== undefined && fresh.senderId !== conversation.userId && !fresh.deleted && `${name ?? ""}: ${lineOf(fresh)}`}
    </p>
  );
}
