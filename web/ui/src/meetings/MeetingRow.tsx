import type { ComponentChildren } from "preact";
import type { Me, Meeting } from "../api";
import { t } from "../i18n";
import { clockRange, clockTime, dayName, deviceZone, shortDate } from "../i18n/time";
import { joinStateAt, otherOf } from "./meeting";
import { JoinLink } from "./JoinButton";

export interface MeetingRowProps {
  meeting: Meeting;
  me: Me;
  now: number;
  aside?: ComponentChildren;
}

/** One line of a list: when, what, with whom; the whole line leads to the meeting. */
export function MeetingRow({ meeting, me, now, aside }: MeetingRowProps) {
  const past = aside !== undefined;
  const open = !past && joinStateAt(meeting.joinable, now) === "open";
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
      <div class="meeting-row-aside">{open ? <JoinLink meeting={meeting} kind="secondary" /> : aside}</div>
    </li>
  );
}
