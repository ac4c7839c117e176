/** Devices and shortcuts, without leaving the call. */
import { Button, Dialog, Select, Switch } from "../components";
import { FaultNotices } from "../devices/FaultNotice";
import { LevelBar } from "../devices/LevelBar";
import type { LocalMedia, Privacy } from "../devices/local-media";
import { Pickers } from "../devices/Pickers";
import { changeTaste, taste } from "./stage-memory";
import { ts } from "./stage-words";
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
        <Background media={media} />
        <Switch
          label={ts("self.show")}
          checked={!taste.value.selfHidden}
          onChange={(shown) => changeTaste({ selfHidden: !shown })}
        />
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

/** What the others see of the room around us. */
function Background({ media }: { media: LocalMedia }) {
  if (media.blursBehindAlready) return <p class="small quiet">{ts("blur.system")}</p>;
  const options: { value: Privacy; label: string }[] = [
    { value: "off", label: ts("blur.off") },
    ...(media.canBlurBehind ? [{ value: "platform" as const, label: ts("blur.behind") }] : []),
    { value: "whole", label: ts("blur.whole") },
  ];
  return (
    <Select
      label={ts("blur.label")}
      hint={ts("blur.hint")}
      value={media.privacy.value}
      options={options}
      onChange={(event) => media.setPrivacy(event.currentTarget.value as Privacy)}
    />
  );
}
