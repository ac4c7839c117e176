/** The stage's own rows of "More": away, blur, one's own picture, small window, full screen, keys. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { BlurIcon, CupIcon, EyeIcon, EyeOffIcon, FullScreenIcon, KeyboardIcon, PictureInPictureIcon } from "../components";
import type { InCall, ToolSpec } from "./panels";
import { canPip, pipOpen, togglePip } from "./pip";
import { changeTaste, taste } from "./stage-memory";
import { ts } from "./stage-words";
import { Tool } from "./Tool";

/** The list of shortcuts stands open. */
export const helpOpen = signal(false);

function AwayTool({ media }: InCall) {
  const away = media.away.value;
  return (
    <Tool
      label={ts(away ? "away.back" : "away")}
      tip={ts("away.tip")}
      active={away}
      onClick={() => void media.setAway(!away)}
    >
      <CupIcon size={22} />
    </Tool>
  );
}

function BlurTool({ media }: InCall) {
  const kind = media.canBlurBehind ? "platform" : "whole";
  const on = media.privacy.value === kind;
  const words = ts(kind === "platform" ? "blur.behind" : "blur.whole");
  return (
    <Tool label={words} tip={words} pressed={on} active={on} onClick={() => media.setPrivacy(on ? "off" : kind)}>
      <BlurIcon size={22} />
    </Tool>
  );
}

function SelfTool() {
  const hidden = taste.value.selfHidden;
  const words = ts(hidden ? "self.show" : "self.hide");
  return (
    <Tool label={words} tip={words} onClick={() => changeTaste({ selfHidden: !hidden })}>
      {hidden ? <EyeIcon size={22} /> : <EyeOffIcon size={22} />}
    </Tool>
  );
}

function PipTool(inCall: InCall) {
  if (!canPip()) return null;
  const words = ts(pipOpen.value ? "pip.close" : "pip");
  return (
    <Tool label={words} tip={words} keys="P" onClick={() => void togglePip(inCall)}>
      <PictureInPictureIcon size={22} />
    </Tool>
  );
}

const canFill = (): boolean => document.fullscreenEnabled === true;

export function toggleFull(): void {
  if (!canFill()) return;
  if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => {});
  else void document.documentElement.requestFullscreen().catch(() => {});
}

function FullTool() {
  const [full, setFull] = useState(document.fullscreenElement !== null);
  useEffect(() => {
    const changed = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", changed);
    return () => document.removeEventListener("fullscreenchange", changed);
  }, []);
  if (!canFill()) return null;
  const words = ts(full ? "full.leave" : "full");
  return (
    <Tool label={words} tip={words} keys="F" onClick={toggleFull}>
      <FullScreenIcon size={22} />
    </Tool>
  );
}

function KeysTool() {
  return (
    <Tool label={ts("keys")} tip={ts("keys")} keys="?" onClick={() => void (helpOpen.value = true)}>
      <KeyboardIcon size={22} />
    </Tool>
  );
}

export const stageTools: readonly ToolSpec[] = [
  { id: "away", place: "more", View: AwayTool },
  { id: "blur", place: "more", View: BlurTool },
  { id: "self", place: "more", View: SelfTool },
  {
    id: "pip",
    place: "more",
    View: PipTool,
    shortcut: { key: "p", does: () => ts("pip"), run: (inCall) => void (canPip() && togglePip(inCall)) },
  },
  { id: "full", place: "more", View: FullTool, shortcut: { key: "f", does: () => ts("full"), run: toggleFull } },
  {
    id: "keys",
    place: "more",
    View: KeysTool,
    shortcut: { key: "?", does: () => ts("keys.help"), run: () => void (helpOpen.value = true) },
  },
];
