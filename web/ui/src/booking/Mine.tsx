/** What can be done with a booking that stands: into one's calendar, to the meeting, move or cancel. */
import type { Me, Meeting } from "../api";
import { ApiError } from "../api/error";
import { AddToCalendar } from "../calendar/AddToCalendar";
import { ButtonLink } from "../components";
import { fetchAsMe } from "../money/download";
import { tb } from "./words";

export interface MineProps {
  meeting: Meeting;
  me: Me | null;
  manageLink: string | null;
}

export function Mine({ meeting, me, manageLink }: MineProps) {
  const path = `/meetings/${encodeURIComponent(meeting.meetingId)}`;
  const link = me === null ? (manageLink ?? location.origin) : new URL(`/video-call/${encodeURIComponent(meeting.meetingId)}`, location.href).href;
  const appointment = {
    subject: `${meeting.subject} (${meeting.host.name})`,
    description: meeting.description ?? "",
    startsAt: meeting.scheduledAt,
    minutes: meeting.durationMinutes,
    link,
  };
  const file = () => (me === null ? guestFile(manageLink) : fetchAsMe(`/api${path}/calendar.ics`));
  return (
    <>
      <AddToCalendar appointment={appointment} file={file} />
      <div class="form-actions">
        {me !== null && (
          <ButtonLink kind="primary" href={path}>
            {tb("mine.open")}
          </ButtonLink>
        )}
        {manageLink !== null && <ButtonLink href={new URL(manageLink, location.href).pathname}>{tb("mine.manage")}</ButtonLink>}
      </div>
    </>
  );
}

/** By the link that manages it, as the one in the mail does. */
function guestFile(manageLink: string | null): Promise<Response> {
  const token = manageLink?.split("/").pop();
  if (!token) return Promise.reject(ApiError.unreachable());
  return fetch("/api/manage/calendar", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token }) });
}
