/** Our own picture in the corner: mirrored, because that is how people know themselves, and mute. */
import { useEffect, useRef } from "preact/hooks";
import { CameraOffIcon, MicOffIcon } from "../components";
import type { LocalMedia } from "../devices/local-media";
import { t } from "./words";

export function SelfView({ media, alone }: { media: LocalMedia; alone: boolean }) {
  const video = useRef<HTMLVideoElement>(null);
  const track = media.camera.value.track;
  useEffect(() => {
    if (video.current) video.current.srcObject = track === null ? null : new MediaStream([track]);
  }, [track]);
  return (
    <figure class={alone ? "self-view self-view-alone" : "self-view"}>
      <video
        ref={video}
        class="mirrored"
        autoPlay
        playsInline
        muted
        hidden={track === null}
        aria-label={t("call.selfView")}
      />
      {track === null && (
        <div class="self-view-empty">
          <CameraOffIcon size={24} />
        </div>
      )}
      <figcaption class="tile-name">
        {media.microphone.value.state !== "on" && (
          <>
            <MicOffIcon size={16} />
            <span class="only-read">{t("call.muted")}</span>
          </>
        )}
        <span class="tile-name-text">{t("call.you")}</span>
      </figcaption>
    </figure>
  );
}
