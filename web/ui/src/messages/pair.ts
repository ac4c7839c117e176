/** One conversation with somebody on the line that all pages share, as long as its page stands. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { onLive } from "../app/live";
import { Conversation, type Page } from "../chat/conversation";
import { ownId } from "../chat/own-id";
import { knowPrivacy, privacy } from "../chat/privacy";

export function usePair(id: string): Conversation | undefined {
  const [conversation, set] = useState<Conversation | undefined>(undefined);
  useEffect(() => {
    const off = onLive((socket) => {
      const userId = ownId();
      void knowPrivacy();
      if (userId === undefined) return [];
      const made = new Conversation({
        id,
        userId,
        socket,
        fetchPage: (query) => request<Page>(`/api/conversations/${encodeURIComponent(id)}/messages${query}`),
        storage: sessionStorage,
        privacy: () => privacy.peek(),
        pair: true,
      });
      set(made);
      return [() => made.close()];
    });
    return () => {
      off();
      set(undefined);
    };
  }, [id]);
  return conversation;
}
