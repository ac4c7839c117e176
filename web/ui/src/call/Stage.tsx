/** The call itself: header, stage, panel, toolbar, in this order for the eye and for the Tab key. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button, CopyLine, SpeakerIcon, toast } from "../components";
import { AccessDialog } from "../devices/AccessDialog";
import { isRefusal } from "../devices/faults";
import type { LocalMedia } from "../devices/local-media";
import { OwnVoice } from "../devices/own-voice";
import { personalLink } from "../meetings/meeting";
import type { MeetingFacts } from "./CallPage";
import { ConnectionBadge } from "./ConnectionBadge";
import { EndingDialog, FailedDialog, PartnerLeftDialog } from "./Dialogs";
import { mayDebug, openDebugWindow } from "./debug";
import { Hints } from "./Hints";
import { KeysDialog } from "./KeysDialog";
import { Knocks } from "./Knocks";
import { LiveRegion } from "./LiveRegion";
import { keepAwake } from "./Lobby";
import { type InCall, type LayerSpec, layers, togglePanel } from "./panels";
import { allowSound, soundBlocked } from "./Picture";
import { closePip } from "./pip";
import type { CallSession, Status } from "./session";
import { SettingsDialog } from "./SettingsDialog";
import { SidePanel } from "./SidePanel";
import { Duration, StatusLine } from "./StatusLine";
import { Tiles } from "./Tiles";
import { Toolbar } from "./Toolbar";
import { useKeys } from "./useKeys";
import { t, tOr } from "./words";

interface StageProps {
  call: CallSession;
  media: LocalMedia;
  facts: MeetingFacts;
}

export function Stage({ call, media, facts }: StageProps) {
  const [settings, setSettings] = useState(false);
  const [ending, setEnding] = useState(false);
  const inCall = useMemo<InCall>(() => ({ call, media, facts }), [call, media, facts]);
  const voice = useMemo(() => new OwnVoice(media), [media]);
  const remotes = call.remotes.value;
  const status = call.status.value;
  const developing = mayDebug(call.features.value);

  useEffect(() => keepAwake(), []);
  useEffect(() => (developing ? openDebugWindow(call) : undefined), [developing, call]);
  useEffect(() => {
    voice.start();
    return () => voice.stop();
  }, [voice]);
  useEffect(() => leaveNothingOpen, []);
  const share = () => {
    if (media.screen.value !== null) return media.stopSharing();
    void call.share().then((outcome) => outcome === "taken" && toast(t("call.shareTaken")));
  };
  const end = () => (call.moderator.value && remotes.length > 0 ? setEnding(true) : void call.leave());
  useKeys(inCall, { share });
  const { refused, forgive } = useFaults(media);

  return (
    <div class="call">
      <div class="call-header">
        <Duration call={call} />
        <StatusLine call={call} />
        <Layers where="header" inCall={inCall} />
        {status === "connected" && <ConnectionBadge call={call} onOpen={() => togglePanel("connection")} />}
      </div>
      <Layers where="nothing" inCall={inCall} />
      <div class="call-notices">
        <Layers where="notice" inCall={inCall} />
      </div>
      {call.moderator.value && <Knocks call={call} />}
      <section class="stage" aria-label={t("call.stage")}>
        <Tiles inCall={inCall} voice={voice} />
        <Overlay status={status} facts={facts} alone={remotes.length === 0} />
        <div class="stage-layer">
          <Layers where="stage" inCall={inCall} />
        </div>
        <Hints inCall={inCall} voice={voice} onChoose={() => setSettings(true)} />
        {soundBlocked.value && (
          <div class="tap-to-hear">
            <Button kind="primary" onClick={allowSound}>
              <SpeakerIcon />
              {t("call.tapToHear")}
            </Button>
          </div>
        )}
      </section>
      <SidePanel inCall={inCall} />
      <Toolbar inCall={inCall} onShare={share} onSettings={() => setSettings(true)} onEnd={end} />
      <LiveRegion inCall={inCall} />
      <SettingsDialog media={media} open={settings} onClose={() => setSettings(false)} />
      <KeysDialog inCall={inCall} />
      <AccessDialog media={media} open={refused} onClose={forgive} />
      <EndingDialog call={call} open={ending} onClose={() => setEnding(false)} />
      <FailedDialog call={call} open={status === "failed"} />
      <PartnerLeftDialog
        call={call}
        open={call.partner.value !== undefined && status !== "failed" && !ending && !settings}
      />
    </div>
  );
}

function leaveNothingOpen(): void {
  closePip();
  soundBlocked.value = false;
  if (document.fullscreenElement !== null) void document.exitFullscreen().catch(() => {});
}

function Layers({ where, inCall }: { where: LayerSpec["where"]; inCall: InCall }) {
  return (
    <>
      {layers.map((layer) => layer.where === where && <layer.View key={layer.id} {...inCall} />)}
    </>
  );
}

/** Large words over the stage while there is nothing better to look at. */
function Overlay({ status, facts, alone }: { status: Status; facts: MeetingFacts; alone: boolean }) {
  if (alone) {
    const { subject, meeting } = facts;
    const link = meeting === undefined ? null : personalLink(meeting);
    const words = status === "waiting" || status === "reconnecting" ? status : "connecting";
    return (
      <div class="stage-words">
        {subject && <h1>{subject}</h1>}
        <p>{t(`status.${words}`)}</p>
        {link && <CopyLine value={link} label={t("call.invite", { name: meeting?.client.name ?? "" })} />}
      </div>
    );
  }
  return null;
}

/** A device that fails during the call is told of once; what was known before it is not repeated. */
function useFaults(media: LocalMedia): { refused: boolean; forgive: () => void } {
  const [refused, setRefused] = useState(false);
  const known = useRef({ audio: media.microphone.peek().fault, video: media.camera.peek().fault });
  const audio = media.microphone.value.fault;
  const video = media.camera.value.fault;
  useEffect(() => {
    const before = known.current;
    known.current = { audio, video };
    const news = video !== before.video && video !== undefined ? video : audio !== before.audio ? audio : undefined;
    if (news === undefined) return;
    const kind = news === video && video !== before.video ? "video" : "audio";
    if (isRefusal(news)) setRefused(true);
    else toast(tOr(`fault.${news}.${kind}`, `fault.failed.${kind}`));
  }, [audio, video]);
  return { refused, forgive: () => setRefused(false) };
}
