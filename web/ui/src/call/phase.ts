/**
 * The words for where one's stay in a room is: the phases of the stay, why it ended, and what the
 * page says in one word about the connection as a whole. Types and pure functions only.
 */
import type { LinkState } from "../rtc/recovery";
import type { StopReason } from "../socket/verdict";

export type EndReason =
  | "left"
  | "host"
  | "empty"
  | "window"
  | "meeting"
  | "hangup"
  | "balance"
  | "lost"
  | "unmet"
  | "house"
  | "removed"
  | Exclude<StopReason, "closed" | "revoked" | "forbidden">;

export type Phase =
  | { name: "connecting" }
  | { name: "waiting"; position: number; hostPresent: boolean; since: number }
  | { name: "in" }
  | { name: "denied"; message: string | undefined }
  | { name: "refused"; code: string; opensAt: number | undefined }
  | { name: "ended"; why: EndReason; durationMs: number | undefined };

/** What the page says in one word about the connection as a whole. */
export type Status =
  "connecting" | "waiting" | "connected" | "unstable" | "reconnecting" | "failed" | "server" | "away";

/** Why the stay is over when the socket will not come back; undefined when we closed it ourselves. */
export const endOfSocket: Record<StopReason, EndReason | undefined> = {
  closed: undefined,
  "signed-out": "signed-out",
  revoked: "signed-out",
  forbidden: "removed",
  replaced: "replaced",
  "too-many-devices": "too-many-devices",
  protocol: "protocol",
};

export interface Situation {
  remotes: readonly { link: LinkState; away: boolean }[];
  /** Our socket stands. */
  ready: boolean;
  /** It stood before. */
  everReady: boolean;
  inRoom: boolean;
}

export function statusOf({ remotes, ready, everReady, inRoom }: Situation): Status {
  const link = linkOf(remotes);
  if (link === undefined) {
    if (ready) return inRoom ? "waiting" : "connecting";
    return everReady ? "reconnecting" : "connecting";
  }
  const away = remotes.some((remote) => remote.away);
  if (link === "reconnecting" && ready && away) return "away"; // by name: it is theirs
  if (link !== "connected") return link;
  if (!ready) return "server";
  return away ? "away" : "connected";
}

/**
 * The state that the page must speak of when there are several connections. While anybody can be
 * talked to the call goes on, and whose connection is broken stands at their own picture.
 */
export function linkOf(remotes: readonly { link: LinkState }[]): LinkState | undefined {
  const any = (state: LinkState) => remotes.some((remote) => remote.link === state);
  if (remotes.length > 1 && any("connected")) return "connected";
  const order: LinkState[] = ["failed", "reconnecting", "unstable", "connecting", "connected"];
  return order.find(any);
}
