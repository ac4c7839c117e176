/** The start page: a welcome for strangers; for members the next meeting, then all others. */
import { useEffect, useState } from "preact/hooks";
import { type Me, type Meeting, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { Later } from "../app/Later";
import { PageHead } from "../app/PageHead";
import { place } from "../app/router";
import { takesCalls } from "../app/ways";
import { Badge, Button, ButtonLink, CalendarIcon, Empty, Loading, Notice, PlusIcon } from "../components";
import { t } from "../i18n";
import { FailedPage } from "./ErrorPages";
import { sortMeetings, stageBadge, stageWords } from "../meetings/meeting";
import { MeetingRow } from "../meetings/MeetingRow";
import { useMeetingNews } from "../meetings/news";
import { NextMeeting } from "../meetings/NextMeeting";
import { Welcome } from "./Welcome";

const PAST_SHOWN = 5;
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
  const { next, upcoming, past } = sortMeetings(data.meetings, now);
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
      {next && <NextMeeting meeting={next} me={me} now={now} />}
      {!host && <Later load={loadHosts} />}
      {!next && <NothingAhead host={host} ever={past.length > 0} />}
      {upcoming.length > 0 && (
        <section aria-labelledby="upcoming" class="stack-tight">
          <h2 id="upcoming">{t("home.upcoming")}</h2>
          <MeetingList meetings={upcoming} me={me} now={now} />
        </section>
      )}
      {past.length > 0 && <Past meetings={past} me={me} now={now} />}
    </div>
  );
}

function MeetingList({ meetings, me, now }: { meetings: Meeting[]; me: Me; now: number }) {
  return (
    <ul role="list" class="meeting-list">
      {meetings.map((meeting) => (
        <MeetingRow key={meeting.meetingId} meeting={meeting} me={me} now={now} />
      ))}
    </ul>
  );
}

function Past({ meetings, me, now }: { meetings: Meeting[]; me: Me; now: number }) {
  const [all, setAll] = useState(false);
  const shown = all ? meetings : meetings.slice(0, PAST_SHOWN);
  const hidden = meetings.length - shown.length;
  return (
    <section aria-labelledby="past" class="stack-tight">
      <h2 id="past">{t("home.past")}</h2>
      <ul role="list" class="meeting-list meeting-list-quiet">
        {shown.map((meeting) => (
          <MeetingRow
            key={meeting.meetingId}
            meeting={meeting}
            me={me}
            now={now}
            aside={<Badge kind={stageBadge(meeting)}>{stageWords(meeting)}</Badge>}
          />
        ))}
      </ul>
      {hidden > 0 && (
        <div>
          <Button kind="quiet" onClick={() => setAll(true)}>
            {t("home.allPast", { count: hidden })}
          </Button>
        </div>
      )}
    </section>
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
