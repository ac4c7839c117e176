import type { Me, Meeting } from "../api";
import { Badge, ButtonLink } from "../components";
import { t } from "../i18n";
import { clockRange, clockTime, dayName, deviceZone, shortDate } from "../i18n/time";
import { JoinLink } from "./JoinButton";
import { kindOf, sideOf, stateOf } from "./kinds";
import { joinStateAt, otherOf } from "./meeting";
import { tm } from "./words";

export interface MeetingRowProps {
  meeting: Meeting;
  me: Me;
  now: number;
}

/** One line of a list: when, what, with whom, and what is to be done; the whole line leads to the meeting. */
export function MeetingRow({ meeting, me, now }: MeetingRowProps) {
  const kind = kindOf(meeting, me.userId, now);
  const past = kind === "past" || kind === "off";
  return (
    <li class="meeting-row">
      <div class="meeting-row-when">
        <span>{past ? shortDate(meeting.scheduledAt) : dayName(meeting.scheduledAt, now)}</span>
        <span class="quiet small">
          {past ? clockTime(meeting.scheduledAt, deviceZone()) : clockRange(meeting.scheduledAt, meeting.durationMinutes)}
        </span>
      </div>
      <div class="meeting-row-what">
        <a href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>{meeting.subject}</a>
        <span class="quiet small">{t("home.with", { name: otherOf(meeting, me.userId).name })}</span>
      </div>
      <div class="meeting-row-aside">
        <Aside meeting={meeting} me={me} now={now} />
      </div>
    </li>
  );
}

/** What to do about it, or where it stands; nothing about one that will simply happen. */
function Aside({ meeting, me, now }: MeetingRowProps) {
  const side = sideOf(meeting, me.userId);
  if (joinStateAt(meeting.joinable, now) === "open") return <JoinLink meeting={meeting} kind="secondary" />;
  if (meeting.status === "requested" && side === "host") return <ButtonLink href="/requests">{tm("request.answer")}</ButtonLink>;
  if (meeting.status === "awaiting_payment" && side === "client") {
    return <ButtonLink href={`/meetings/${encodeURIComponent(meeting.meetingId)}`}>{tm("pay.open")}</ButtonLink>;
  }
  if (meeting.status === "confirmed") return null;
  const { words, kind } = stateOf(meeting, side);
  return <Badge kind={kind}>{words}</Badge>;
}
