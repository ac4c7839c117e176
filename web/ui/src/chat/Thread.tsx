/** A conversation to read and write in: the log by days, who writes, and where one writes. */
import { useSignalEffect } from "@preact/signals";
import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, toast } from "../components";
import type { ChatMessage } from "../generated/protocol";
import { dayName, daysBetween, deviceZone } from "../i18n/time";
import type { RequestError } from "../socket/frames";
import "./chat.css";
import { BLOCK, Blocks } from "./Blocks";
import { type Aim, Composer } from "./Composer";
import type { Conversation } from "./conversation";
import { lineOf, tf } from "./file-words";
import { Latest } from "./Latest";
import { Message, type Reached, Waiting } from "./Message";
import { privacy } from "./privacy";
import { tc } from "./words";

/** So near to its end, px, a log follows what is new. */
const NEAR = 80;
/** So near to an edge, px, more is loaded. */
const LOAD_NEAR = 400;

interface ThreadProps {
  conversation: Conversation;
  /** Said while there is nothing. */
  empty: string;
  /** Why nobody writes here now; without it, one writes. */
  closed?: string | undefined;
  /** The message to begin at, instead of the newest. */
  at?: number | undefined;
  /** Somebody went back to the newest. */
  onNewest?: () => void;
  /** Words that stand before the next message, and are taken with it. */
  opening?: (() => string) | undefined;
  /** Somebody reports the writer of a message. */
  onReport?: ((message: ChatMessage) => void) | undefined;
}

