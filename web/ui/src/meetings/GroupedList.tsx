/** A titled list of meetings in which a series is one line that opens. */
import { useId } from "preact/hooks";
import type { Me, Meeting } from "../api";
import { grouped } from "./kinds";
import { MeetingRow } from "./MeetingRow";
import { tm } from "./words";

export interface GroupedListProps {
  title: string;
  meetings: readonly Meeting[];
  me: Me;
  now: number;
}

export function GroupedList({ title, meetings, me, now }: GroupedListProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} class="stack-tight">
      <h2 id={id}>{title}</h2>
      <div class="meeting-list">
        {grouped(meetings).map(({ first, rest }) => (
          <div key={first.meetingId} class="meeting-group">
            <ul role="list">
              <MeetingRow meeting={first} me={me} now={now} />
            </ul>
            {rest.length > 0 && (
              <details class="meeting-rest">
                <summary>{tm("series.more", { count: rest.length })}</summary>
                <ul role="list">
                  {rest.map((it) => (
                    <MeetingRow key={it.meetingId} meeting={it} me={me} now={now} />
                  ))}
                </ul>
              </details>
            )}
          </div>
        ))}
      </div>
    </section>
  );
}
