/** Devices and shortcuts, without leaving the call. */
import { Button, Dialog, Switch } from "../components";
import { FaultNotices } from "../devices/FaultNotice";
import { LevelBar } from "../devices/LevelBar";
import type { LocalMedia } from "../devices/local-media";
import { Pickers } from "../devices/Pickers";
import { t } from "./words";

interface SettingsProps {
  media: LocalMedia;
  open: boolean;
  onClose: () => void;
}

export function SettingsDialog({ media, open, onClose }: SettingsProps) {
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
      </div>
    </Dialog>
  );
}
