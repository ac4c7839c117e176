/** Everybody one writes with, the last first; or what a search found. */
import { useState } from "preact/hooks";
import { errorWords } from "../app/errors";
import { lineOf } from "../chat/file-words";
import { Avatar, Button, ButtonLink } from "../components";
import { clockTime, daysBetween, deviceZone, shortDate } from "../i18n/time";
import { askInbox, failure, inbox } from "./inbox";
import { PresenceDot } from "./Presence";
import { SearchField, SearchHits } from "./Search";
import { type Entry, tm } from "./words";

const SKELETONS = [0, 1, 2, 3, 4];

export function ConversationList({ open }: { open: string | undefined }) {
  const [words, setWords] = useState("");
  const [archive, setArchive] = useState(false);
  const all = inbox.value;
  const putAway = (all ?? []).filter((it) => it.archived);
  const shown = archive ? putAway : (all ?? []).filter((it) => !it.archived || it.conversationId === open);
  return (
    <section class="messages-list" aria-labelledby="messages-title">
      <div class="messages-list-head">
        <h1 id="messages-title">{tm(archive ? "archive" : "title")}</h1>
        {(archive || putAway.length > 0) && (
          <Button kind="quiet" onClick={() => setArchive(!archive)}>
            {archive ? tm("archive.back") : tm("archive.open", { count: putAway.length })}
          </Button>
        )}
      </div>
      <SearchField words={words} onWords={setWords} />
      {words.trim().length > 1 ? (
        <SearchHits words={words.trim()} all={all ?? []} />
      ) : all === null ? (
        failure.value === null ? (
          <Skeleton />
        ) : (
          <div class="messages-note" role="alert">
            <p>{errorWords(failure.value)}</p>
            <Button onClick={() => void askInbox()}>{tm("retry")}</Button>
          </div>
        )
      ) : shown.length === 0 ? (
        <div class="messages-note">
          <p>
            <strong>{tm("empty.title")}</strong>
          </p>
          <p>{tm("empty.text")}</p>
          <ButtonLink href="/hosts">{tm("empty.hosts")}</ButtonLink>
        </div>
      ) : (
        <ul role="list" class="messages-rows">
          {shown.map((it) => (
            <Row key={it.conversationId} entry={it} open={it.conversationId === open} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ entry, open }: { entry: Entry; open: boolean }) {
  const last = entry.lastMessage;
  const own = last != null && last.senderId !== entry.userId;
  const words = last == null ? "" : last.deleted ? tm("deleted") : lineOf(last);
  return (
    <li>
      <a class="messages-row" href={`/messages/${entry.conversationId}`} aria-current={open ? "page" : undefined}>
        <span class="presence-frame">
          <Avatar name={entry.userName} picture={entry.pictureUrl} />
          <PresenceDot userId={entry.userId} />
        </span>
        <span class="messages-row-words">
          <span class="messages-row-top">
            <strong>{entry.userName}</strong>
            {last != null && <time dateTime={new Date(last.at).toISOString()}>{when(last.at)}</time>}
          </span>
          <span class="messages-row-bottom">
            <span class="messages-row-last">{own && words !== "" ? tm("own", { words }) : words}</span>
            {entry.muted && <span class="quiet small">{tm("muted")}</span>}
            {entry.unread > 0 && (
              <span class={entry.muted ? "messages-count messages-count-quiet" : "messages-count"}>
                <span aria-hidden="true">{entry.unread > 99 ? "99+" : entry.unread}</span>
                <span class="only-read">{tm("unread", { count: entry.unread })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}

/** The time of today, the day of everything before. */
export const when = (at: number): string => (daysBetween(at, Date.now(), deviceZone()) === 0 ? clockTime(at) : shortDate(at));

function Skeleton() {
  return (
    <div role="status">
      <span class="only-read">{tm("loading")}</span>
      <div class="messages-rows" aria-hidden="true">
        {SKELETONS.map((it) => (
          <div key={it} class="messages-row messages-skeleton">
            <span />
            <span />
          </div>
        ))}
      </div>
    </div>
  );
}
