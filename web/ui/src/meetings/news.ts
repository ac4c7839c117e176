/**
 * News of one's meetings while a page shows them: the server says `meeting-updated` over the socket,
 * and the page asks again.
 */
import { useEffect } from "preact/hooks";
import { onLive } from "../app/live";

/** One change is often several events; whoever asks waits for the last. */
const SETTLED_MS = 300;

export function useMeetingNews(onNews: () => void): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(onNews, SETTLED_MS);
    };
    const off = onLive((socket) => [
      socket.on("meeting-updated", soon),
      socket.onWelcome(({ lost }) => lost && soon()),
    ]);
    return () => {
      clearTimeout(timer);
      off();
    };
  }, [onNews]);
}
