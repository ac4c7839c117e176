/**
 * The controls below the stage: what everybody needs always, then what hooks in (`panels.ts`), then
 * "More", and last the way out. On a phone all that is not needed at once moves into "More".
 */
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
import { MoreMenu } from "./MoreMenu";
import { type InCall, openPanel, panels, type PanelSpec, type Place, togglePanel, tools } from "./panels";
import { ts } from "./stage-words";
import { Tool } from "./Tool";
import { useMatches } from "./useMatches";
import { t } from "./words";

export { Tool, type ToolProps } from "./Tool";

export interface ToolbarProps {
  inCall: InCall;
  onShare: () => void;
  onSettings: () => void;
  onEnd: () => void;
}

/** Narrower or lower than this, the bar holds only what is always needed. */
export const SMALL = "(max-width: 47.9rem), (max-height: 28rem)";

export function Toolbar({ inCall, onShare, onSettings, onEnd }: ToolbarProps) {
  const { media } = inCall;
  const small = useMatches(SMALL);
  const microphone = media.microphone.value;
  const camera = media.camera.value;
  const talking = microphone.state === "on";
  const seen = camera.state === "on";
  const inBar = (place: Place) => place === "bar" || (place === "wide" && !small);
  const inMore = (place: Place) => !inBar(place);
  const offered = panels.filter((panel) => panel.offered?.(inCall) ?? true);
  const hidden = offered.filter((panel) => inMore(panel.place));
  const share = media.canShare && <Share inCall={inCall} onShare={onShare} />;
  return (
    <div class="toolbar" role="toolbar" aria-label={t("call.toolbar")}>
      <Tool
        label={t("call.microphone")}
        short={t("call.microphone.short")}
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
      {!small && share}
      {offered.map((panel) => inBar(panel.place) && <PanelTool key={panel.id} panel={panel} inCall={inCall} />)}
      {tools.map(({ id, place, View }) => inBar(place) && <View key={id} {...inCall} />)}
      <MoreMenu badge={hidden.reduce((sum, panel) => sum + newIn(panel, inCall), 0)}>
        {small && share}
        {hidden.map((panel) => (
          <PanelTool key={panel.id} panel={panel} inCall={inCall} />
        ))}
        {tools.map(({ id, place, View }) => inMore(place) && <View key={id} {...inCall} />)}
        <Tool label={t("call.settings")} tip={t("call.settings")} onClick={onSettings}>
          <SettingsIcon size={22} />
        </Tool>
      </MoreMenu>
      <Tool label={t("call.end")} tip={t("call.end.tip")} danger onClick={onEnd}>
        <HangUpIcon size={22} />
      </Tool>
    </div>
  );
}

function Share({ inCall, onShare }: { inCall: InCall; onShare: () => void }) {
  const sharing = inCall.media.screen.value !== null;
  return (
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
  );
}

/** How many new things a panel holds that is not looked at. */
const newIn = (panel: PanelSpec, inCall: InCall): number =>
  openPanel.value === panel.id ? 0 : (panel.badge?.(inCall) ?? 0);

function PanelTool({ panel, inCall }: { panel: PanelSpec; inCall: InCall }) {
  const open = openPanel.value === panel.id;
  const count = newIn(panel, inCall);
  const title = panel.title();
  const keys = panel.shortcut?.key.toUpperCase();
  return (
    <Tool
      label={count > 0 ? ts("panel.unread", { title, count }) : title}
      {...(panel.short === undefined ? { short: title } : { short: panel.short() })}
      tip={keys === undefined ? title : `${title} (${keys})`}
      pressed={open}
      active={open}
      badge={count}
      {...(keys === undefined ? {} : { keys })}
      onClick={() => togglePanel(panel.id)}
    >
      <panel.icon size={22} />
    </Tool>
  );
}
