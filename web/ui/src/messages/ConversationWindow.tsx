/** What two people write, with who the other is above it. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { useTitle } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Avatar, BackIcon, Button, CrossIcon, Loading, MoreIcon, Popover, toast } from "../components";
import { PrivacySwitches } from "../chat/PrivacySwitches";
import { Thread } from "../chat/Thread";
import { BlockButton } from "../hosts/Block";
import { t } from "../i18n";
import { DownloadButton } from "../money/DownloadButton";
import { FailedPage } from "../pages/ErrorPages";
import { offered } from "../reports/offered";
import { LazyReport } from "../reports/ReportButton";
import { inbox, learned } from "./inbox";
import { usePair } from "./pair";
import { PresenceSwitch, PresenceWords } from "./Presence";
import { type Entry, tm } from "./words";

interface WindowProps {
  id: string;
  /** What it is about: said with the first message. */
  about?: string | undefined;
  /** It stands over another page, whose title stays. */
  over?: { full: string; onClose: () => void } | undefined;
}

export function ConversationWindow({ id, about, over }: WindowProps) {
  const path = `/api/conversations/${encodeURIComponent(id)}`;
  const { data, error, reload, set } = useFetched<Entry>(path);
  const conversation = usePair(id);
  // The list hears of changes; the page's own answer is what there was when it came.
  const entry = inbox.value?.find((it) => it.conversationId === id) ?? data;
  const [reporting, setReporting] = useState<{ chosen?: number } | null>(null);
  const [topic, setTopic] = useState(about);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data || !entry || conversation === undefined) return <Loading words={t("common.loading")} />;
  const keep = async (change: { muted?: boolean; archived?: boolean }) => {
    try {
      const kept = await request<Entry>(`${path}/settings`, { method: "PUT", body: change });
      set(kept);
      learned(kept);
    } catch (cause) {
      toast(errorWords(cause));
    }
  };
  return (
    <>
      <header class="messages-head">
        {over === undefined && <Title words={entry.userName} />}
        {over === undefined && (
          <a class="messages-back" href="/messages" aria-label={tm("back")}>
            <BackIcon />
          </a>
        )}
        <Avatar name={entry.userName} picture={entry.pictureUrl} />
        <div class="messages-who">
          <h2>{entry.userName}</h2>
          <PresenceWords userId={entry.userId} />
        </div>
        <Popover class="person-menu" label={tm("menu", { name: entry.userName })} sign={<MoreIcon />}>
          {(close, menu) => (
            <div class="menu-panel messages-menu" id={menu}>
              {over !== undefined && (
                <a class="button button-quiet" href={over.full}>
                  {tm("launch.full")}
                </a>
              )}
              {entry.lastMessage != null && (
                <>
                  <Button kind="quiet" onClick={() => void keep({ muted: !entry.muted }).then(close)}>
                    {tm(entry.muted ? "unmute" : "mute")}
                  </Button>
                  <Button kind="quiet" onClick={() => void keep({ archived: !entry.archived }).then(close)}>
                    {tm(entry.archived ? "unarchive" : "archive.put")}
                  </Button>
                  <DownloadButton path={`${path}/export`} name="conversation.json" />
                </>
              )}
              <Button
                kind="quiet"
                onClick={() => {
                  close();
                  setReporting({});
                }}
              >
                {tm("report")}
              </Button>
              <BlockButton userId={entry.userId} name={entry.userName} onDone={() => void reload()} />
              <PrivacySwitches />
              <PresenceSwitch />
            </div>
          )}
        </Popover>
        {over !== undefined && (
          <Button kind="quiet" iconOnly aria-label={tm("launch.close")} onClick={over.onClose}>
            <CrossIcon size={20} />
          </Button>
        )}
      </header>
      {topic !== undefined && data.writable && (
        <div class="chat-about">
          <span>{tm("about", { topic })}</span>
          <Button kind="quiet" iconOnly aria-label={tm("about.drop")} onClick={() => setTopic(undefined)}>
            <CrossIcon size={16} />
          </Button>
        </div>
      )}
      <Thread
        conversation={conversation}
        opening={topic === undefined ? undefined : () => (setTopic(undefined), tm("about.said", { topic }))}
        empty={tm("first", { name: entry.userName })}
        at={Number(place.value.query.get("at")) || undefined}
        onNewest={() => place.value.query.has("at") && navigate(`/messages/${id}`, { replace: true })}
        onReport={({ msgSeq }) => setReporting({ chosen: msgSeq })}
        closed={data.writable ? undefined : tm("closed", { name: entry.userName })}
      />
      {reporting !== null && (
        <LazyReport
          userId={entry.userId}
          name={entry.userName}
          conversationId={id}
          messages={offered(conversation.messages.value, entry.userId, reporting.chosen)}
          chosen={reporting.chosen}
          onClose={() => setReporting(null)}
          onBlocked={() => void reload()}
        />
      )}
    </>
  );
}

/** The page is named after whom one writes with. */
function Title({ words }: { words: string }) {
  useTitle(words);
  return null;
}
