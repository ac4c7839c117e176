/** The way to one's messages, in the header of every page, with how many wait. */
import { place } from "../app/router";
import { ChatIcon } from "../components";
import { unreadTotal, useInbox } from "./inbox";
import { tm } from "./words";

/** Beyond that a number says no more. */
const SHOWN_MAX = 9;

export function Unread() {
  useInbox();
  const count = unreadTotal.value;
  const here = place.value.path.startsWith("/messages");
  return (
    <a class="header-sign" href="/messages" aria-label={count > 0 ? tm("header.unread", { count }) : tm("title")} aria-current={here ? "page" : undefined}>
      <ChatIcon />
      {count > 0 && (
        <span class="header-count" aria-hidden="true">
          {count > SHOWN_MAX ? `${SHOWN_MAX}+` : count}
        </span>
      )}
    </a>
  );
}
