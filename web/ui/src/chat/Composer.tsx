/** Where one writes: Enter sends, Shift+Enter begins a line; a draft stays until it is sent. */
import { useCallback, useEffect, useId, useRef, useState } from "preact/hooks";
import { ArrowIcon, Button, CrossIcon } from "../components";
import { type Conversation, TEXT_CHARS_MAX } from "./conversation";
import { EMOJI } from "./emoji";
import { ClipIcon } from "./file-icons";
import { tf } from "./file-words";
import type { Shelf } from "./shelf";
import { tc } from "./words";

/** What the words are for, besides a new message. */
export type Aim = { kind: "reply"; seq: number; name: string; text: string } | { kind: "edit"; seq: number; text: string; files: boolean };

/** Characters left from which on one is told. */
const LEFT_SHOWN = 200;

interface ComposerProps {
  conversation: Conversation;
  aim: Aim | undefined;
  onDone: () => void;
  onEdit: (seq: number, text: string) => void;
  /** Files that were dropped on the thread; called with who takes them. */
  onDrop: (take: ((files: readonly File[]) => void) | undefined) => void;
}

export function Composer({ conversation, aim, onDone, onEdit, onDrop }: ComposerProps) {
  const [text, setText] = useState(conversation.draft);
  const [picking, setPicking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const picker = useRef<HTMLInputElement>(null);
  const editing = aim?.kind === "edit";
  const bytesMax = conversation.fileBytesMax.value;
  const attaches = bytesMax > 0 && !editing;
  const { tray, add } = useTray(conversation);
  const shelf = editing ? undefined : tray?.shelf;
  const along = shelf?.ready.value.length ?? 0;
  const waits = shelf?.busy.value ?? false;

  useEffect(() => {
    onDrop(attaches ? add : undefined);
    return () => onDrop(undefined);
  }, [attaches, add]);
  useEffect(() => {
    if (aim === undefined) return;
    if (aim.kind === "edit") setText(aim.text);
    area.current?.focus();
  }, [aim]);
  useEffect(() => {
    // As high as its words, up to what the style allows.
    const field = area.current;
    if (field === null) return;
    field.style.blockSize = "auto";
    field.style.blockSize = `${field.scrollHeight + 2}px`;
  }, [text]);

  const write = (words: string) => {
    setText(words);
    if (editing) return;
    conversation.draft = words;
    if (words.trim() === "") conversation.stopTyping();
    else conversation.typing();
  };
  const finish = () => {
    setText(editing ? conversation.draft : "");
    setPicking(false);
    onDone();
  };
  const send = () => {
    if (editing) {
      if (text.trim() === "" && !aim.files) return;
      if (text.trim() !== aim.text) onEdit(aim.seq, text);
      return finish();
    }
    if (waits) return;
    if (!conversation.say(text, aim?.seq, shelf?.take())) return;
    conversation.draft = "";
    finish();
  };
  const insert = (emoji: string) => {
    const field = area.current;
    const [from, to] = [field?.selectionStart ?? text.length, field?.selectionEnd ?? text.length];
    write(text.slice(0, from) + emoji + text.slice(to));
    setPicking(false);
    requestAnimationFrame(() => {
      field?.focus();
      field?.setSelectionRange(from + emoji.length, from + emoji.length);
    });
  };
  const left = TEXT_CHARS_MAX - [...text].length;
  return (
    <form
      class="chat-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {aim !== undefined && (
        <div class="chat-aim">
          <p>
            <strong>{aim.kind === "edit" ? tc("compose.editing") : tc("compose.replying", { name: aim.name })}</strong>
            {aim.kind === "reply" && <span>{aim.text}</span>}
          </p>
          <Button kind="quiet" iconOnly aria-label={tc("compose.cancel")} onClick={finish}>
            <CrossIcon size={18} />
          </Button>
        </div>
      )}
      {picking && (
        <div class="chat-emoji" role="group" aria-label={tc("emoji.title")}>
          {EMOJI.map((emoji) => (
            <button type="button" onClick={() => insert(emoji)}>
              {emoji}
            </button>
          ))}
        </div>
      )}
      {tray !== undefined && shelf !== undefined && <tray.View shelf={shelf} bytesMax={bytesMax} />}
      <div class="chat-write">
        {attaches && (
          <>
            <input
              ref={picker}
              type="file"
              multiple
              hidden
              onChange={({ currentTarget: it }) => {
                add([...(it.files ?? [])]);
                // The same file may be chosen again.
                it.value = "";
              }}
            />
            <Button kind="quiet" iconOnly aria-label={tf("attach")} onClick={() => picker.current?.click()}>
              <ClipIcon />
            </Button>
          </>
        )}
        <Button kind="quiet" iconOnly aria-label={tc("emoji")} aria-expanded={picking} onClick={() => setPicking(!picking)}>
          <span aria-hidden="true" class="chat-smile">
            ☺
          </span>
        </Button>
        <label class="only-read" for={id}>
          {tc("compose.label")}
        </label>
        <textarea
          id={id}
          ref={area}
          rows={1}
          dir="auto"
          maxLength={TEXT_CHARS_MAX}
          placeholder={tc("compose.placeholder")}
          value={text}
          onInput={(event) => write(event.currentTarget.value)}
          onBlur={() => conversation.stopTyping()}
          onPaste={(event) => {
            const files = [...(event.clipboardData?.files ?? [])];
            // A text that comes with a picture of itself is meant as text.
            if (!attaches || files.length === 0 || event.clipboardData?.types.includes("text/plain")) return;
            event.preventDefault();
            add(files);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape" && (aim !== undefined || picking)) {
              event.preventDefault();
              return picking ? setPicking(false) : finish();
            }
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <Button type="submit" kind="primary" iconOnly aria-label={tc(editing ? "compose.save" : "compose.send")} disabled={waits || (text.trim() === "" && along === 0 && !(editing && aim.files))}>
          <ArrowIcon />
        </Button>
      </div>
      {left <= LEFT_SHOWN && <p class="chat-left">{tc("compose.left", { count: left })}</p>}
    </form>
  );
}

type Tray = { shelf: Shelf; View: typeof import("./ShelfTray").default };

/** The files of the next message. Their code comes with the first one. */
function useTray(conversation: Conversation): { tray: Tray | undefined; add: (files: readonly File[]) => void } {
  const [tray, setTray] = useState<Tray | undefined>(undefined);
  const loaded = async () => {
    const { default: View, shelfOf } = await import("./ShelfTray");
    const shelf = shelfOf(conversation);
    setTray({ shelf, View });
    return shelf;
  };
  useEffect(() => {
    setTray(undefined);
    if (conversation.draftFiles.length > 0) void loaded();
  }, [conversation]);
  const add = useCallback(
    (files: readonly File[]) => {
      if (files.length > 0) void loaded().then((shelf) => shelf.add(files));
    },
    [conversation],
  );
  return { tray, add };
}
