/**
 * What the member's wallet holds, kept true while any page shows it: asked once, then told by the
 * server. News of an older entry than the last is dropped, however it was delayed.
 */
import { signal } from "@preact/signals";
import { request } from "../api";
import { followed } from "../app/followed";
import { onLive } from "../app/live";
import type { components } from "../generated/rest";

export type Wallet = components["schemas"]["WalletBody"];

/** Null until it is known, and for who has none. */
export const purse = signal<Wallet | null>(null);
let entry = 0;

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

const useFollowed = followed(follow, () => {
  purse.value = null;
  entry = 0;
});

/** The wallet, as long as the component stands. */
export function usePurse(): Wallet | null {
  useFollowed();
  return purse.value;
}
