/** One meeting: when, with whom, the door, its money, who came; and what its people may do about it. */
import "./meetings.css";
import { useCallback, useState } from "preact/hooks";
import { type Me, type Meeting, session } from "../api";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Badge, BackIcon, Button, ButtonLink, Card, CopyLine, Loading } from "../components";
import { AddToCalendar } from "../calendar/AddToCalendar";
import { t } from "../i18n";
import { fetchAsMe } from "../money/download";
import { CallButtons } from "../paid/CallButtons";
import { MessageButton } from "../messages/MessageButton";
import { tp } from "../paid/words";
import { FailedPage } from "../pages/ErrorPages";
import { AttendanceCard, wasHeld } from "./AttendanceCard";
import { byAccount, plain } from "./actions";
import { CancelDialog } from "./CancelDialog";
import { EditMeeting } from "./EditMeeting";
import { Guests } from "./Guests";
import { JoinButton } from "./JoinButton";
import { mayCancel, mayMove, sideOf, stands, stateOf } from "./kinds";
import { isAhead, otherOf, personalLink, stageOf } from "./meeting";
import { MeetingFacts } from "./MeetingFacts";
import { MoneyCard } from "./MoneyCard";
import { MoveDialog } from "./MoveDialog";
import { useMeetingNews } from "./news";
import { NotesCard } from "./NotesCard";
import { RemarkLine } from "./RemarkLine";
import { RequestCard } from "./RequestCard";
import { followers, SeriesCard, useSeries } from "./SeriesCard";
import { tm } from "./words";

const ALL_BPS = 10_000;

export default function MeetingPage({ params }: PageProps) {
  const path = `/api/meetings/${encodeURIComponent(params["id"] ?? "")}`;
  const { data, error, reload, set } = useFetched<Meeting>(path);
  const identity = session.identity.value;
  useMeetingNews(reload);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!data || identity.kind !== "member") return <Loading words={t("common.loading")} />;
  return <Shown meeting={data} me={identity.user} path={path} onChange={set} />;
}

interface ShownProps {
  meeting: Meeting;
  me: Me;
  path: string;
  onChange: (meeting: Meeting) => void;
}

function Shown({ meeting, me, path, onChange }: ShownProps) {
  const now = useNow(15_000);
  const side = sideOf(meeting, me.userId);
  const mine = side === "host";
  const party = mine || meeting.client.id === me.userId;
  const ahead = isAhead(meeting, now);
  const link = personalLink(meeting);
  const other = otherOf(meeting, me.userId);
  const otherId = mine ? meeting.client.id : meeting.host.id;
  const series = useSeries(meeting);
  const state = stateOf(meeting, side);
  const booking = meeting.booking;
  const answerable = mine && meeting.status === "requested";
  return (
    <div class="stack">
      <div>
        <a class="back" href="/meetings">
          <BackIcon size={16} />
          {t("common.back")}
        </a>
        <PageHead title={meeting.subject} action={<Badge kind={state.kind}>{state.words}</Badge>} />
      </div>
      {answerable ? (
        <RequestCard meeting={meeting} now={now} onAnswered={onChange} />
      ) : (
        <Card>
          <MeetingFacts meeting={meeting} me={me} now={now} />
          <RemarkLine meeting={meeting} side={side} />
          <div class="row">
            {ahead && <JoinButton meeting={meeting} side={side} now={now} />}
            {otherId != null && <MessageButton userId={otherId} />}
            {ahead && (
              <ButtonLink kind="quiet" href="/check">
                {t("home.test")}
              </ButtonLink>
            )}
          </div>
          {ahead && stands(meeting) && (
            <AddToCalendar
              appointment={{
                subject: `${meeting.subject} (${other.name})`,
                description: meeting.description ?? "",
                startsAt: meeting.scheduledAt,
                minutes: meeting.durationMinutes,
                link: new URL(`/video-call/${encodeURIComponent(meeting.meetingId)}`, location.href).href,
              }}
              file={() => fetchAsMe(`${path}/calendar.ics`)}
            />
          )}
        </Card>
      )}
      {booking && wasHeld(meeting) && <AttendanceCard meeting={meeting} booking={booking} side={party ? side : "admin"} now={now} onChange={onChange} />}
      {booking && !answerable && <MoneyCard meeting={meeting} booking={booking} side={side} other={other.name} now={now} onChange={onChange} />}
      {series.length > 1 && <SeriesCard meetings={series} meeting={meeting} me={me} now={now} />}
      {party && <Changes meeting={meeting} me={me} now={now} path={path} more={followers(series, meeting).length > 0} onChange={onChange} />}
      {!mine && meeting.host.id != null && (
        <Card title={tp("start.title", { name: other.name })}>
          <CallButtons hostId={meeting.host.id} hostName={other.name} />
        </Card>
      )}
      {mine && ahead && link && (
        <Card title={t("meeting.link", { name: other.name })}>
          <CopyLine value={link} label={t("meeting.link", { name: other.name })} />
          <p class="field-hint">{t("meeting.linkHint", { name: other.name })}</p>
        </Card>
      )}
      {mine && <NotesCard path={path} name={other.name} />}
      {mine && ahead && !answerable && <Guests meeting={meeting} path={path} onChange={onChange} />}
    </div>
  );
}

interface ChangesProps extends ShownProps {
  now: number;
  /** More of its series could be moved or called off with it. */
  more: boolean;
}

/** Moving and calling off: a booking by its rules, one that its host wrote down by its host. */
function Changes({ meeting, me, now, path, more, onChange }: ChangesProps) {
  const [asked, ask] = useState<"edit" | "move" | "cancel" | null>(null);
  const close = useCallback(() => ask(null), []);
  const side = sideOf(meeting, me.userId);
  const booked = meeting.booking != null;
  const other = otherOf(meeting, me.userId).name;
  // The server knows better, and says so; here only what certainly cannot be is left out.
  const movable = booked && mayMove(meeting, side, now, ALL_BPS);
  const editable = !booked && side === "host" && stageOf(meeting) === "scheduled" && isAhead(meeting, now);
  if (!mayCancel(meeting)) return null;
  if (asked === "edit") {
    return (
      <EditMeeting
        meeting={meeting}
        me={me}
        now={now}
        path={path}
        onDone={(changed) => {
          if (changed) onChange(changed);
          close();
        }}
      />
    );
  }
  const actions = booked ? byAccount(meeting.meetingId) : plain(meeting.meetingId);
  return (
    <div class="form-actions">
      {movable && <Button onClick={() => ask("move")}>{tm("move.open")}</Button>}
      {editable && <Button onClick={() => ask("edit")}>{t("meeting.reschedule")}</Button>}
      <Button kind="danger-quiet" onClick={() => ask("cancel")}>
        {booked ? tm("cancel.open") : t("meeting.cancel")}
      </Button>
      {booked && <MoveDialog meeting={meeting} side={side} open={asked === "move"} now={now} actions={actions} series={more} onClose={close} onMoved={onChange} />}
      <CancelDialog meeting={meeting} side={side} other={other} open={asked === "cancel"} actions={actions} series={more} onClose={close} onCancelled={onChange} />
    </div>
  );
}
