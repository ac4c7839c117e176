/** How many requests wait for the host's answer, in the header of every page, live; nothing while none do. */
import { type Meeting, session } from "../api";
import { useFetched } from "../app/hooks";
import { place } from "../app/router";
import { MailIcon } from "../components";
import { sideOf } from "./kinds";
import { useMeetingNews } from "./news";
import { tm } from "./words";

export function RequestsBadge() {
  const { data, reload } = useFetched<{ meetings: Meeting[] }>("/api/meetings?status=requested");
  useMeetingNews(reload);
  const identity = session.identity.value;
  if (!data || identity.kind !== "member") return null;
  const count = data.meetings.filter((it) => sideOf(it, identity.user.userId) === "host").length;
  if (count === 0) return null;
  const shown = count > 9 ? "9+" : String(count);
  return (
    <a class="header-sign" href="/requests" aria-label={tm("badge", { count })} aria-current={place.value.path === "/requests" ? "page" : undefined}>
      <MailIcon />
      <span class="header-count" aria-hidden="true">
        {shown}
      </span>
    </a>
  );
}
