/**
 * What one was told, kept true while any page shows it: the latest are asked for once, then told by
 * the server. A toast and, if it is wanted, a sound come with what is new. No DOM in here but for the
 * question whether somebody looks at what it is about.
 */
import { signal } from "@preact/signals";
import { request, session } from "../api";
import { followed } from "../app/followed";
import { onLive } from "../app/live";
import { place } from "../app/router";
import type { MissedNotices, Notice } from "../generated/protocol";
import type { components } from "../generated/rest";
import type { SocketClient } from "../socket/client";
import { placeOf } from "./words";

export type Told = components["schemas"]["NoticeBody"];
type Page = components["schemas"]["NoticeList"];

export interface NoticeState {
  /** The latest first. */
  all: readonly Told[];
  unread: number;
  hasMore: boolean;
}

/** Null until it is known. */
export const notices = signal<NoticeState | null>(null);
const PAGE = 20;

/** The number alone, of whom it is: from the line's greeting, or from the page that was here before. */
const early = signal<{ of: string; unread: number } | null>(null);

const me = (): string => {
  const identity = session.identity.peek();
  return identity.kind === "member" ? identity.user.userId : "";
};

function foretold(unread: number): void {
  early.value = { of: me(), unread };
}

/** How many are unread, as soon as that is known: before the list is there, too. */
export function unreadNotices(): number {
  return notices.value?.unread ?? (early.value?.of === me() ? early.value.unread : 0);
}

/** Goes up with all that is told or marked: a page that was asked for before that may not know of it. */
let news = 0;
const ASK_TIMES = 3;

async function ask(): Promise<void> {
  try {
    for (let times = 0, before = -1; before !== news && times < ASK_TIMES; times++) {
      before = news;
      const page = await request<Page>(`/api/notifications?limit=${PAGE}`);
      notices.value = { all: page.notifications, unread: page.unread, hasMore: page.hasMore };
    }
  } catch {
    // The bell stays as it was; the next news or the next page asks again.
  }
}

export async function askOlder(): Promise<void> {
  const known = notices.value;
  const last = known?.all[known.all.length - 1];
  if (!known || !last) return;
  const page = await request<Page>(`/api/notifications?limit=${PAGE}&before=${last.ntfSeq}`);
  notices.value = { ...known, all: [...known.all, ...page.notifications], hasMore: page.hasMore };
}

/** The state after one more. */
export function withNotice(state: NoticeState, notice: Notice, unread: number): NoticeState {
  if (state.all.some((it) => it.ntfSeq === notice.ntfSeq)) return state;
  return { ...state, all: [{ ...notice, read: false }, ...state.all], unread };
}

/** The state after some were read, here or elsewhere. */
export function withRead(state: NoticeState, upToSeq: number, seqs: readonly number[], unread: number): NoticeState {
  const all = state.all.map((it) => (it.ntfSeq <= upToSeq || seqs.includes(it.ntfSeq) ? { ...it, read: true } : it));
  return { ...state, all, unread };
}

/** The state after a time away, without the list being asked for anew. */
export function withMissed(state: NoticeState, { notices: missed, read }: MissedNotices): NoticeState {
  const all = missed.reduce((it, notice) => withNotice(it, notice, read.unread), state);
  return withRead(all, read.upToSeq, read.seqs, read.unread);
}

/** Gets what was missed while the line was cut; all of the list when that is too much. */
async function catchUp(socket: SocketClient): Promise<void> {
  const known = notices.value;
  if (!known) return ask();
  try {
    const { notifications } = await socket.request("sync", { lastNotificationSeq: known.all[0]?.ntfSeq ?? 0 });
    const now = notices.value;
    if (now && notifications && !notifications.anew) notices.value = withMissed(now, notifications);
    else await ask();
  } catch {
    await ask();
  }
}

/** Marks these as read, or all that are known; the server tells every device. */
export async function markRead(seqs?: readonly number[]): Promise<void> {
  const known = notices.value;
  if (!known) return;
  const upToSeq = known.all[0]?.ntfSeq ?? 0;
  const { unread } = await request<{ unread: number }>("/api/notifications/read", {
    method: "POST",
    body: seqs ? { seqs } : { upToSeq },
  });
  news++;
  const now = notices.value ?? known;
  notices.value = seqs ? withRead(now, 0, seqs, unread) : withRead(now, upToSeq, [], unread);
}

function follow(onNew: (notice: Notice) => void): () => void {
  void ask();
  return onLive((socket) => [
    socket.on("notification", ({ notice, unread, silent }) => {
      news++;
      if (notices.value !== null) notices.value = withNotice(notices.value, notice, unread);
      else foretold(unread);
      // Whoever looks at it already is not told of it; where it is read, that is said by itself.
      const looks = document.visibilityState === "visible" && place.peek().path === placeOf(notice, me());
      if (!looks) {
        if (!silent) onNew(notice);
      } else if (notice.kind !== "message") void markRead([notice.ntfSeq]).catch(() => {});
    }),
    socket.on("notifications-read", ({ upToSeq, seqs, unread }) => {
      news++;
      if (notices.value !== null) notices.value = withRead(notices.value, upToSeq, seqs, unread);
      else foretold(unread);
    }),
    socket.onWelcome(({ welcome, resumed, lost }) => {
      if (notices.value === null) foretold(welcome.unreadNotifications ?? 0);
      if (!resumed || lost) void catchUp(socket);
    }),
  ]);
}

const useFollowed = followed(follow, () => {
  if (notices.value !== null) foretold(notices.value.unread);
  notices.value = null;
});

/** The list, as long as the component stands; `onNew` for what comes meanwhile. */
export function useNotices(onNew: (notice: Notice) => void): NoticeState | null {
  useFollowed(onNew);
  return notices.value;
}
