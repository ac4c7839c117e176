/** One remote person: their picture and voice, or their name when there is no picture. */
import { useEffect, useRef } from "preact/hooks";
import type { RemotePeer } from "../rtc/mesh";
import { Avatar, MicOffIcon, Spinner } from "../components";
import { PeerStatus } from "./PeerStatus";
import { QualityBars } from "./QualityBars";
import type { PeerQuality } from "./quality";
import { t } from "./words";

export interface TileProps {
  remote: RemotePeer;
  quality: PeerQuality | undefined;
  /** Another try for a connection that failed, offered at the picture. */
  onRetry?: (() => void) | undefined;
  speakerId: string;
  /** The browser will not play sound before a touch. */
  onBlocked: () => void;
  /** Counts the touches that allow sound. */
  unblocked: number;
}

type Player = HTMLVideoElement & { setSinkId?: (id: string) => Promise<void> };

export function Tile({ remote, quality, onRetry, speakerId, onBlocked, unblocked }: TileProps) {
  const video = useRef<HTMLVideoElement>(null);
  const { audio, video: picture } = remote.tracks;
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const tracks = [audio, picture].filter((track) => track !== null);
    element.srcObject = tracks.length === 0 ? null : new MediaStream(tracks);
    if (tracks.length > 0) void play(element, onBlocked);
  }, [audio, picture]);
  useEffect(() => {
    if (video.current && unblocked > 0) {
      video.current.muted = false;
      void play(video.current, onBlocked);
    }
  }, [unblocked]);
  useEffect(() => {
    const element = video.current as Player | null;
    if (speakerId !== "") void element?.setSinkId?.(speakerId).catch(() => {});
  }, [speakerId, audio]);
  const { screen } = remote.media;
  const seen = (remote.media.video || screen) && picture !== null;
  const name = remote.info.userName;
  const frozen = remote.link === "reconnecting" || remote.link === "failed";
  const classes = ["tile", screen ? "tile-screen" : "", frozen ? "tile-frozen" : "", seen ? "" : "tile-faceless"];
  return (
    <figure class={classes.filter(Boolean).join(" ")}>
      <video ref={video} autoPlay playsInline aria-label={name} />
      {!seen && (
        <div class="tile-avatar">{remote.link === "connecting" ? <Spinner large /> : <Avatar name={name} large />}</div>
      )}
      <PeerStatus remote={remote} quality={quality} onRetry={onRetry} />
      <figcaption class="tile-name">
        {!remote.media.audio && <MicOffIcon size={16} />}
        <span class="tile-name-text">{name}</span>
        {!remote.media.audio && <span class="only-read">{t("call.isMuted")}</span>}
        {quality && <QualityBars level={quality.bars} name={name} />}
      </figcaption>
    </figure>
  );
}

/** Starts playing; without permission for sound it shows the picture and asks for a touch. */
async function play(element: HTMLVideoElement, onBlocked: () => void): Promise<void> {
  try {
    await element.play();
  } catch (error) {
    if ((error as Error).name !== "NotAllowedError") return; // replaced by the next picture
    element.muted = true;
    onBlocked();
    await element.play().catch(() => {});
  }
}
