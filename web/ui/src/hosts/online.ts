/**
 * Whether oneself takes calls, kept true while any page shows it: asked once and when the page comes
 * back into view. One signal, so that the header and the profile never say two things.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { request } from "../api";
import { onLive } from "../app/live";
import type { MyHost } from "./words";

/** Null until it is known. */
export const online = signal<boolean | null>(null);
let followers = 0;
let stop: (() => void) | undefined;
let switches = 0;

async function ask(): Promise<void> {
  const asked = switches;
  const mine = await request<MyHost>("/api/me/host-profile").catch(() => undefined);
  // What was switched meanwhile is newer than the answer.
  if (mine && switches === asked) online.value = mine.isOnline;
}

/** Shown at once, and taken back when the server does not agree. */
export async function switchOnline(to: boolean): Promise<void> {
  const before = online.peek();
  const mine = ++switches;
  online.value = to;
  try {
    const answer = await request<MyHost>("/api/me/host-online", { method: "PUT", body: { online: to } });
    if (switches === mine) online.value = answer.isOnline;
  } catch (cause) {
    if (switches === mine) online.value = before;
    throw cause;
  }
}

function follow(): () => void {
  void ask();
  const seen = () => document.visibilityState === "visible" && void ask();
  document.addEventListener("visibilitychange", seen);
  const off = onLive((socket) => [socket.onWelcome(({ lost }) => lost && void ask())]);
  return () => {
    document.removeEventListener("visibilitychange", seen);
    off();
  };
}

/** The switch, as long as the component stands. */
export function useOnline(): boolean | null {
  useEffect(() => {
    followers += 1;
    if (followers === 1) stop = follow();
    return () => {
      followers -= 1;
      if (followers > 0) return;
      stop?.();
      online.value = null;
    };
  }, []);
  return online.value;
}
