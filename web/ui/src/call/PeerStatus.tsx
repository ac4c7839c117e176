/**
 * What is wrong with the connection to one person, over their picture: the last one, dimmed. Says
 * nothing while all is well. `billed`: the call costs by the minute, and these do not count.
 */
import "./link.css";
import { Button, Spinner } from "../components";
import type { RemotePeer } from "../rtc/mesh";
import { tl } from "./link-words";
import type { PeerQuality } from "./quality";

interface PeerStatusProps {
  remote: RemotePeer;
  quality: PeerQuality | undefined;
  billed?: boolean;
  /** Offered at the picture when there are others to go on talking to; alone, a dialog asks. */
  onRetry?: (() => void) | undefined;
}

export function PeerStatus({ remote, quality, billed = false, onRetry }: PeerStatusProps) {
  const name = remote.info.userName;
  switch (remote.link) {
    case "connecting":
      return null;
    case "connected":
      if (quality?.still !== true || !(remote.media.video || remote.media.screen)) return null;
      return <p class="peer-note">{tl("peer.still")}</p>;
    case "unstable":
      return <p class="peer-note">{remote.away ? tl("peer.away", { name }) : tl("peer.unstable")}</p>;
    case "reconnecting":
      return (
        <div class="peer-status">
          <Spinner large />
          <p>{remote.away ? tl("peer.away", { name }) : tl("peer.reconnecting")}</p>
          {billed && <p class="peer-billing">{tl("peer.billing")}</p>}
        </div>
      );
    case "failed":
      return (
        <div class="peer-status">
          <p>{tl("peer.failed", { name })}</p>
          {billed && <p class="peer-billing">{tl("peer.billing")}</p>}
          {onRetry && <Button onClick={onRetry}>{tl("peer.retry")}</Button>}
        </div>
      );
  }
}
