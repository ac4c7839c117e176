/** The conversations of a call: one for those in it, and one with each person before the door. */
import { request } from "../api";
import type { CallSession } from "../call/session";
import { Conversation, type Page } from "./conversation";
import { ownId } from "./own-id";
import { knowPrivacy, privacy } from "./privacy";

const open = new WeakMap<CallSession, Map<string, Conversation>>();

/** The conversation of this name, made when it is asked for first. Closed with the call. */
export function conversationOf(call: CallSession, id: string): Conversation | undefined {
  const userId = ownId();
  if (userId === undefined) return undefined;
  let all = open.get(call);
  if (all === undefined) {
    all = new Map();
    open.set(call, all);
    const mine = all;
    call.phase.subscribe((phase) => {
      if (phase.name !== "ended") return;
      for (const conversation of mine.values()) conversation.close();
      mine.clear();
    });
  }
  const known = all.get(id);
  if (known !== undefined) return known;
  void knowPrivacy();
  const conversation = new Conversation({
    id,
    userId,
    socket: call.socket,
    fetchPage: (query) => request<Page>(`/api/conversations/${encodeURIComponent(id)}/messages${query}`),
    storage: sessionStorage,
    privacy: () => privacy.peek(),
  });
  all.set(id, conversation);
  return conversation;
}

/** The thread of somebody who waits, by the server's rule for its name. */
export const lobbyId = (roomId: string, userId: string): string => `lobby-${roomId.replace(/^room-/, "")}_${userId}`;
