/** The call itself: header, stage, toolbar, in this order for the eye and for the Tab key. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, CopyLine, LockIcon, Spinner, SpeakerIcon, toast } from "../components";
import { AccessDialog } from "../devices/AccessDialog";
import { isRefusal } from "../devices/faults";
import type { LocalMedia } from "../devices/local-media";
import { personalLink } from "../pages/meeting";
import type { MeetingFacts } from "./CallPage";
import { ConnectionBadge, weakWords } from "./ConnectionBadge";
import { EndingDialog, FailedDialog, PartnerLeftDialog } from "./Dialogs";
import { mayDebug, openDebugWindow } from "./debug";
import { Knocks } from "./Knocks";
import { keepAwake } from "./Lobby";
import { type InCall, type LayerSpec, layers, togglePanel } from "./panels";
import { SelfView } from "./SelfView";
import type { CallSession, Status } from "./session";
import { SettingsDialog } from "./SettingsDialog";
import { SidePanel } from "./SidePanel";
import { shortcutOf } from "./shortcuts";
import { Tile } from "./Tile";
import { Toolbar } from "./Toolbar";
import { useNow } from "./useNow";
import { clock, t, tOr } from "./words";

interface StageProps {
  call: CallSession;
  media: LocalMedia;
  facts: MeetingFacts;
}

export function Stage({ call, media, facts }: StageProps) {
  const [settings, setSettings] = useState(false);
  const [ending, setEnding] = useState(false);
  const [blocked, setBlocked] = useState(false);
  const [unblocked, setUnblocked] = useState(0);
  const remotes = call.remotes.value;
  const status = call.status.value;
  const inCall: InCall = { call, media, facts };
  const developing = mayDebug(call.features.value);

  useEffect(() => keepAwake(), []);
  useEffect(() => (developing ? openDebugWindow(call) : undefined), [developing, call]);
  const share = () => {
    if (media.screen.value !== null) return media.stopSharing();
    void call.share().then((outcome) => outcome === "taken" && toast(t("call.shareTaken")));
  };
  const end = () => (call.moderator.value && remotes.length > 0 ? setEnding(true) : void call.leave());
  useShortcuts(media, share);
  const { refused, forgive } = useFaults(media);

  return (
    <div class="call">
      <div class="call-header">
        <Duration call={call} />
        <StatusLine call={call} status={status} />
        {status === "connected" && <ConnectionBadge call={call} onOpen={() => togglePanel("connection")} />}
      </div>
      <Layers where="nothing" inCall={inCall} />
      <div class="notices">
        <Layers where="notice" inCall={inCall} />
      </div>
      {call.moderator.value && <Knocks call={call} />}
      <section class="stage" aria-label={t("call.stage")}>
        <div class={`tiles tiles-${Math.min(remotes.length, 4)}`}>
          {remotes.map((remote) => (
            <Tile
              key={remote.peerId}
              remote={remote}
              quality={call.quality.peers.value.get(remote.peerId)}
              onRetry={remotes.length > 1 ? () => call.retry() : undefined}
              speakerId={media.choice.value.speakerId}
              unblocked={unblocked}
              onBlocked={() => setBlocked(true)}
            />
          ))}
        </div>
        <Overlay status={status} facts={facts} alone={remotes.length === 0} />
        <SelfView media={media} alone={remotes.length === 0} />
        {media.screen.value !== null && (
          <div class="sharing-note">
            <span>{t("call.youShare")}</span>
            <Button onClick={() => media.stopSharing()}>{t("call.stopSharing")}</Button>
          </div>
        )}
        {blocked && (
          <div class="tap-to-hear">
            <Button
              kind="primary"
              onClick={() => {
                setBlocked(false);
                setUnblocked(unblocked + 1);
              }}
            >
              <SpeakerIcon />
              {t("call.tapToHear")}
            </Button>
          </div>
        )}
        <div class="stage-layer">
          <Layers where="stage" inCall={inCall} />
        </div>
      </section>
      <SidePanel inCall={inCall} />
      <Toolbar inCall={inCall} onShare={share} onSettings={() => setSettings(true)} onEnd={end} />
      <LiveRegion call={call} media={media} status={status} />
      <SettingsDialog media={media} open={settings} onClose={() => setSettings(false)} />
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

function Layers({ where, inCall }: { where: LayerSpec["where"]; inCall: InCall }) {
  return (
    <>
      {layers.map((layer) => layer.where === where && <layer.View key={layer.id} {...inCall} />)}
    </>
  );
}

/** `00:04:09` since both sides were connected; nothing before that. */
function Duration({ call }: { call: CallSession }) {
  const begun = call.startedAt.value !== undefined;
  useNow(begun);
  if (!begun) return <span class="call-duration" />;
  return (
    <span class="call-duration" role="timer" aria-label={t("call.duration")}>
      {clock(call.elapsedMs() ?? 0)}
    </span>
  );
}

