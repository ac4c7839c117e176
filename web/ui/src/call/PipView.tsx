/** What the small window shows: the others, or what one of them shows, and the three controls. */
import { Avatar, CameraIcon, CameraOffIcon, HangUpIcon, MicIcon, MicOffIcon } from "../components";
import type { RemotePeer } from "../rtc/mesh";
import type { InCall } from "./panels";
import { Picture } from "./Picture";
import { screenOf } from "./Tile";
import { Tool } from "./Tool";
import { t } from "./words";

const PEOPLE_MAX = 4;

export function PipView({ inCall }: { inCall: InCall }) {
  const { call, media } = inCall;
  const remotes = call.remotes.value;
  const sharer = remotes.find((remote) => screenOf(remote) !== null);
  const talking = media.microphone.value.state === "on";
  const seen = media.camera.value.state === "on";
  if (call.phase.value.name === "ended") return null;
  return (
    <>
      <div class={`pip-pictures pip-${sharer ? 1 : Math.min(remotes.length, PEOPLE_MAX)}`}>
        {sharer ? (
          <Picture label={sharer.info.userName} picture={screenOf(sharer)} />
        ) : (
          remotes.slice(0, PEOPLE_MAX).map((remote) => <Person key={remote.peerId} remote={remote} />)
        )}
        {remotes.length === 0 && <p>{t("status.waiting")}</p>}
      </div>
      <div class="pip-tools" role="toolbar" aria-label={t("call.toolbar")}>
        <Tool
          label={t("call.microphone")}
          tip={t(talking ? "call.microphone.on" : "call.microphone.off")}
          pressed={talking}
          off={!talking}
          onClick={() => void media.setMicrophone(!talking)}
        >
          {talking ? <MicIcon /> : <MicOffIcon />}
        </Tool>
        <Tool
          label={t("call.camera")}
          tip={t(seen ? "call.camera.on" : "call.camera.off")}
          pressed={seen}
          off={!seen}
          onClick={() => void media.setCamera(!seen)}
        >
          {seen ? <CameraIcon /> : <CameraOffIcon />}
        </Tool>
        <Tool label={t("call.end")} tip={t("call.end.tip")} danger onClick={() => void call.leave()}>
          <HangUpIcon />
        </Tool>
      </div>
    </>
  );
}

/** Without the voice: that comes from the page. */
function Person({ remote }: { remote: RemotePeer }) {
  const name = remote.info.userName;
  const seen = remote.tracks.video !== null && (remote.media.video || remote.media.screen) && !remote.media.away;
  return (
    <div class="pip-person">
      {seen ? <Picture label={name} picture={remote.tracks.video} /> : <Avatar name={name} large />}
    </div>
  );
}
