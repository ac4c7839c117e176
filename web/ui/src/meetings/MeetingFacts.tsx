/** When, with whom, how long: the facts of one meeting, as one of its people sees them. */
import type { Me, Meeting } from "../api";
import { t } from "../i18n";
import { clockRange, dayName, daysBetween, deviceZone, inWords, lengthInWords, zoneName } from "../i18n/time";
import { isAhead, otherOf, stageOf } from "./meeting";
import { BothClocks } from "./RequestCard";
import { tm } from "./words";

export function MeetingFacts({ meeting, me, now }: { meeting: Meeting; me: Me; now: number }) {
  const mine = meeting.host.id === me.userId;
  const other = otherOf(meeting, me.userId);
  return (
    <dl class="facts">
      <dt>{t("meeting.when")}</dt>
      <dd>
        {mine ? (
          <BothClocks meeting={meeting} now={now} />
        ) : (
          <>
            {dayName(meeting.scheduledAt, now)}, {clockRange(meeting.scheduledAt, meeting.durationMinutes)}
            <br />
            <span class="quiet small">{t("meeting.zoneOf", { zone: zoneName(deviceZone(), meeting.scheduledAt) })}</span>
          </>
        )}
        {isAhead(meeting, now) && daysBetween(now, meeting.scheduledAt, deviceZone()) !== 1 && (
          <span class="quiet small"> · {inWords(meeting.scheduledAt, now)}</span>
        )}
      </dd>
      <dt>{t(mine ? "meeting.client" : "meeting.host")}</dt>
      <dd>
        {other.name}
        {other.email && other.email !== other.name && <span class="quiet"> · {other.email}</span>}
      </dd>
      {mine && meeting.booking?.group && (
        <>
          <dt>{tm("group.label")}</dt>
          <dd>{tm("group.places", { count: meeting.booking.group.taken, seats: meeting.booking.group.seats })}</dd>
        </>
      )}
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