function statusWords(call: CallSession, status: Status): string {
  if (status !== "away") return t(`status.${status}`);
  return t("status.away", { name: call.remotes.value.find((remote) => remote.away)?.info.userName ?? "" });
}

function StatusLine({ call, status }: { call: CallSession; status: Status }) {
  const good = status === "connected";
  const bad =
    status === "unstable" ||
    status === "reconnecting" ||
    status === "failed" ||
    status === "server" ||
    status === "away";
  return (
    <span class={bad ? "call-status call-status-bad" : "call-status"}>
      {good ? <LockIcon size={16} /> : status !== "waiting" && status !== "failed" && <Spinner />}
      <span>{statusWords(call, status)}</span>
    </span>
  );
}

/** Large words over the stage while there is nothing better to look at. */
function Overlay({ status, facts, alone }: { status: Status; facts: MeetingFacts; alone: boolean }) {
  if (alone) {
    const { subject, meeting } = facts;
    const link = meeting === undefined ? null : personalLink(meeting);
    return (
      <div class="stage-words">
        {subject && <h1>{subject}</h1>}
        <p>
          {t(
            status === "waiting"
              ? "status.waiting"
              : status === "reconnecting"
                ? "status.reconnecting"
                : "status.connecting",
          )}
        </p>
        {link && <CopyLine value={link} label={t("call.invite", { name: meeting?.client.name ?? "" })} />}
      </div>
    );
  }
  return null;
}

/** The one place that is read out. It stands always; a region that appears with its text is not read. */
function LiveRegion({ call, media, status }: { call: CallSession; media: LocalMedia; status: Status }) {
  const [words, setWords] = useState("");
  const first = useRef(true);
  const news = call.news.value;
  const asked = call.askedToSwitchOff.value;
  const microphone = media.microphone.value.state;
  const camera = media.camera.value.state;
  const sharing = media.screen.value !== null;
  useEffect(() => {
    if (!news) return;
    const { kind, name } = news;
    const key = {
      joined: "live.joined",
      left: "live.left",
      knocks: "live.knocks",
      sharing: "live.theyShare",
      notSharing: "live.theyStopped",
    } as const;
    setWords(t(key[kind], { name }));
  }, [news]);
  const weak = weakWords(call);
  useEffect(() => void (weak !== undefined && setWords(weak)), [weak]);
  useEffect(() => setWords(status === "server" ? t("live.server") : statusWords(call, status)), [status]);
  useEffect(() => {
    if (!first.current && microphone !== "starting") setWords(t(microphone === "on" ? "live.unmuted" : "live.muted"));
  }, [microphone]);
  useEffect(() => {
    if (!first.current && camera !== "starting") setWords(t(camera === "on" ? "live.cameraOn" : "live.cameraOff"));
  }, [camera]);
  useEffect(() => {
    if (!first.current) setWords(t(sharing ? "live.sharing" : "live.notSharing"));
  }, [sharing]);
  useEffect(() => {
    if (asked) toast(t(asked.kind === "audio" ? "call.askedToMute" : "call.askedToHide"));
  }, [asked]);
  useEffect(() => {
    first.current = false;
  }, []);
  return (
    <div class="only-read" aria-live="polite">
      {words}
    </div>
  );
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

function useShortcuts(media: LocalMedia, share: () => void): void {
  const latest = useRef(share);
  latest.current = share;
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!media.choice.peek().shortcuts || document.querySelector("dialog[open]") !== null) return;
      const shortcut = shortcutOf(event);
      if (shortcut === undefined) return;
      event.preventDefault();
      if (shortcut === "microphone") void media.setMicrophone(!media.microphoneOn);
      else if (shortcut === "camera") void media.setCamera(!media.cameraOn);
      else if (media.canShare) latest.current();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [media]);
}
