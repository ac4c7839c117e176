/** What one side said with its answer or its cancellation. */
import type { Meeting } from "../api";
import type { Side } from "./kinds";
import { tm } from "./words";

export function RemarkLine({ meeting, side }: { meeting: Meeting; side: Side }) {
  const remark = meeting.remark;
  if (!remark) return null;
  const name = remark.by === "host" ? meeting.host.name : meeting.client.name;
  return (
    <figure class="meeting-remark">
      <figcaption class="quiet small">{remark.by === side ? tm("remark.you") : tm("remark.of", { name })}</figcaption>
      <blockquote class="keep-lines">{remark.text}</blockquote>
    </figure>
  );
}
