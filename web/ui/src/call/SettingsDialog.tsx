/** Devices, shortcuts and what the connection is like, without leaving the call. */
import { Button, Dialog, Switch } from "../components";
import { FaultNotices } from "../devices/FaultNotice";
import { LevelBar } from "../devices/LevelBar";
import type { LocalMedia } from "../devices/local-media";
import { Pickers } from "../devices/Pickers";
import { lossPercent } from "../rtc/stats";
import type { CallSession } from "./session";
import { t } from "./words";

interface SettingsProps {
  call: CallSession;
  media: LocalMedia;
  open: boolean;
  onClose: () => void;
}

export function SettingsDialog({ call, media, open, onClose }: SettingsProps) {
  const microphone = media.microphone.value;
  return (
    <Dialog
      open={open}
      title={t("settings.title")}
      onClose={onClose}
      actions={
        <Button kind="primary" onClick={onClose}>
          {t("settings.close")}
        </Button>
      }
    >
      <div class="stack">
        <FaultNotices media={media} />
        <Pickers media={media} />
        {microphone.track !== null && microphone.state === "on" && <LevelBar track={microphone.track} />}
        <Switch
          label={t("settings.shortcuts")}
          hint={t("settings.shortcuts.hint")}
          checked={media.choice.value.shortcuts}
          onChange={(on) => media.setShortcuts(on)}
        />
        <Connection call={call} />
      </div>
    </Dialog>
  );
}

function Connection({ call }: { call: CallSession }) {
  const all = [...call.stats.value];
  if (all.length === 0) return null;
  return (
    <div class="stack-tight">
      <h3>{t("settings.connection")}</h3>
      {all.map(([peerId, stats]) => (
        <p key={peerId} class="small quiet">
          {t(stats.relayed ? "call.relayed" : "call.direct")}.{" "}
          {t("settings.rtt", { count: stats.rttMs, loss: lossPercent(stats) })}.{" "}
          {stats.frameWidth > 0 && t("settings.picture", { width: stats.frameWidth, height: stats.frameHeight })}
        </p>
      ))}
    </div>
  );
}
