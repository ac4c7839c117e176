import type { Me, Meeting } from "../api";
import { useNow } from "../app/hooks";
import { Avatar, Badge, ButtonLink } from "../components";
import { t } from "../i18n";
import { clockRange, countdown, dayName, inWords } from "../i18n/time";
import { JoinButton } from "./JoinButton";
import { sideOf } from "./kinds";
import { otherOf, stageOf } from "./meeting";

/** The first thing on the start page: how soon, what, with whom, and the door. */
export function NextMeeting({ meeting, me, now }: { meeting: Meeting; me: Me; now: number }) {
  const other = otherOf(meeting, me.userId);
  const running = stageOf(meeting) === "inProgress";
  return (
    <section class="card next-meeting" aria-labelledby="next-meeting">
      <div class="next-meeting-head">
        <h2 id="next-meeting" class="next-meeting-label">
          {t("home.next")}
        </h2>
        {running && <Badge kind="good">{t("status.inProgress")}</Badge>}
      </div>
      <p class="next-meeting-when">{running ? t("home.now") : capitalised(inWords(meeting.scheduledAt, now))}</p>
      {!running && <Countdown to={meeting.scheduledAt} />}
      <div class="next-meeting-who">
        <Avatar name={other.name} />
        <div>
          <p class="next-meeting-subject">{meeting.subject}</p>
          <p class="quiet">{t("home.with", { name: other.name })}</p>
          <p class="quiet">
            {dayName(meeting.scheduledAt, now)}, {clockRange(meeting.scheduledAt, meeting.durationMinutes)}
          </p>
        </div>
      </div>
      <div class="next-meeting-actions">
        <JoinButton meeting={meeting} side={sideOf(meeting, me.userId)} now={now} />
        <div class="row">
          <ButtonLink kind="quiet" href="/check">
            {t("home.test")}
          </ButtonLink>
          <ButtonLink kind="quiet" href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>
            {t("home.details")}
          </ButtonLink>
        </div>
      </div>
    </section>
  );
}

/** Down to the second in the last hour; before that a word says more. */
function Countdown({ to }: { to: number }) {
  const left = to - useNow(1_000);
  if (left <= 0 || left > 60 * 60_000) return null;
  return (
    <p class="quiet" role="timer" aria-live="off">
      {countdown(left)}
    </p>
  );
}

const capitalised = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
