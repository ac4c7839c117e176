/**
 * News of the directory while a page shows it: a whole card whenever a host comes, goes or changes.
 * The server keeps nothing for who was away, so after every welcome it is told again to tell us, and
 * then the page fetches anew.
 */
import { useEffect, useRef } from "preact/hooks";
import { liveSocket, onLive } from "../app/live";
import type { HostCard } from "./words";

const NAMES = ["host-online", "host-offline", "host-updated"] as const;
let watchers = 0;

export interface HostNews {
  /** A host as he is now. */
  onCard: (card: HostCard) => void;
  /** Something may have been missed. */
  onMissed: () => void;
}

export function watchHosts({ onCard, onMissed }: HostNews): () => void {
  watchers += 1;
  const off = onLive((socket) => {
    // What happened before the server knew of us was told to nobody: whoever asked, asks again then.
    const ask = () => void socket.request("watch-hosts", {}).then(onMissed, () => undefined);
    if (socket.state.name === "ready") ask();
    return [...NAMES.map((name) => socket.on(name, onCard)), socket.onWelcome(ask)];
  });
  return () => {
    watchers -= 1;
    if (watchers === 0) void liveSocket()?.request("unwatch-hosts", {}).catch(() => undefined);
    off();
  };
}

/** As long as the component stands. */
export function useHostNews(news: HostNews): void {
  const latest = useRef(news);
  latest.current = news;
  useEffect(() => watchHosts({ onCard: (card) => latest.current.onCard(card), onMissed: () => latest.current.onMissed() }), []);
}
