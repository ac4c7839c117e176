/** What waits for the host's yes or no, the next to end first. */
import "./meetings.css";
import { type Me, type Meeting, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { BackIcon, ButtonLink, CheckIcon, Empty, Loading } from "../components";
import { t } from "../i18n";
import { FailedPage } from "../pages/ErrorPages";
import { sideOf } from "./kinds";
import { useMeetingNews } from "./news";
import { RequestCard } from "./RequestCard";
import { tm } from "./words";

export default function RequestsPage() {
  const identity = session.identity.value;
  return identity.kind === "member" ? <Inbox me={identity.user} /> : null;
}

function Inbox({ me }: { me: Me }) {
  const { data, error, reload } = useFetched<{ meetings: Meeting[] }>("/api/meetings?status=requested");
  const now = useNow(30_000);
  useMeetingNews(reload);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data) return <Loading words={t("common.loading")} />;
  const mine = data.meetings.filter((it) => sideOf(it, me.userId) === "host");
  const ends = (it: Meeting) => it.booking?.expiresAt ?? it.scheduledAt;
  const waiting = [...mine].sort((a, b) => ends(a) - ends(b));
  return (
    <div class="stack">
      <div>
        <a class="back" href="/meetings">
          <BackIcon size={16} />
          {tm("title")}
        </a>
        <PageHead title={tm("request.title")} intro={waiting.length > 0 ? tm("request.intro", { count: waiting.length }) : undefined} />
      </div>
      {waiting.map((meeting) => (
        <RequestCard key={meeting.meetingId} meeting={meeting} now={now} onAnswered={() => void reload()} />
      ))}
      {waiting.length === 0 && (
        <div class="card">
          <Empty icon={<CheckIcon size={36} />} title={tm("request.emptyTitle")}>
            <p>{tm("request.empty")}</p>
            <ButtonLink href="/meetings">{tm("title")}</ButtonLink>
          </Empty>
        </div>
      )}
    </div>
  );
}
