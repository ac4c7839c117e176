/**
 * One person among the pictures, or what one shows: the picture and voice, or the name when there is
 * no picture. Where it stands is said in pixels by whoever lays them out.
 */
import type { ComponentChildren } from "preact";
import { Avatar, Button, CupIcon, FullScreenIcon, MicOffIcon, ScreenIcon, Spinner } from "../components";
import type { RemotePeer } from "../rtc/mesh";
import type { Rect } from "./layout";
import { Picture } from "./Picture";
import { PeerStatus } from "./PeerStatus";
import { type InCall, marks } from "./panels";
import { QualityBars } from "./QualityBars";
import { ts } from "./stage-words";
import { t } from "./words";

export interface TileProps {
  inCall: InCall;
  remote: RemotePeer;
  at: Rect | undefined;
  speaking: boolean;
  /** It is the large one. */
  large: boolean;
  /** Makes it the large one, or one of many again; undefined where there is no choice. */
  onLarge: (() => void) | undefined;
}

export function Tile({ inCall, remote, at, speaking, large, onLarge }: TileProps) {
  const { call, media } = inCall;
  const { audio, video } = remote.tracks;
  const quality = call.quality.peers.value.get(remote.peerId);
  const many = call.remotes.value.length > 1;
  // Who shares without a track of its own for it sends the screen in place of the camera.
  const insteadOfCamera = remote.media.screen && screenOf(remote) === null;
  const seen = (remote.media.video || insteadOfCamera) && video !== null && !remote.media.away;
  const name = remote.info.userName;
  const frozen = remote.link === "reconnecting" || remote.link === "failed";
  const classes = [
    insteadOfCamera ? "tile-screen" : "",
    frozen ? "tile-frozen" : "",
    seen ? "" : "tile-faceless",
    speaking ? "tile-speaking" : "",
  ];
  return (
    <Frame at={at} classes={classes} {...(onLarge === undefined ? {} : { onDoubleClick: onLarge })}>
      <Picture label={name} picture={video} voice={audio} speakerId={media.choice.value.speakerId} />
      {!seen && (
        <div class="tile-avatar">
          {remote.link === "connecting" ? <Spinner large /> : <Avatar name={name} large />}
          {remote.media.away && (
            <p class="tile-away">
              <CupIcon />
              {ts("away.they")}
            </p>
          )}
        </div>
      )}
      <PeerStatus remote={remote} quality={quality} billed={inCall.facts.paid !== undefined} onRetry={many ? () => call.retry() : undefined} />
      {marks.map(({ id, View }) => (
        <View key={id} {...inCall} remote={remote} />
      ))}
      {onLarge && <LargeButton name={name} large={large} onLarge={onLarge} />}
      <figcaption class="tile-name">
        {!remote.media.audio && <MicOffIcon size={16} />}
        <span class="tile-name-text">{name}</span>
        {!remote.media.audio && <span class="only-read">{t("call.isMuted")}</span>}
        {quality && <QualityBars level={quality.bars} name={name} />}
      </figcaption>
    </Frame>
  );
}

/** The track of a screen that comes beside the camera. */
export function screenOf(remote: RemotePeer): MediaStreamTrack | null {
  return remote.media.screen ? remote.tracks.screen : null;
}

export function ScreenTile({ remote, at }: { remote: RemotePeer; at: Rect | undefined }) {
  const words = ts("screen.of", { name: remote.info.userName });
  return (
    <Frame at={at} classes={["tile-screen"]}>
      <Picture label={words} picture={screenOf(remote)} />
      <figcaption class="tile-name">
        <ScreenIcon size={16} />
        <span class="tile-name-text">{words}</span>
      </figcaption>
    </Frame>
  );
}

interface FrameProps {
  at: Rect | undefined;
  classes: string[];
  onDoubleClick?: () => void;
  children: ComponentChildren;
}

/** Placed by script, which the content security policy allows, unlike a style in the markup. */
export function Frame({ at, classes, onDoubleClick, children }: FrameProps) {
  const place = (element: HTMLElement | null) => {
    if (element === null || at === undefined) return;
    element.style.setProperty("inset-inline-start", `${at.start}px`);
    element.style.setProperty("inset-block-start", `${at.top}px`);
    element.style.setProperty("inline-size", `${at.width}px`);
    element.style.setProperty("block-size", `${at.height}px`);
  };
  const small = at !== undefined && (at.width < 210 || at.height < 200);
  return (
    <figure
      ref={place}
      class={["tile", small ? "tile-small" : "", ...classes].filter(Boolean).join(" ")}
      hidden={at === undefined}
      onDblClick={onDoubleClick}
    >
      {children}
    </figure>
  );
}

export function LargeButton({ name, large, onLarge }: { name: string; large: boolean; onLarge: () => void }) {
  const words = ts(large ? "large.not" : "large", { name });
  return (
    <span class="tile-tools">
      <Button kind="quiet" iconOnly aria-label={words} title={words} aria-pressed={large} onClick={onLarge}>
        <FullScreenIcon size={18} />
      </Button>
    </span>
  );
}
