/** Hands and reactions: the buttons for one's own, and what rises over the stage from everybody. */
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { HandIcon, SmileIcon, toast } from "../components";
import type { Reaction } from "../generated/protocol";
import type { RemotePeer } from "../rtc/mesh";
import "./gathering.css";
import type { InCall } from "./panels";
import { tr } from "./room-words";
import type { CallSession } from "./session";
import { InMenu, Tool } from "./Tool";

const SIGNS: Record<Reaction, string> = {
  "thumbs-up": "👍",
  clap: "👏",
  heart: "❤️",
  laugh: "😂",
  surprise: "😮",
  party: "🎉",
};
const ALL = Object.keys(SIGNS) as Reaction[];

/** Raises and lowers one's own hand. */
export function HandTool({ call }: InCall) {
  const up = call.gathering.handUp.value;
  useLoweredNote(call);
  useHandNews(call);
  return (
    <Tool
      label={tr("hand.raise")}
      short={tr("hand.short")}
      tip={tr(up ? "hand.lower" : "hand.raise")}
      pressed={up}
      active={up}
      keys="H"
      onClick={() => toggleHand(call)}
    >
      <HandIcon size={22} />
    </Tool>
  );
}

export function toggleHand(call: CallSession): void {
  const { gathering } = call;
  ownDoing.add(call);
  void gathering.raiseHand(!gathering.handUp.peek()).catch(() => toast(tr("people.failed")));
}

/** Says when somebody else lowered our hand: it is not on the screen where one looks. */
function useLoweredNote(call: CallSession): void {
  const up = call.gathering.handUp.value;
  const mine = useRef(false);
  useEffect(() => {
    if (mine.current && !up && !ownDoing.has(call)) toast(tr("hand.lowered"));
    mine.current = up;
    ownDoing.delete(call);
  }, [up]);
}
/** Who moderates hears of a hand wherever they look. */
function useHandNews(call: CallSession): void {
  const hands = call.gathering.hands.value;
  const known = useRef<ReadonlyMap<string, number>>(hands);
  useEffect(() => {
    const fresh = [...hands.keys()].find((peerId) => !known.current.has(peerId));
    known.current = hands;
    const who = call.remotes.peek().find((remote) => remote.peerId === fresh);
    if (who && call.moderator.peek()) toast(tr("hand.news", { name: who.info.userName }));
  }, [hands]);
}

/** Calls whose hand is going down because its owner said so. */
const ownDoing = new WeakSet<CallSession>();

/** On the picture of who has a hand up: their place in line. */
export function HandMark({ call, remote }: InCall & { remote: RemotePeer }) {
  const place = call.gathering.queue.value.indexOf(remote.peerId);
  if (place < 0) return null;
  return (
    <span class="person-hand" title={tr("people.hand", { count: place + 1 })}>
      <HandIcon size={16} />
      <span aria-hidden="true">{place + 1}</span>
      <span class="only-read">{tr("people.hand", { count: place + 1 })}</span>
    </span>
  );
}

/** Opens the signs: above the button, or in the overflow menu below its row. */
export function ReactTool({ call }: InCall) {
  const [open, setOpen] = useState(false);
  const row = useContext(InMenu);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    frame.current?.querySelector<HTMLButtonElement>(".react-sign")?.focus();
    const away = (event: Event) => {
      if (!frame.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      setOpen(false);
      frame.current?.querySelector<HTMLButtonElement>(".tool")?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escape, true);
    };
  }, [open]);
  const button = (
    <Tool label={tr("react.open")} tip={tr("react.open")} expanded={open} onClick={() => setOpen(!open)}>
      <SmileIcon size={22} />
    </Tool>
  );
  return (
    <div class={row ? "react react-row" : "react"} ref={frame}>
      {row && button}
      {open && (
        <div class="react-signs" role="group" aria-label={tr("react.list")}>
          {ALL.map((reaction) => (
            <button
              key={reaction}
              type="button"
              class="react-sign"
              aria-label={tr(`react.${reaction}`)}
              title={tr(`react.${reaction}`)}
              onClick={() => call.gathering.react(reaction)}
            >
              <span aria-hidden="true">{SIGNS[reaction]}</span>
            </button>
          ))}
        </div>
      )}
      {!row && button}
    </div>
  );
}

/** What everybody sends, over the stage. Nobody has to see it, so it is not read out one by one. */
export function ReactionsOverlay({ call }: InCall) {
  const { reactions, self } = call.gathering;
  const name = (peerId: string) =>
    peerId === self.value || peerId === ""
      ? tr("react.you")
      : (call.remotes.value.find((remote) => remote.peerId === peerId)?.info.userName ?? "");
  return (
    <div class="reactions" aria-hidden="true">
      {reactions.value.map((it) => (
        <span key={it.id} class={`reaction reaction-${it.id % 5}`}>
          <span class="reaction-sign">{SIGNS[it.reaction]}</span>
          <span class="reaction-name">{name(it.peerId)}</span>
        </span>
      ))}
    </div>
  );
}
