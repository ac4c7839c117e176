/**
 * Messages between two people: the list of conversations, and the one that is open beside it. On a
 * phone one of the two stands there at a time.
 */
import "./launch.css";
import "./messages.css";
import { useTitle } from "../app/PageHead";
import { type PageProps, place } from "../app/router";
import { ChatIcon, Empty } from "../components";
import { ConversationList } from "./ConversationList";
import { ConversationWindow } from "./ConversationWindow";
import { useInbox } from "./inbox";
import { usePresence } from "./presence";
import { tm } from "./words";

export default function MessagesPage({ params }: PageProps) {
  const id = params["id"];
  useInbox();
  usePresence();
  useTitle(tm("title"));
  return (
    <div class={id === undefined ? "messages" : "messages messages-open"}>
      <ConversationList open={id} />
      <section class="messages-window" aria-label={tm("window")}>
        {id === undefined ? (
          <Empty icon={<ChatIcon size={36} />} title={tm("none.title")}>
            <p>{tm("none.text")}</p>
          </Empty>
        ) : (
          <ConversationWindow key={id} id={id} about={place.value.query.get("about") ?? undefined} />
        )}
      </section>
    </div>
  );
}
