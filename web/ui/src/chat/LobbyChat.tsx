/** The short conversation with who waits before the door: a thread for the guest, a field for the host. */
import type { CallSession } from "../call/session";
import { conversationOf, lobbyId } from "./in-call";
import { ownId } from "./own-id";
import { Thread } from "./Thread";
import { tc } from "./words";

/** For who waits. */
export function WaitingThread({ call, roomId }: { call: CallSession; roomId: string }) {
  const userId = ownId();
  const conversation = userId === undefined ? undefined : conversationOf(call, lobbyId(roomId, userId));
  if (conversation === undefined) return null;
  return (
    <section class="chat-lobby" aria-label={tc("lobby.title")}>
      <h2>{tc("lobby.title")}</h2>
      <Thread conversation={conversation} empty={tc("lobby.empty")} />
    </section>
  );
}

/** For the host, below the knock of one person. */
export function KnockThread({ call, roomId, userId, name }: { call: CallSession; roomId: string; userId: string; name: string }) {
  const conversation = conversationOf(call, lobbyId(roomId, userId));
  if (conversation === undefined) return null;
  return (
    <section class="chat-knock" aria-label={tc("lobby.reply.to", { name })}>
      <Thread conversation={conversation} empty="" />
    </section>
  );
}
