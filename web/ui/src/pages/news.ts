/**
 * News of one's meetings while a page shows them: the server says `meeting-updated` over the socket,
 * and the page asks again. The socket's code comes when the page stands, and lives no longer than it.
 */
import { useEffect } from "preact/hooks";
import type { SocketClient } from "../socket/client";

/** One change is often several events; whoever asks waits for the last. */
const SETTLED_MS = 300;

export function useMeetingNews(onNews: () => void): void {
  useEffect(() => {
    let socket: SocketClient | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(onNews, SETTLED_MS);
    };
    void import("../call/socket").then(({ openSocket }) => {
      if (gone) return;
      socket = openSocket();
      socket.on("meeting-updated", soon);
      socket.onWelcome(({ lost }) => lost && soon());
      socket.start();
    });
    return () => {
      gone = true;
      clearTimeout(timer);
      socket?.stop();
    };
  }, [onNews]);
}
