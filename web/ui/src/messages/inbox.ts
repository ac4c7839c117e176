/**
 * Whom one writes with, kept true while any page shows it: asked once, then told by the server. One
 * list for the number in the header and for the page, so that the two never say different things.
 * What is not known from an event (a new conversation, a number that cannot be counted here) is
 * asked for again. No DOM in here.
 */
import { computed, signal } from "@preact/signals";
import { request, session } from "../api";
import { followed } from "../app/followed";
import { onLive } from "../app/live";
import type { ChatMessage } from "../generated/protocol";
import { watchActivity } from "./activity";
import type { Entry } from "./words";

/** Null until it is known. */
export const inbox = signal<readonly Entry[] | null>(null);
/** Why it is not known; the last list stays where there was one. */
export const failure = signal<unknown>(null);
/** Messages that wait, of conversations that are not muted. */
export const unreadTotal = computed(() => (inbox.value ?? []).reduce((sum, it) => sum + (it.muted ? 0 : it.unread), 0));

const SOON_MS = 300;
let asked = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** The name of a conversation: both ids, the smaller one first. */
export const pairId = (one: string, other: string): string => (one < other ? `${one}_${other}` : `${other}_${one}`);

const isPair = (id: string): boolean => id.includes("_") && !id.startsWith("lobby-");

export async function askInbox(): Promise<void> {
  const mine = ++asked;
  try {
    const { conversations } = await request<{ conversations: Entry[] }>("/api/conversations");
    if (mine !== asked) return;
    inbox.value = conversations;
    failure.value = null;
  } catch (cause) {
    if (mine === asked) failure.value = cause;
  }
}

/** Several reasons to ask are one question. */
function askSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void askInbox(), SOON_MS);
}

/** A list after somebody said something; undefined when the list must be asked for. */
export function heard(list: readonly Entry[], id: string, message: ChatMessage, me: string): readonly Entry[] | undefined {
  const known = list.find((it) => it.conversationId === id);
  if (known === undefined) return undefined;
  const last = known.lastMessage?.msgSeq ?? 0;
  if (message.msgSeq <= last) return list;
  const fresh = message.senderId !== me && message.msgSeq > known.readSeq ? 1 : 0;
  const entry: Entry = { ...known, lastMessage: message, unread: Math.min(100, known.unread + fresh), archived: false };
  return [entry, ...list.filter((it) => it !== known)];
}

function change(id: string, into: (entry: Entry) => Entry): void {
  if (inbox.value === null) return;
  inbox.value = inbox.value.map((it) => (it.conversationId === id ? into(it) : it));
}

/** What a page just learned of one conversation. */
export function learned(entry: Entry): void {
  change(entry.conversationId, () => entry);
}

function follow(): () => void {
  void askInbox();
  const { value: identity } = session.identity;
  const me = identity.kind === "member" ? identity.user.userId : "";
  const quiet = watchActivity();
  const off = onLive((socket) => [
    socket.on("message", ({ conversationId: id, message }) => {
      if (!isPair(id)) return;
      const list = inbox.value === null ? undefined : heard(inbox.value, id, message, me);
      if (list === undefined) askSoon();
      else inbox.value = list;
      // It arrived here, whether or not its page is open.
      if (message.senderId !== me) socket.send("mark-delivered", { conversationId: id, upToSeq: message.msgSeq });
    }),
    socket.on("message-updated", ({ conversationId: id, message }) => {
      change(id, (it) => (it.lastMessage?.msgSeq === message.msgSeq ? { ...it, lastMessage: message } : it));
      if (message.deleted && isPair(id)) askSoon(); // perhaps one less is unread
    }),
    socket.on("unread", ({ conversationId: id, readSeq }) => {
      const known = inbox.value?.find((it) => it.conversationId === id);
      if (known === undefined) return;
      const all = readSeq >= (known.lastMessage?.msgSeq ?? 0);
      change(id, (it) => ({ ...it, readSeq: Math.max(it.readSeq, readSeq), unread: all ? 0 : it.unread }));
      if (!all) askSoon();
    }),
    socket.on("message-delivered", ({ conversationId: id, userId, upToSeq }) =>
      change(id, (it) => (it.userId === userId ? { ...it, otherDeliveredSeq: Math.max(it.otherDeliveredSeq, upToSeq) } : it)),
    ),
    socket.on("message-read", ({ conversationId: id, userId, upToSeq }) =>
      change(id, (it) => (it.userId === userId ? { ...it, otherReadSeq: Math.max(it.otherReadSeq, upToSeq) } : it)),
    ),
    socket.on("conversation-kept", ({ conversationId: id, muted, archivedSeq }) =>
      change(id, (it) => ({ ...it, muted, archived: archivedSeq > 0 && archivedSeq >= (it.lastMessage?.msgSeq ?? 0) })),
    ),
    socket.onWelcome(({ resumed, lost }) => (!resumed || lost) && askSoon()),
  ]);
  return () => {
    off();
    quiet();
  };
}

const useFollowed = followed(follow, () => {
  clearTimeout(timer);
  asked += 1;
  inbox.value = null;
  failure.value = null;
});

/** The list, as long as the component stands. */
export function useInbox(): readonly Entry[] | null {
  useFollowed();
  return inbox.value;
}
