/** One message: whose, what, when, how far it got, and what one may do with it. */
import { useEffect, useState } from "preact/hooks";
import { Button, MoreIcon } from "../components";
import type { ChatFile, ChatMessage } from "../generated/protocol";
import { clockTime } from "../i18n/time";
import type { Conversation, Pending } from "./conversation";
import { boxOf } from "./file-box";
import type { MessageFilesProps } from "./MessageFiles";
import { pieces } from "./rich";
import { tc } from "./words";

export type Reached = "sending" | "sent" | "delivered" | "read";

export interface MessageProps {
  conversation: Conversation;
  message: ChatMessage;
  own: boolean;
  /** The writer's name; left out when the message before is theirs too. */
  name: string | undefined;
  reached: Reached | undefined;
  quote: { name: string; text: string } | undefined;
  onReply: (() => void) | undefined;
  onEdit: (() => void) | undefined;
  onDelete: (() => void) | undefined;
  onReport: (() => void) | undefined;
}

export function Message({ conversation, message, own, name, reached, quote, onReply, onEdit, onDelete, onReport }: MessageProps) {
  const [open, setOpen] = useState(false);
  const act = (run: () => void) => () => {
    setOpen(false);
    run();
  };
  const actions = !message.deleted && (onReply ?? onEdit ?? onDelete ?? onReport) !== undefined;
  return (
    <li class={own ? "chat-message chat-own" : "chat-message"} data-seq={message.msgSeq}>
      {name !== undefined && <p class="chat-name">{name}</p>}
      <div class="chat-row">
        <div class="chat-bubble">
          {quote !== undefined && (
            <blockquote class="chat-quote">
              <strong>{quote.name}</strong>
              <span>{quote.text}</span>
            </blockquote>
          )}
          <Along conversation={conversation} msgSeq={message.msgSeq} files={message.files ?? []} />
          {message.deleted && <p class="chat-gone">{tc("deleted")}</p>}
          {message.text !== "" && <Words text={message.text} />}
          <p class="chat-meta">
            {message.editedAt != null && !message.deleted && <span>{tc("edited")}</span>}
            <time dateTime={new Date(message.at).toISOString()}>{clockTime(message.at)}</time>
            {reached !== undefined && !message.deleted && <Ticks reached={reached} />}
          </p>
        </div>
        {actions && (
          <Button kind="quiet" iconOnly class="chat-more" aria-label={tc("actions")} aria-expanded={open} onClick={() => setOpen(!open)}>
            <MoreIcon size={18} />
          </Button>
        )}
      </div>
      {open && (
        <div class="chat-actions">
          {onReply && <Button onClick={act(onReply)}>{tc("reply")}</Button>}
          {onEdit && <Button onClick={act(onEdit)}>{tc("edit")}</Button>}
          {onReport && (
            <Button kind="danger-quiet" onClick={act(onReport)}>
              {tc("report")}
            </Button>
          )}
          {onDelete && (
            <Button kind="danger-quiet" onClick={act(onDelete)}>
              {tc("delete")}
            </Button>
          )}
        </div>
      )}
    </li>
  );
}

interface WaitingProps {
  conversation: Conversation;
  pending: Pending;
  onRetry: () => void;
  onDiscard: () => void;
}

/** What the server has not taken yet: shown at once, with a word when it was refused. */
export function Waiting({ conversation, pending, onRetry, onDiscard }: WaitingProps) {
  return (
    <li class="chat-message chat-own chat-pending">
      <div class="chat-row">
        <div class="chat-bubble">
          <Along conversation={conversation} msgSeq={undefined} files={pending.files ?? []} />
          {pending.text !== "" && <Words text={pending.text} />}
          <p class="chat-meta">
            <time dateTime={new Date(pending.at).toISOString()}>{clockTime(pending.at)}</time>
            {pending.failed === undefined && <Ticks reached="sending" />}
          </p>
        </div>
      </div>
      {pending.waits === true && pending.failed === undefined && (
        <div class="chat-failed chat-waits" role="status">
          <span>{tc("waits.not_admitted")}</span>
          <Button kind="quiet" onClick={onDiscard}>
            {tc("discard")}
          </Button>
        </div>
      )}
      {pending.failed !== undefined && (
        <div class="chat-failed" role="alert">
          <span>{whyNot(pending.failed)}</span>
          <Button onClick={onRetry}>{tc("retry")}</Button>
          <Button kind="quiet" onClick={onDiscard}>
            {tc("discard")}
          </Button>
        </div>
      )}
    </li>
  );
}

type FilesView = typeof import("./MessageFiles").default;
let filesView: FilesView | undefined;

/** What came along. Its code comes with the first file; until then there is the space that it takes. */
function Along(props: MessageFilesProps & { files: readonly ChatFile[] }) {
  const [View, set] = useState<FilesView | undefined>(() => filesView);
  const any = props.files.length > 0;
  useEffect(() => {
    if (!any || View !== undefined) return;
    let wanted = true;
    void import("./MessageFiles").then(({ default: it }) => {
      filesView = it;
      if (wanted) set(() => it);
    });
    return () => void (wanted = false);
  }, [any]);
  if (!any) return null;
  if (View !== undefined) return <View {...props} />;
  const pictures = props.files.filter((it) => it.kind === "picture");
  return (
    <div class="chat-along">
      {pictures.map((it) => (
        <div key={it.fileId} style={boxOf(it)} />
      ))}
    </div>
  );
}

function whyNot(code: string): string {
  if (code === "conflict") return tc("failed.files");
  if (code === "payload_too_large") return tc("failed.too_long");
  return code === "not_admitted" ? tc("failed.not_admitted") : tc("failed.send");
}

function Words({ text }: { text: string }) {
  return (
    <p class="chat-text" dir="auto">
      {pieces(text).map((piece) =>
        "href" in piece ? (
          <a href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </p>
  );
}

function Ticks({ reached }: { reached: Reached }) {
  const marks = reached === "sending" ? "◷" : reached === "sent" ? "✓" : "✓✓";
  return (
    <span class={`chat-ticks chat-${reached}`} role="img" aria-label={tc(`state.${reached}`)} title={tc(`state.${reached}`)}>
      {marks}
    </span>
  );
}
