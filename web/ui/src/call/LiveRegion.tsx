/**
 * The one place of the call that is read out. It stands always: a region that appears with its text
 * is not read. What others have to say goes through `announce`.
 */
import { useEffect, useRef } from "preact/hooks";
import { toast } from "../components";
import { announce, announced } from "./announce";
import { weakWords } from "./ConnectionBadge";
import type { InCall } from "./panels";
import { statusWords } from "./StatusLine";
import { ts } from "./stage-words";
import { t } from "./words";

const NEWS = {
  joined: "live.joined",
  left: "live.left",
  knocks: "live.knocks",
  sharing: "live.theyShare",
  notSharing: "live.theyStopped",
} as const;

export function LiveRegion({ inCall: { call, media } }: { inCall: InCall }) {
  const news = call.news.value;
  const asked = call.askedToSwitchOff.value;
  const status = call.status.value;
  const microphone = media.microphone.value.state;
  const camera = media.camera.value.state;
  const away = media.away.value;
  const replaced = media.replaced.value;
  useEffect(() => {
    if (news) announce(t(NEWS[news.kind], { name: news.name }));
  }, [news]);
  const weak = weakWords(call);
  useEffect(() => void (weak !== undefined && announce(weak)), [weak]);
  useEffect(() => announce(status === "server" ? t("live.server") : statusWords(call, status)), [status]);
  useLater(() => {
    if (!away && microphone !== "starting") announce(t(microphone === "on" ? "live.unmuted" : "live.muted"));
  }, [microphone]);
  useLater(() => {
    if (!away && camera !== "starting") announce(t(camera === "on" ? "live.cameraOn" : "live.cameraOff"));
  }, [camera]);
  useLater(() => announce(t(media.screen.value !== null ? "live.sharing" : "live.notSharing")), [media.screen.value !== null]);
  useLater(() => announce(ts(away ? "live.away" : "live.back")), [away]);
  useEffect(() => {
    if (asked) toast(t(asked.kind === "audio" ? "call.askedToMute" : "call.askedToHide"));
  }, [asked]);
  useLater(() => {
    if (replaced) toast(ts(`replaced.${replaced.kind}`, { label: replaced.label }));
  }, [replaced]);
  return (
    <div class="only-read" aria-live="polite">
      <span key={announced.value.at}>{announced.value.words}</span>
    </div>
  );
}

/** An effect of changes, not of the beginning. */
function useLater(run: () => void, inputs: readonly unknown[]): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else run();
  }, inputs);
}
