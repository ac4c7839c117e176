/** Looking for a person or for words in everything that one wrote or was written. */
import { useEffect, useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Avatar } from "../components";
import { when } from "./ConversationList";
import { type Entry, type Hits, tm } from "./words";

/** Somebody who still types is not asked about yet. */
const QUIET_MS = 300;

export function SearchField({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  return (
    <input
      class="messages-search"
      type="search"
      aria-label={tm("search")}
      placeholder={tm("search")}
      maxLength={100}
      value={words}
      onInput={(event) => onWords(event.currentTarget.value)}
    />
  );
}

export function SearchHits({ words, all }: { words: string; all: readonly Entry[] }) {
  const [found, setFound] = useState<Hits | { error: unknown } | null>(null);
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(() => {
      request<Hits>(`/api/conversations/search?q=${encodeURIComponent(words)}`).then(
        (hits) => wanted && setFound(hits),
        (error: unknown) => wanted && setFound({ error }),
      );
    }, QUIET_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [words]);
  const people = all.filter((it) => it.userName.toLowerCase().includes(words.toLowerCase()));
  const hits = found !== null && "hits" in found ? found.hits : [];
  return (
    <>
      <p class="messages-found" role="status">
        {found === null && tm("search.busy")}
        {found !== null && "error" in found && errorWords(found.error)}
        {found !== null && "hits" in found && tm(found.hasMore ? "search.more" : "search.found", { count: hits.length + people.length })}
      </p>
      <ul role="list" class="messages-rows">
        {people.map((it) => (
          <li key={it.conversationId}>
            <a class="messages-row" href={`/messages/${it.conversationId}`}>
              <Avatar name={it.userName} picture={it.pictureUrl} />
              <strong>{it.userName}</strong>
            </a>
          </li>
        ))}
        {hits.map(({ conversationId, userName, message }) => (
          <li key={`${conversationId} ${message.msgSeq}`}>
            <a class="messages-row" href={`/messages/${conversationId}?at=${message.msgSeq}`}>
              <span class="messages-row-words">
                <span class="messages-row-top">
                  <strong>{userName}</strong>
                  <time dateTime={new Date(message.at).toISOString()}>{when(message.at)}</time>
                </span>
                <span class="messages-row-last">{around(message.text, words)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}

/** The words with a little of what stands before them. */
export function around(text: string, words: string): string {
  const at = text.toLowerCase().indexOf(words.toLowerCase());
  return at > 24 ? `…${text.slice(at - 16)}` : text;
}
