/**
 * The one line to the server that all pages outside a call share: opened when the first one wants to
 * hear something, closed when the last one has gone. A call has its own line (`call/socket`), so
 * that the two never push each other out. The socket's code comes with the first listener.
 */
import { confirmLogin } from "../api";
import type { SocketClient } from "../socket/client";

/** What a listener subscribed to; each entry ends one subscription. */
type Off = (() => void)[];

let socket: SocketClient | undefined;
let opening: Promise<SocketClient> | undefined;
let listeners = 0;

/** Calls `listen` when the line is there; returns the way to stop listening. */
export function onLive(listen: (socket: SocketClient) => Off): () => void {
  let off: Off = [];
  let gone = false;
  listeners += 1;
  void open().then((line) => {
    if (!gone) off = listen(line);
  });
  return () => {
    if (gone) return;
    gone = true;
    for (const end of off) end();
    listeners -= 1;
    if (listeners === 0) close();
  };
}

/** The line, for who wants to say something; undefined while nobody listens. */
export const liveSocket = (): SocketClient | undefined => socket;

function open(): Promise<SocketClient> {
  opening ??= import("../call/socket").then(({ openSocket }) => {
    socket = openSocket("page");
    // A line that was ended for good (a login that is over) is not the next listener's.
    socket.onState((state) => {
      if (state.name !== "stopped") return;
      close();
      if (state.reason === "revoked") void confirmLogin();
    });
    if (listeners > 0) socket.start();
    return socket;
  });
  return opening;
}

function close(): void {
  const old = socket;
  socket = undefined;
  opening = undefined;
  old?.stop();
}
