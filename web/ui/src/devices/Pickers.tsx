/** Which camera, microphone and speaker. A kind of which there is nothing to choose says so. */
import { Select } from "../components";
import { t } from "../call/words";
import type { LocalMedia } from "./local-media";
import { canPickSpeaker } from "./sound";

type Kind = "camera" | "microphone" | "speaker";

export function Pickers({ media }: { media: LocalMedia }) {
  return (
    <div class="stack">
      <Picker media={media} kind="camera" />
      <Picker media={media} kind="microphone" />
      <Picker media={media} kind="speaker" />
    </div>
  );
}

export function Picker({ media, kind }: { media: LocalMedia; kind: Kind }) {
  const { cameras, microphones, speakers } = media.devices.value;
  const devices = { camera: cameras, microphone: microphones, speaker: speakers }[kind];
  const { cameraId, microphoneId, speakerId } = media.choice.value;
  const chosen = { camera: cameraId, microphone: microphoneId, speaker: speakerId }[kind];
  const label = t(`device.${kind}`);
  if (kind === "speaker" && (!canPickSpeaker() || devices.length === 0)) {
    return <Select label={label} disabled options={[{ value: "", label: t("device.speakerSystem") }]} />;
  }
  if (devices.length === 0) return <Select label={label} disabled options={[{ value: "", label: t("device.none") }]} />;
  const listed = devices.map((device, index) => ({
    value: device.deviceId,
    label: device.label || t("device.defaultOf", { kind: label, number: index + 1 }),
  }));
  // The browser lists its default once more under its own name; a chosen one that is gone falls back to it.
  const value = listed.some((device) => device.value === chosen) ? chosen : (listed[0]?.value ?? "");
  return (
    <Select
      label={label}
      value={value}
      options={listed}
      onChange={(event) => void media.choose(kind, event.currentTarget.value)}
    />
  );
}
