/** Who one is in a conversation: an account, or a guest of one room. */
import { session } from "../api";

export function ownId(): string | undefined {
  const identity = session.identity.peek();
  if (identity.kind === "member") return identity.user.userId;
  return identity.kind === "guest" ? identity.guest.user.userId : undefined;
}
