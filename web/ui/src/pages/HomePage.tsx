/** The start page: a welcome for strangers; for members the next meeting, what waits, and what comes then. */
import "../meetings/meetings.css";
import { useEffect } from "preact/hooks";
import { type Me, type Meeting, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { Later } from "../app/Later";
import { PageHead } from "../app/PageHead";
import { place } from "../app/router";
import { takesCalls } from "../app/ways";
import { ButtonLink, CalendarIcon, Empty, Loading, Notice, PlusIcon } from "../components";
import { t } from "../i18n";
import { FailedPage } from "./ErrorPages";
import { GroupedList } from "../meetings/GroupedList";
import { byKind } from "../meetings/kinds";
import { sortMeetings } from "../meetings/meeting";
import { useMeetingNews } from "../meetings/news";
import { NextMeeting } from "../meetings/NextMeeting";
import { RequestsNotice } from "../meetings/RequestsNotice";
import { tm } from "../meetings/words";
import { Welcome } from "./Welcome";

/** The rest is on the page of all meetings. */
const SHOWN_MAX = 6;
const RENEW_MS = 60_000;
const loadHosts = () => import("../hosts/HostsNow").then((it) => it.HostsNow);

export default function HomePage() {
  const identity = session.identity.value;
  useEffect(() => {
    if (identity.kind === "guest") void session.leaveRoom();
  }, [identity.kind]);
  if (identity.kind === "unknown") return <Loading words={t("common.loading")} />;
  return identity.kind === "member" ? <Meetings me={identity.user} /> : <Welcome />;
}

function Meetings({ me }: { me: Me }) {
  const { data, error, reload } = useFetched<{ meetings: Meeting[] }>("/api/meetings");
  const now = useNow(15_000);
  useMeetingNews(reload);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && void reload(), RENEW_MS);
    return () => clearInterval(timer);
  }, [reload]);
  const host = takesCalls(me);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const kinds = byKind(data.meetings, me.userId, now);
  const { next, upcoming } = sortMeetings(kinds.upcoming, now);
  const shown = upcoming.slice(0, SHOWN_MAX);
  return (
    <div class="stack-wide">
      <PageHead
        title={t("home.greeting", { name: me.name })}
        action={
          host && (
            <ButtonLink kind={next ? "secondary" : "primary"} href="/meetings/new">
              <PlusIcon />
              {t("home.new")}
            </ButtonLink>
          )
        }
      />
      {place.value.query.has("new") && (
        <Notice kind="good">
          {t("home.welcome")} <a href="/account">{t("home.profile")}</a>
        </Notice>
      )}
      {me.hostStatus === "pending" && <Notice kind="info">{t("home.hostPending")}</Notice>}
      <RequestsNotice count={kinds.requests.length} />
      {next && <NextMeeting meeting={next} me={me} now={now} />}
      {!host && <Later load={loadHosts} />}
      {!next && <NothingAhead host={host} ever={kinds.past.length > 0} />}
      {kinds.unpaid.length > 0 && <GroupedList title={tm("list.unpaid")} meetings={kinds.unpaid} me={me} now={now} />}
      {kinds.asked.length > 0 && <GroupedList title={tm("list.asked")} meetings={kinds.asked} me={me} now={now} />}
      {shown.length > 0 && <GroupedList title={tm("list.upcoming")} meetings={shown} me={me} now={now} />}
      {data.meetings.length > 0 && (
        <div>
          <ButtonLink href="/meetings">{t("common.back")}</ButtonLink>
        </div>
      )}
    </div>
  );
}

function NothingAhead({ host, ever }: { host: boolean; ever: boolean }) {
  const words = ever
    ? { title: t("home.emptyNextTitle"), text: t(host ? "home.emptyNextHost" : "home.emptyNextClient") }
    : {
        title: t(host ? "home.emptyHostTitle" : "home.emptyClientTitle"),
        text: t(host ? "home.emptyHost" : "home.emptyClient"),
      };
  return (
    <div class="card">
      <Empty icon={<CalendarIcon size={36} />} title={words.title}>
        <p>{words.text}</p>
        <ButtonLink kind="quiet" href="/check">
          {t("home.test")}
        </ButtonLink>
      </Empty>
    </div>
  );
}
