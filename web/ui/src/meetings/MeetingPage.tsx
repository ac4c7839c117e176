/** One meeting: when, with whom, the door; for its host also the link, moving and cancelling. */
import { useState } from "preact/hooks";
import { type Me, type Meeting, request, session } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Badge, BackIcon, Button, ButtonLink, Card, CopyLine, Dialog, Loading, toast } from "../components";
import { AddToCalendar } from "../calendar/AddToCalendar";
import { t } from "../i18n";
import { clockRange, dayName, daysBetween, deviceZone, inWords, lengthInWords, zoneName } from "../i18n/time";
import { fetchAsMe } from "../money/download";
import { CallButtons } from "../paid/CallButtons";
import { MessageButton } from "../messages/MessageButton";
import { tp } from "../paid/words";
import { EditMeeting } from "./EditMeeting";
import { FailedPage } from "../pages/ErrorPages";
import { Guests } from "./Guests";
import { JoinButton } from "./JoinButton";
import { isAhead, otherOf, personalLink, stageBadge, stageOf, stageWords } from "./meeting";

export default function MeetingPage({ params }: PageProps) {
  const path = `/api/meetings/${encodeURIComponent(params["id"] ?? "")}`;
  const { data, error, reload, set } = useFetched<Meeting>(path);
  const identity = session.identity.value;
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
  const [editing, setEditing] = useState(false);
  const [cancelling, setCancelling] = useState(false);
  const mine = meeting.host.id === me.userId;
  const ahead = isAhead(meeting, now);
  const changeable = mine && ahead && stageOf(meeting) === "scheduled";
  const link = personalLink(meeting);
  const other = otherOf(meeting, me.userId);
  const otherId = mine ? meeting.client.id : meeting.host.id;
  return (
    <div class="stack">
      <div>
        <a class="back" href="/">
          <BackIcon size={16} />
          {t("common.back")}
        </a>
        <PageHead title={meeting.subject} action={<Badge kind={stageBadge(meeting)}>{stageWords(meeting)}</Badge>} />
      </div>
      <Card>
        <Facts meeting={meeting} me={me} now={now} />
        <div class="row">
          {ahead && <JoinButton meeting={meeting} now={now} />}
          {otherId != null && <MessageButton userId={otherId} />}
          {ahead && (
            <ButtonLink kind="quiet" href="/check">
              {t("home.test")}
            </ButtonLink>
          )}
        </div>
        {ahead && (
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
      {mine && ahead && <Guests meeting={meeting} path={path} onChange={onChange} />}
      {changeable && !editing && (
        <div class="form-actions">
          <Button onClick={() => setEditing(true)}>{t("meeting.reschedule")}</Button>
          <Button kind="danger-quiet" onClick={() => setCancelling(true)}>
            {t("meeting.cancel")}
          </Button>
        </div>
      )}
      {changeable && editing && (
        <EditMeeting meeting={meeting} me={me} now={now} path={path} onDone={(changed) => {
          if (changed) onChange(changed);
          setEditing(false);
        }} />
      )}
      <CancelDialog open={cancelling} name={other.name} path={path} onClose={() => setCancelling(false)} onCancelled={onChange} />
    </div>
  );
}

function Facts({ meeting, me, now }: { meeting: Meeting; me: Me; now: number }) {
  const mine = meeting.host.id === me.userId;
  const other = otherOf(meeting, me.userId);
  return (
    <dl class="facts">
      <dt>{t("meeting.when")}</dt>
      <dd>
        {dayName(meeting.scheduledAt, now)}, {clockRange(meeting.scheduledAt, meeting.durationMinutes)}
        {isAhead(meeting, now) && daysBetween(now, meeting.scheduledAt, deviceZone()) !== 1 && (
          <span class="quiet"> · {inWords(meeting.scheduledAt, now)}</span>
        )}
        <br />
        <span class="quiet small">{t("meeting.zoneOf", { zone: zoneName(deviceZone(), meeting.scheduledAt) })}</span>
      </dd>
      <dt>{t(mine ? "meeting.client" : "meeting.host")}</dt>
      <dd>
        {other.name}
        {other.email && other.email !== other.name && <span class="quiet"> · {other.email}</span>}
      </dd>
      <dt>{t("meeting.length")}</dt>
      <dd>{lengthInWords(meeting.durationMinutes * 60)}</dd>
      {meeting.callSeconds > 0 && stageOf(meeting) === "completed" && (
        <>
          <dt>{t("meeting.call")}</dt>
          <dd>{lengthInWords(meeting.callSeconds)}</dd>
        </>
      )}
      {meeting.description && (
        <>
          <dt>{t("meeting.note")}</dt>
          <dd class="keep-lines">{meeting.description}</dd>
        </>
      )}
    </dl>
  );
}

interface CancelProps {
  open: boolean;
  name: string;
  path: string;
  onClose: () => void;
  onCancelled: (meeting: Meeting) => void;
}

function CancelDialog({ open, name, path, onClose, onCancelled }: CancelProps) {
  const [busy, setBusy] = useState(false);
  const cancel = async () => {
    setBusy(true);
    try {
      onCancelled(await request<Meeting>(path, { method: "DELETE" }));
      toast(t("meeting.cancelled"));
    } catch (cause) {
      toast(errorWords(cause));
    } finally {
      setBusy(false);
      onClose();
    }
  };
  return (
    <Dialog
      open={open}
      title={t("meeting.cancelTitle")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("meeting.cancelKeep")}</Button>
          <Button kind="danger" busy={busy} onClick={() => void cancel()}>
            {t("meeting.cancel")}
          </Button>
        </>
      }
    >
      <p>{t("meeting.cancelWords", { name })}</p>
    </Dialog>
  );
}
