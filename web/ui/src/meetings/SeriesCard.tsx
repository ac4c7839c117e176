/** The meetings of one series: where each stands, and the way to it. */
import { useEffect, useState } from "preact/hooks";
import { type Me, type Meeting, request } from "../api";
import { Badge, Card } from "../components";
import { clockTime, dayName } from "../i18n/time";
import { mayCancel, sideOf, stateOf } from "./kinds";
import { tm } from "./words";

export interface SeriesCardProps {
  meetings: Meeting[];
  meeting: Meeting;
  me: Me;
  now: number;
}

/** Others of its series that come after it and stand. */
export const followers = (meetings: readonly Meeting[], meeting: Meeting): Meeting[] =>
  meetings.filter((it) => it.meetingId !== meeting.meetingId && it.booking?.seriesId === meeting.booking?.seriesId && it.scheduledAt >= meeting.scheduledAt && mayCancel(it));

/** All of its series, by time; asked for again when this one changes. Nothing when it is of none. */
export function useSeries(meeting: Meeting): Meeting[] {
  const series = meeting.booking?.seriesId;
  const [all, setAll] = useState<Meeting[]>([]);
  useEffect(() => {
    if (series == null) return;
    let wanted = true;
    request<{ meetings: Meeting[] }>("/api/meetings?from=0").then(
      ({ meetings }) => wanted && setAll(meetings.filter((it) => it.booking?.seriesId === series)),
      () => undefined, // the page says all of this one; the list of the others stays away
    );
    return () => {
      wanted = false;
    };
  }, [series, meeting.updatedAt]);
  return all;
}

export function SeriesCard({ meetings, meeting, me, now }: SeriesCardProps) {
  const side = sideOf(meeting, me.userId);
  return (
    <Card title={tm("series.title", { count: meetings.length })}>
      <ol class="meeting-series">
        {meetings.map((it) => {
          const state = stateOf(it, side);
          const here = it.meetingId === meeting.meetingId;
          return (
            <li key={it.meetingId}>
              {here ? <strong aria-current="true">{when(it, now)}</strong> : <a href={`/meetings/${encodeURIComponent(it.meetingId)}`}>{when(it, now)}</a>}
              <Badge kind={state.kind}>{state.words}</Badge>
            </li>
          );
        })}
      </ol>
    </Card>
  );
}

const when = (it: Meeting, now: number): string => `${dayName(it.scheduledAt, now)}, ${clockTime(it.scheduledAt)}`;
