/** Our own picture, mirrored as in a mirror, with the two switches on it. */
import { useEffect, useRef } from "preact/hooks";
import { CameraIcon, CameraOffIcon, MicIcon, MicOffIcon, Spinner } from "../components";
import { t } from "../call/words";
import { LevelBar } from "./LevelBar";
import type { LocalMedia } from "./local-media";

export function Preview({ media }: { media: LocalMedia }) {
  const video = useRef<HTMLVideoElement>(null);
  const { track, state } = media.camera.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = track === null ? null : new MediaStream([track]);
  }, [track]);
  const microphone = media.microphone.value;
  return (
    <div class="preview">
      <video
        ref={video}
        class="mirrored"
        autoPlay
        playsInline
        muted
        hidden={track === null}
        aria-label={t("device.preview")}
      />
      {track === null && (
        <div class="preview-empty">
          {state === "starting" ? <Spinner large /> : <CameraOffIcon size={32} />}
          <p>{t(state === "starting" ? "device.starting" : "device.cameraOff")}</p>
        </div>
      )}
      <div class="preview-controls">
        <PreviewSwitch
          label={t("device.microphone")}
          on={microphone.state === "on"}
          fault={microphone.fault !== undefined}
          onClick={() => void media.setMicrophone(microphone.state !== "on")}
        >
          {microphone.state === "on" ? <MicIcon /> : <MicOffIcon />}
        </PreviewSwitch>
        <PreviewSwitch
          label={t("device.camera")}
          on={state === "on"}
          fault={media.camera.value.fault !== undefined}
          onClick={() => void media.setCamera(state !== "on")}
        >
          {state === "on" ? <CameraIcon /> : <CameraOffIcon />}
        </PreviewSwitch>
      </div>
      {microphone.track !== null && microphone.state === "on" && (
        <div class="preview-level">
          <LevelBar track={microphone.track} />
        </div>
      )}
    </div>
  );
}

interface SwitchProps {
  label: string;
  on: boolean;
  fault: boolean;
  onClick: () => void;
  children: preact.ComponentChildren;
}

function PreviewSwitch({ label, on, fault, onClick, children }: SwitchProps) {
  const state = on ? "tool" : fault ? "tool tool-fault" : "tool tool-off";
  return (
    <button type="button" class={state} aria-label={label} aria-pressed={on} title={label} onClick={onClick}>
      {children}
    </button>
  );
}
