/** The way from a person to what one writes with them. */
import { session } from "../api";
import { ButtonLink, ChatIcon } from "../components";
import { pairId } from "./inbox";
import { tm } from "./words";

export function MessageButton({ userId }: { userId: string }) {
  const identity = session.identity.value;
  if (identity.kind !== "member" || identity.user.userId === userId) return null;
  return (
    <ButtonLink href={`/messages/${pairId(identity.user.userId, userId)}`}>
      <ChatIcon />
      {tm("write")}
    </ButtonLink>
  );
}
