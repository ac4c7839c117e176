/** Where one writes: Enter sends, Shift+Enter begins a line; a draft stays until it is sent. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ArrowIcon, Button, CrossIcon } from "../components";
import { type Conversation, TEXT_CHARS_MAX } from "./conversation";
import { EMOJI } from "./emoji";
import { tc } from "./words";

/** What the words are for, besides a new message. */
export type Aim = { kind: "reply"; seq: number; name: string; text: string } | { kind: "edit"; seq: number; text: string };

/** Characters left from which on one is told. */
const LEFT_SHOWN = 200;

interface ComposerProps {
  conversation: Conversation;
  aim: Aim | undefined;
  onDone: () => void;
  onEdit: (seq: number, text: string) => void;
}

export function Composer({ conversation, aim, onDone, onEdit }: ComposerProps) {
  const [text, setText] = useState(conversation.draft);
  const [picking, setPicking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const editing = aim?.kind === "edit";

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
      if (text.trim() === "") return;
      if (text.trim() !== aim.text) onEdit(aim.seq, text);
      return finish();
    }
    if (!conversation.say(text, aim?.seq)) return;
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
      <div class="chat-write">
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
        <Button type="submit" kind="primary" iconOnly aria-label={tc(editing ? "compose.save" : "compose.send")} disabled={text.trim() === ""}>
          <ArrowIcon />
        </Button>
      </div>
      {left <= LEFT_SHOWN && <p class="chat-left">{tc("compose.left", { count: left })}</p>}
    </form>
  );
}
