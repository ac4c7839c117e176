/**
 * What the member's wallet holds, kept true while any page shows it: asked once, then told by the
 * server. News of an older entry than the last is dropped, however it was delayed.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { request } from "../api";
import { onLive } from "../app/live";
import type { components } from "../generated/rest";

export type Wallet = components["schemas"]["WalletBody"];

/** Null until it is known, and for who has none. */
export const purse = signal<Wallet | null>(null);
let entry = 0;
let followers = 0;
let stop: (() => void) | undefined;

async function ask(): Promise<void> {
  const asked = entry;
  try {
    const answer = await request<Wallet>("/api/wallet");
    // What the server told meanwhile is newer than its answer.
    if (entry === asked) purse.value = answer;
    else if (purse.value) purse.value = { ...answer, available: purse.value.available };
  } catch {
    // The number stays away, or as it was; the next news or the next page asks again.
  }
}

function follow(): () => void {
  void ask();
  return onLive((socket) => [
    socket.on("wallet-changed", (news) => {
      if (news.entry <= entry) return;
      entry = news.entry;
      purse.value = { owed: purse.value?.owed ?? 0, available: news.available };
    }),
    socket.onWelcome(({ lost }) => lost && void ask()),
  ]);
}

/** The wallet, as long as the component stands. */
export function usePurse(): Wallet | null {
  useEffect(() => {
    followers += 1;
    if (followers === 1) stop = follow();
    return () => {
      followers -= 1;
      if (followers > 0) return;
      stop?.();
      purse.value = null;
      entry = 0;
    };
  }, []);
  return purse.value;
}
