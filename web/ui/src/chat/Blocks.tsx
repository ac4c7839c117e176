/**
 * Messages in blocks of their numbers, so that a log of ten thousand costs what is in sight: a block
 * that is far away is an empty box of the height that it had.
 */
import { type ComponentChildren, Fragment, type RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ChatMessage } from "../generated/protocol";

/** Messages of a block. */
export const BLOCK = 50;
/** How far beyond the edges of the log blocks are there, in heights of the log. */
const AHEAD = "150% 0px";

export interface Slice {
  number: number;
  /** The message before the first one of the block, if it is known. */
  before: ChatMessage | undefined;
  messages: readonly ChatMessage[];
}

/** A block keeps its messages whatever is loaded before or after it. */
export function blocksOf(messages: readonly ChatMessage[]): Slice[] {
  const blocks: Slice[] = [];
  let from = 0;
  const number = (at: number) => Math.floor((messages[at]?.msgSeq ?? 0) / BLOCK);
  for (let at = 1; at <= messages.length; at += 1) {
    if (at < messages.length && number(at) === number(from)) continue;
    blocks.push({ number: number(from), before: messages[from - 1], messages: messages.slice(from, at) });
    from = at;
  }
  return blocks;
}

interface BlocksProps {
  /** What scrolls. */
  log: RefObject<HTMLElement | null>;
  messages: readonly ChatMessage[];
  line: (message: ChatMessage, before: ChatMessage | undefined) => ComponentChildren;
}

export function Blocks({ log, messages, line }: BlocksProps) {
  return (
    <>
      {blocksOf(messages).map((block) => (
        <Block key={block.number} log={log} block={block} line={line} />
      ))}
    </>
  );
}

function Block({ log, block, line }: Omit<BlocksProps, "messages"> & { block: Slice }) {
  const frame = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(true);
  const height = useRef(0);
  useEffect(() => {
    const it = frame.current;
    if (it === null || typeof IntersectionObserver === "undefined") return;
    const observer = new IntersectionObserver(
      (entries) => {
        const seen = entries[entries.length - 1];
        // Hidden with everything else is not far away.
        if (seen === undefined || (seen.rootBounds?.height ?? 0) === 0) return;
        if (!seen.isIntersecting && it.offsetHeight > 0) height.current = it.offsetHeight;
        setNear(seen.isIntersecting);
      },
      { root: log.current, rootMargin: AHEAD },
    );
    observer.observe(it);
    return () => observer.disconnect();
  }, []);
  const { messages, before } = block;
  return (
    <div ref={frame} class="chat-block" data-block={block.number} style={near ? undefined : { blockSize: `${height.current}px` }}>
      {near && (
        <ol role="list">
          {messages.map((message, at) => (
            <Fragment key={message.msgSeq}>{line(message, at === 0 ? before : messages[at - 1])}</Fragment>
          ))}
        </ol>
      )}
    </div>
  );
}
