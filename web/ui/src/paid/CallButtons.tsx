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

export interface CallTerms {
  audio?: Tariff | null;
  video?: Tariff | null;
}

/** What calls to this host cost; null until it is known. */
export const useTerms = (hostId: string): CallTerms | null =>
  useFetched<CallTerms>(`/api/call-terms/${encodeURIComponent(hostId)}`).data;

export interface CallButtonsProps {
  hostId: string;
  hostName: string;
  /** The host takes calls at this moment; nobody can press otherwise. */
  available?: boolean;
}

export function CallButtons({ hostId, hostName, available = true }: CallButtonsProps) {
  const identity = session.identity.value;
  const terms = useTerms(hostId);
  const either = terms?.video ?? terms?.audio;
  if (!terms || !either) return null;
  const own = identity.kind === "member" && identity.user.userId === hostId;
  return (
    <div class="call-buttons" role="group" aria-label={tp("start.title", { name: hostName })}>
      <CallKinds hostId={hostId} hostName={hostName} terms={terms} off={own || !available} />
      <p class="quiet">{own ? tp("start.self") : rule(either)}</p>
    </div>
  );
}

interface CallKindsProps {
  hostId: string;
  hostName: string;
  terms: CallTerms;
  off: boolean;
}

/** A button for each way to call, with its price. */
export function CallKinds({ hostId, hostName, terms: { audio, video }, off }: CallKindsProps) {
  const disabled = off || outgoing.value !== undefined;
  const press = (media: "audio" | "video") => void call(hostId, hostName, media);
  return (
    <div class="row">
      {video && (
        <Button kind="primary" disabled={disabled} onClick={() => press("video")}>
          <CameraIcon />
          <span>
            {tp("start.video")} <small>{tp("perMinute", { coins: coins(video.ratePerMinMc) })}</small>
          </span>
        </Button>
      )}
      {audio && (
        <Button kind={video ? "secondary" : "primary"} disabled={disabled} onClick={() => press("audio")}>
          <MicIcon />
          <span>
            {tp("start.audio")} <small>{tp("perMinute", { coins: coins(audio.ratePerMinMc) })}</small>
          </span>
        </Button>
      )}
    </div>
  );
}
