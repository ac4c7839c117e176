/**
 * Whether oneself takes calls, kept true while any page shows it: asked once, then told by the server,
 * whichever tab or device it was switched on. One signal, so that the header and the profile never say
 * two things.
 */
import { signal } from "@preact/signals";
import { request, session } from "../api";
import { followed } from "../app/followed";
import { watchHosts } from "./watch";
import type { MyHost } from "./words";

/** Null until it is known. */
export const online = signal<boolean | null>(null);
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
  const { value: me } = session.identity;
  return watchHosts({
    onCard(card) {
      if (me.kind === "member" && card.userId === me.user.userId) online.value = card.status !== "offline";
    },
    onMissed: () => void ask(),
  });
}

const useFollowed = followed(follow, () => {
  online.value = null;
});

/** The switch, as long as the component stands. */
export function useOnline(): boolean | null {
  useFollowed();
  return online.value;
}
