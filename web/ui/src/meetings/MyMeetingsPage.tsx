/**
 * All of one's meetings, as host and as client: the next one with its countdown and its door, what
 * waits for somebody, what comes, what was. It stays true by itself.
 */
import "./meetings.css";
import { useState } from "preact/hooks";
import { type Me, type Meeting, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { takesCalls } from "../app/ways";
import { Button, ButtonLink, CalendarIcon, Empty, Loading, PlusIcon } from "../components";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { byKind, type ByKind, sideOf } from "./kinds";
import { GroupedList } from "./GroupedList";
import { sortMeetings } from "./meeting";
import { useMeetingNews } from "./news";
import { NextMeeting } from "./NextMeeting";
import { RequestsNotice } from "./RequestsNotice";
import { type MeetingWords, tm } from "./words";

const TABS = ["ahead", "waiting", "past", "off"] as const;
type Tab = (typeof TABS)[number];
type As = "both" | "host" | "client";

const TAB_WORDS: Record<Tab, MeetingWords> = { ahead: "tab.ahead", waiting: "tab.waiting", past: "tab.past", off: "tab.off" };
const AS_WORDS: Record<As, MeetingWords> = { both: "as.both", host: "as.host", client: "as.client" };
const MONTH_MS = 30 * 86_400_000;
const YEAR_MS = 366 * 86_400_000;

export default function MyMeetingsPage() {
  const identity = session.identity.value;
  return identity.kind === "member" ? <Mine me={identity.user} /> : null;
}

function Mine({ me }: { me: Me }) {
  const [opened] = useState(() => Date.now());
  const [back, setBack] = useState(MONTH_MS);
  const { data, error, reload } = useFetched<{ meetings: Meeting[] }>(`/api/meetings?from=${opened - back}`);
  const now = useNow(15_000);
  const [as, setAs] = useState<As>("both");
  useMeetingNews(reload);
  const tab = TABS.find((it) => it === place.value.query.get("show")) ?? "ahead";
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const sides = new Set(data.meetings.map((it) => sideOf(it, me.userId)));
  const meetings = data.meetings.filter((it) => as === "both" || sideOf(it, me.userId) === as);
  const kinds = byKind(meetings, me.userId, now);
  const host = takesCalls(me);
  const { next } = sortMeetings(kinds.upcoming, now);
  const lists = listsOf(kinds, next);
  const older = tab === "past" || tab === "off";
  return (
    <div class="stack-wide">
      <PageHead
        title={tm("title")}
        action={
          host ? (
            <ButtonLink href="/meetings/new">
              <PlusIcon />
              {t("home.new")}
            </ButtonLink>
          ) : (
            <ButtonLink href="/hosts">{t("frame.find")}</ButtonLink>
          )
        }
      />
      <RequestsNotice count={kinds.requests.length} />
      {next && tab === "ahead" && <NextMeeting meeting={next} me={me} now={now} />}
      <div class="meeting-tools">
        <div class="meeting-tabs" role="group" aria-label={tm("tab.label")}>
          {TABS.map((it) => (
            <button key={it} type="button" class="meeting-tab" aria-pressed={it === tab} onClick={() => navigate(it === "ahead" ? "/meetings" : `/meetings?show=${it}`, { replace: true })}>
              {tm(TAB_WORDS[it])}
              <span class="meeting-tab-count">{countOf(lists[it], it === "ahead" && next !== null)}</span>
            </button>
          ))}
        </div>
        {sides.size > 1 && (
          <div class="meeting-tabs" role="group" aria-label={tm("as.label")}>
            {(["both", "host", "client"] as const).map((it) => (
              <button key={it} type="button" class="meeting-tab" aria-pressed={it === as} onClick={() => setAs(it)}>
                {tm(AS_WORDS[it])}
              </button>
            ))}
          </div>
        )}
      </div>
      {lists[tab].map(([words, list]) => list.length > 0 && <GroupedList key={words} title={tm(words)} meetings={list} me={me} now={now} />)}
      {lists[tab].every(([, list]) => list.length === 0) && !(tab === "ahead" && next) && (
        <div class="card">
          <Empty icon={<CalendarIcon size={36} />} title={tm(`empty.${tab}` as "empty.ahead")}>
            {tab === "ahead" && <p>{t(host ? "home.emptyNextHost" : "home.emptyNextClient")}</p>}
          </Empty>
        </div>
      )}
      {older && back < YEAR_MS && (
        <div>
          <Button kind="quiet" onClick={() => setBack(YEAR_MS)}>
            {tm("older")}
          </Button>
        </div>
      )}
    </div>
  );
}

type Lists = Record<Tab, [MeetingWords, Meeting[]][]>;

function listsOf(kinds: ByKind, next: Meeting | null): Lists {
  return {
    ahead: [
      ["list.unpaid", kinds.unpaid],
      ["list.upcoming", kinds.upcoming.filter((it) => it !== next)],
    ],
    waiting: [
      ["list.requests", kinds.requests],
      ["list.asked", kinds.asked],
      ["list.unpaid", kinds.unpaid],
    ],
    past: [["list.past", kinds.past]],
    off: [["list.off", kinds.off]],
  };
}

const countOf = (lists: [MeetingWords, Meeting[]][], more: boolean): number => lists.reduce((sum, [, list]) => sum + list.length, more ? 1 : 0);