export function Thread({ conversation, empty, closed, at, onNewest, opening, onReport }: ThreadProps) {
  const [aim, setAim] = useState<Aim | undefined>(undefined);
  const messages = conversation.messages.value;
  const pending = conversation.pending.value;
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [high, setHigh] = useState(false);
  const divider = useDivider(conversation);
  const away = conversation.away.value;
  useReading(conversation);
  useOlderAbove(log, messages);
  const follow = (it: boolean) => {
    follows.current = it;
    setHigh(!it);
  };
  useLayoutEffect(() => {
    if (follows.current && log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [messages, pending]);
  useEffect(() => {
    const it = log.current;
    const inner = it?.querySelector('[role="log"]');
    if (it === null || inner == null || typeof ResizeObserver === "undefined") return;
    // A window made smaller, a longer draft, a picture that has come: the end stays in sight.
    const sizes = new ResizeObserver(() => {
      if (follows.current) it.scrollTop = it.scrollHeight;
    });
    sizes.observe(it);
    sizes.observe(inner);
    return () => sizes.disconnect();
  }, []);
  const ready = conversation.state.value === "ready";
  useEffect(() => {
    if (at === undefined || !ready) return;
    follow(false);
    conversation.goTo(at).then(
      (there) => {
        if (!there) return toast(tc("found.gone"));
        // Meanwhile the log stood at its end, and a scroll event may have said so.
        follow(false);
        requestAnimationFrame(() => reveal(log.current, at));
      },
      () => toast(tc("found.failed")),
    );
  }, [conversation, at, ready]);

  const sayWhy = (error: unknown) =>
    toast((error as RequestError).code === "too_late" ? tc("edit.too_late") : tc("edit.failed"));
  const older = () => {
    follow(false);
    void conversation.loadOlder().catch(sayWhy);
  };
  const newest = async () => {
    await conversation.toNewest().catch(sayWhy);
    follow(true);
    onNewest?.();
    requestAnimationFrame(() => {
      if (log.current !== null) log.current.scrollTop = log.current.scrollHeight;
      log.current?.focus({ preventScroll: true });
    });
  };
  conversation.opening = opening;
  const state = conversation.state.value;
  const { over, drop, setTakes } = useDrop();
  return (
    <div class={over ? "chat chat-over" : "chat"} {...drop}>
      {over && <p class="chat-drop">{tf("drop")}</p>}
      <div
        ref={log}
        class="chat-log"
        tabIndex={0}
        onScroll={({ currentTarget: it }) => {
          const below = it.scrollHeight - it.scrollTop - it.clientHeight;
          if (follows.current !== (!away && below < NEAR)) follow(!away && below < NEAR);
          if (it.scrollTop < LOAD_NEAR && !follows.current && conversation.hasMore.value) void conversation.loadOlder().catch(() => {});
          if (below < LOAD_NEAR && away) void conversation.loadNewer().catch(() => {});
        }}
      >
        {conversation.hasMore.value && (
          <Button kind="quiet" onClick={older}>
            {tc("older")}
          </Button>
        )}
        {state !== "ready" && <p class="chat-note">{tc(state === "loading" ? "loading" : "failed")}</p>}
        {state === "ready" && messages.length + pending.length === 0 && (
          <div class="chat-note">
            <p>
              <strong>{tc("empty.title")}</strong>
            </p>
            <p>{empty}</p>
          </div>
        )}
        {/* What is new is read out once, by itself: this list also changes when one scrolls. */}
        <div role="log" aria-live="off" aria-label={tc("log")}>
          <Blocks
            log={log}
            messages={messages}
            line={(message, before) => (
              <>
                <Separators before={before} message={message} divider={divider} />
                <Said conversation={conversation} before={before} message={message} onAim={setAim} onReport={onReport} onError={sayWhy} />
              </>
            )}
          />
          {pending.length > 0 && (
            <ol role="list">
              {pending.map((it) => (
                <Waiting
                  key={it.key}
                  conversation={conversation}
                  pending={it}
                  onRetry={() => conversation.retry(it.key)}
                  onDiscard={() => conversation.discard(it.key)}
                />
              ))}
            </ol>
          )}
        </div>
      </div>
      {(away || high) && messages.length > 0 && (
        <div class="chat-newest">
          <Button onClick={() => void newest()}>{tc("newest")}</Button>
        </div>
      )}
      <Latest conversation={conversation} />
      <Typing names={[...conversation.typists.value.values()]} />
      {closed === undefined ? (
        <Composer
          conversation={conversation}
          aim={aim}
          onDone={() => {
            setAim(undefined);
            if (!away) follow(true);
          }}
          onDrop={setTakes}
          onEdit={(seq, text) => void conversation.edit(seq, text).catch(sayWhy)}
        />
      ) : (
        <p class="chat-closed">{closed}</p>
      )}
    </div>
  );
}

function Separators({ before, message, divider }: { before: ChatMessage | undefined; message: ChatMessage; divider: number }) {
  const zone = deviceZone();
  const newDay = before === undefined || daysBetween(before.at, message.at, zone) !== 0;
  const newHere = divider > 0 && message.msgSeq > divider && (before?.msgSeq ?? 0) <= divider;
  return (
    <>
      {newDay && <li class="chat-day">{dayName(message.at, Date.now())}</li>}
      {newHere && <li class="chat-unread">{tc("unread")}</li>}
    </>
  );
}

interface SaidProps {
  conversation: Conversation;
  before: ChatMessage | undefined;
  message: ChatMessage;
  onAim: (aim: Aim) => void;
  onReport: ((message: ChatMessage) => void) | undefined;
  onError: (error: unknown) => void;
}

function Said({ conversation, before, message, onAim, onReport, onError }: SaidProps) {
  const own = message.senderId === conversation.userId;
  const me = conversation.members.value.get(conversation.userId);
  const nameOf = (userId: string) =>
    userId === conversation.userId ? tc("you") : (conversation.members.value.get(userId)?.userName ?? "");
  const follows = before?.senderId === message.senderId && message.at - before.at < 5 * 60_000;
  const name = nameOf(message.senderId);
  const { msgSeq, text } = message;
  const files = (message.files ?? []).length > 0;
  return (
    <Message
      conversation={conversation}
      message={message}
      own={own}
      name={own || follows ? undefined : name}
      reached={own ? shownAs(reachedBy(conversation, msgSeq)) : undefined}
      quote={quoteOf(conversation, message.replyTo, nameOf)}
      onReply={() => onAim({ kind: "reply", seq: msgSeq, name, text: lineOf(message) })}
      onEdit={own ? () => onAim({ kind: "edit", seq: msgSeq, text, files }) : undefined}
      onReport={own || onReport === undefined ? undefined : () => onReport(message)}
      onDelete={own || me?.moderator ? () => void conversation.remove(msgSeq).catch(onError) : undefined}
    />
  );
}

/** As far as it got with everybody who is there. */
export function reachedBy(conversation: Conversation, msgSeq: number): Reached {
  const others = [...conversation.members.value.values()].filter((it) => it.userId !== conversation.userId);
  const there = others.filter((it) => it.inside || it.deliveredSeq >= msgSeq);
  if (there.length > 0 && there.every((it) => it.readSeq >= msgSeq)) return "read";
  return there.length > 0 && there.every((it) => Math.max(it.deliveredSeq, it.readSeq) >= msgSeq) ? "delivered" : "sent";
}

/** Whoever does not show what they have read is not shown it. */
const shownAs = (reached: Reached): Reached => (reached === "read" && !privacy.value.read ? "delivered" : reached);

function quoteOf(conversation: Conversation, replyTo: number | null | undefined, nameOf: (userId: string) => string) {
  if (replyTo == null) return undefined;
  const quoted = conversation.messages.value.find((it) => it.msgSeq === replyTo);
  if (quoted === undefined) return { name: "", text: tc("quote.gone") };
  return { name: nameOf(quoted.senderId), text: quoted.deleted ? tc("deleted.quote") : lineOf(quoted) };
}

/** Brings a message into the middle of the log and the focus to it. Its block may be an empty box until it is near. */
function reveal(log: HTMLElement | null, msgSeq: number, tries = 30): void {
  if (log === null) return;
  const it = log.querySelector<HTMLElement>(`[data-seq="${msgSeq}"]`);
  const seen = it ?? log.querySelector<HTMLElement>(`[data-block="${Math.floor(msgSeq / BLOCK)}"]`);
  if (seen !== null) log.scrollTop += seen.getBoundingClientRect().top - log.getBoundingClientRect().top - log.clientHeight / 3;
  if (it === null) return void (tries > 0 && requestAnimationFrame(() => reveal(log, msgSeq, tries - 1)));
  for (const old of log.querySelectorAll("[data-found]")) old.removeAttribute("data-found");
  it.setAttribute("data-found", "");
  it.tabIndex = -1;
  it.focus({ preventScroll: true });
}

/** What was in sight stays where it is when something comes above it. */
function useOlderAbove(log: RefObject<HTMLElement | null>, messages: readonly ChatMessage[]): void {
  const first = useRef<number | undefined>(undefined);
  const below = useRef<number | undefined>(undefined);
  const now = messages[0]?.msgSeq;
  const above = first.current !== undefined && now !== undefined && now < first.current;
  const joined = above && messages.some((it) => it.msgSeq === first.current);
  // Before the new lines stand there.
  if (joined && below.current === undefined && log.current !== null) below.current = log.current.scrollHeight - log.current.scrollTop;
  useLayoutEffect(() => {
    if (below.current !== undefined && log.current !== null) log.current.scrollTop = log.current.scrollHeight - below.current;
    below.current = undefined;
    first.current = now;
  }, [now]);
}

type Takes = (files: readonly File[]) => void;

/** Files that are dropped anywhere on a thread go to where one writes. */
function useDrop() {
  const [over, setOver] = useState(false);
  const takes = useRef<Takes | undefined>(undefined);
  const setTakes = useCallback((it: Takes | undefined) => void (takes.current = it), []);
  const meant = (event: DragEvent) => takes.current !== undefined && (event.dataTransfer?.types.includes("Files") ?? false);
  const drop = {
    onDragOver: (event: DragEvent) => {
      if (!meant(event)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent & { currentTarget: HTMLElement }) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      setOver(false);
      if (!meant(event)) return;
      event.preventDefault();
      takes.current?.([...(event.dataTransfer?.files ?? [])]);
    },
  };
  return { over, drop, setTakes };
}

function Typing({ names }: { names: string[] }) {
  const words = names.length === 0 ? "" : names.length > 1 ? tc("typing.several") : tc("typing.name", { name: names[0] ?? "" });
  return <p class="chat-typing">{words}</p>;
}

/** After which message the line "new" stands; where it stood when the thread was opened. */
function useDivider(conversation: Conversation): number {
  const first = useRef<number | undefined>(undefined);
  if (first.current === undefined && conversation.state.value === "ready")
    first.current = conversation.unread.peek() > 0 ? conversation.readSeq.peek() : 0;
  return first.current ?? 0;
}

/** What is in sight counts as read, while somebody looks. */
function useReading(conversation: Conversation): void {
  const look = () => {
    if (document.visibilityState === "visible") conversation.markRead();
  };
  useSignalEffect(() => {
    if (conversation.messages.value.length > 0 && conversation.state.value === "ready") queueMicrotask(look);
  });
  useEffect(() => {
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [conversation]);
}
