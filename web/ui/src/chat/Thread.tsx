/** A conversation to read and write in: the log by days, who writes, and where one writes. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button, toast } from "../components";
import type { ChatMessage } from "../generated/protocol";
import { dayName, daysBetween, deviceZone } from "../i18n/time";
import type { RequestError } from "../socket/frames";
import "./chat.css";
import { Blocks } from "./Blocks";
import { type Aim, Composer } from "./Composer";
import type { Conversation } from "./conversation";
import { Latest } from "./Latest";
import { Message, type Reached, Waiting } from "./Message";
import { tc } from "./words";

/** So near to its end, px, a log follows what is new. */
const NEAR = 80;

interface ThreadProps {
  conversation: Conversation;
  /** Said while there is nothing. */
  empty: string;
  /** Why nobody writes here now; without it, one writes. */
  closed?: string | undefined;
}

export function Thread({ conversation, empty, closed }: ThreadProps) {
  const [aim, setAim] = useState<Aim | undefined>(undefined);
  const messages = conversation.messages.value;
  const pending = conversation.pending.value;
  const log = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const divider = useDivider(conversation);
  useReading(conversation);
  useLayoutEffect(() => {
    if (follows.current && log.current !== null) log.current.scrollTop = log.current.scrollHeight;
  }, [messages, pending]);

  const sayWhy = (error: unknown) =>
    toast((error as RequestError).code === "too_late" ? tc("edit.too_late") : tc("edit.failed"));
  const older = async () => {
    const field = log.current;
    const below = field === null ? 0 : field.scrollHeight - field.scrollTop;
    follows.current = false;
    await conversation.loadOlder().catch(sayWhy);
    requestAnimationFrame(() => field !== null && (field.scrollTop = field.scrollHeight - below));
  };
  const state = conversation.state.value;
  return (
    <div class="chat">
      <div
        ref={log}
        class="chat-log"
        tabIndex={0}
        onScroll={({ currentTarget: it }) => {
          follows.current = it.scrollHeight - it.scrollTop - it.clientHeight < NEAR;
        }}
      >
        {conversation.hasMore.value && (
          <Button kind="quiet" onClick={() => void older()}>
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
                <Said conversation={conversation} before={before} message={message} onAim={setAim} onError={sayWhy} />
              </>
            )}
          />
          {pending.length > 0 && (
            <ol role="list">
              {pending.map((it) => (
                <Waiting
                  key={it.key}
                  pending={it}
                  onRetry={() => conversation.retry(it.key)}
                  onDiscard={() => conversation.discard(it.key)}
                />
              ))}
            </ol>
          )}
        </div>
      </div>
      <Latest conversation={conversation} />
      <Typing names={[...conversation.typists.value.values()]} />
      {closed === undefined ? (
        <Composer
          conversation={conversation}
          aim={aim}
          onDone={() => {
            setAim(undefined);
            follows.current = true;
          }}
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
  onError: (error: unknown) => void;
}

function Said({ conversation, before, message, onAim, onError }: SaidProps) {
  const own = message.senderId === conversation.userId;
  const me = conversation.members.value.get(conversation.userId);
  const nameOf = (userId: string) =>
    userId === conversation.userId ? tc("you") : (conversation.members.value.get(userId)?.userName ?? "");
  const follows = before?.senderId === message.senderId && message.at - before.at < 5 * 60_000;
  const name = nameOf(message.senderId);
  const { msgSeq, text } = message;
  return (
    <Message
      message={message}
      own={own}
      name={own || follows ? undefined : name}
      reached={own ? reachedBy(conversation, msgSeq) : undefined}
      quote={quoteOf(conversation, message.replyTo, nameOf)}
      onReply={() => onAim({ kind: "reply", seq: msgSeq, name, text })}
      onEdit={own ? () => onAim({ kind: "edit", seq: msgSeq, text }) : undefined}
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

function quoteOf(conversation: Conversation, replyTo: number | null | undefined, nameOf: (userId: string) => string) {
  if (replyTo == null) return undefined;
  const quoted = conversation.messages.value.find((it) => it.msgSeq === replyTo);
  if (quoted === undefined) return { name: "", text: tc("quote.gone") };
  return { name: nameOf(quoted.senderId), text: quoted.deleted ? tc("deleted.quote") : quoted.text };
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
