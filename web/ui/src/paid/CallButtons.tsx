/**
 * Calling a host: what a minute costs and how it is counted stands beside the buttons, before
 * anything rings. For the host's page and wherever else a host can be called.
 */
import "./paid.css";
import { session } from "../api";
import { useFetched } from "../app/hooks";
import { Button, CameraIcon, MicIcon } from "../components";
import { call, outgoing } from "./center";
import { coins, rule, type Tariff, tp } from "./words";

export interface CallButtonsProps {
  hostId: string;
  hostName: string;
  /** The host takes calls at this moment; nobody can press otherwise. */
  available?: boolean;
}

export function CallButtons({ hostId, hostName, available = true }: CallButtonsProps) {
  const identity = session.identity.value;
  const terms = useFetched<{ audio?: Tariff | null; video?: Tariff | null }>(`/api/call-terms/${encodeURIComponent(hostId)}`);
  if (terms.data === null) return null;
  const { audio, video } = terms.data;
  const either = video ?? audio;
  if (!either) return null;
  const own = identity.kind === "member" && identity.user.userId === hostId;
  const off = own || !available || outgoing.value !== undefined;
  const press = (media: "audio" | "video") => void call(hostId, hostName, media);
  return (
    <div class="call-buttons" role="group" aria-label={tp("start.title", { name: hostName })}>
      <div class="row">
        {video && (
          <Button kind="primary" disabled={off} onClick={() => press("video")}>
            <CameraIcon />
            <span>
              {tp("start.video")} <small>{tp("perMinute", { coins: coins(video.ratePerMinMc) })}</small>
            </span>
          </Button>
        )}
        {audio && (
          <Button kind={video ? "secondary" : "primary"} disabled={off} onClick={() => press("audio")}>
            <MicIcon />
            <span>
              {tp("start.audio")} <small>{tp("perMinute", { coins: coins(audio.ratePerMinMc) })}</small>
            </span>
          </Button>
        )}
      </div>
      <p class="quiet">{own ? tp("start.self") : rule(either)}</p>
    </div>
  );
}
