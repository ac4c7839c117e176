/** The five controls. The name of a button stays; whether it is on is its pressed state and its icon. */
import type { ComponentChildren } from "preact";
import {
  CameraIcon,
  CameraOffIcon,
  HangUpIcon,
  MicIcon,
  MicOffIcon,
  ScreenIcon,
  ScreenOffIcon,
  SettingsIcon,
} from "../components";
import type { LocalMedia } from "../devices/local-media";
import { t } from "./words";

export interface ToolbarProps {
  media: LocalMedia;
  onShare: () => void;
  onSettings: () => void;
  onEnd: () => void;
}

export function Toolbar({ media, onShare, onSettings, onEnd }: ToolbarProps) {
  const microphone = media.microphone.value;
  const camera = media.camera.value;
  const sharing = media.screen.value !== null;
  const talking = microphone.state === "on";
  const seen = camera.state === "on";
  return (
    <div class="toolbar" role="toolbar" aria-label={t("call.toolbar")}>
      <Tool
        label={t("call.microphone")}
        tip={t(talking ? "call.microphone.on" : "call.microphone.off")}
        pressed={talking}
        off={!talking}
        keys="M"
        onClick={() => void media.setMicrophone(!talking)}
      >
        {talking ? <MicIcon size={22} /> : <MicOffIcon size={22} />}
      </Tool>
      <Tool
        label={t("call.camera")}
        tip={t(seen ? "call.camera.on" : "call.camera.off")}
        pressed={seen}
        off={!seen}
        keys="V"
        onClick={() => void media.setCamera(!seen)}
      >
        {seen ? <CameraIcon size={22} /> : <CameraOffIcon size={22} />}
      </Tool>
      {media.canShare && (
        <Tool
          label={t("call.share")}
          short={t("call.share.short")}
          tip={t(sharing ? "call.share.on" : "call.share.off")}
          pressed={sharing}
          active={sharing}
          keys="S"
          onClick={onShare}
        >
          {sharing ? <ScreenOffIcon size={22} /> : <ScreenIcon size={22} />}
        </Tool>
      )}
      <Tool label={t("call.settings")} tip={t("call.settings")} onClick={onSettings}>
        <SettingsIcon size={22} />
      </Tool>
      <Tool label={t("call.end")} tip={t("call.end.tip")} danger onClick={onEnd}>
        <HangUpIcon size={22} />
      </Tool>
    </div>
  );
}

interface ToolProps {
  label: string;
  /** What stands below the icon when the name is too long for it; part of the name. */
  short?: string;
  tip: string;
  pressed?: boolean;
  off?: boolean;
  active?: boolean;
  danger?: boolean;
  keys?: string;
  onClick: () => void;
  children: ComponentChildren;
}

function Tool({ label, short, tip, pressed, off, active, danger, keys, onClick, children }: ToolProps) {
  const classes = ["tool", off ? "tool-off" : "", active ? "tool-active" : "", danger ? "tool-end" : ""];
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      title={tip}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={keys}
      onClick={onClick}
    >
      {children}
      <span class="tool-label" aria-hidden="true">
        {short ?? label}
      </span>
    </button>
  );
}
