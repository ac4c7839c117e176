/** The device check on its own, at `/check`: before a meeting, or to find out what is wrong. */
import "../call/call.css";
import { useEffect, useState } from "preact/hooks";
import { PageHead } from "../app/PageHead";
import { place, safeNext } from "../app/router";
import { Button, ButtonLink, Notice } from "../components";
import { t } from "../call/words";
import { AccessDialog } from "./AccessDialog";
import { CameraCheck, ConnectionCheck, MicrophoneCheck, SpeakerCheck } from "./Checks";
import { FaultNotices } from "./FaultNotice";
import { isRefusal } from "./faults";
import { LocalMedia } from "./local-media";
import { Preview } from "./Preview";
import { useStarted } from "./useLocalMedia";

export default function CheckPage() {
  const [media] = useState(() => new LocalMedia());
  useEffect(() => () => media.close(), [media]);
  const next = safeNext(place.value.query.get("next"));
  return (
    <div class="stack">
      <PageHead title={t("check.title")} intro={t("check.intro")} />
      <DeviceCheck media={media} />
      <div class="row">
        <ButtonLink kind="primary" href={next}>
          {t("check.done")}
        </ButtonLink>
      </div>
    </div>
  );
}

/** The whole check, for this page and for who waits in a lobby. */
export function DeviceCheck({ media }: { media: LocalMedia }) {
  const { readiness, start } = useStarted(media, { audio: true, video: true });
  const [heard, setHeard] = useState(false);
  const [speaker, setSpeaker] = useState(false);
  const [connection, setConnection] = useState(false);
  const [help, setHelp] = useState(false);
  const refused = isRefusal(media.camera.value.fault) || isRefusal(media.microphone.value.fault);
  useEffect(() => setHelp(refused), [refused]);
  const passed = heard && speaker && connection && media.cameraOn;
  useEffect(() => {
    // Who has heard and been heard through a working relay need not do it again tomorrow.
    if (heard && connection) media.passed(Date.now());
  }, [heard, connection]);
  return (
    <div class="stack">
      {readiness === "asking" ? (
        <div class="preview">
          <div class="preview-empty">
            <p>{t("check.before")}</p>
            <Button kind="primary" onClick={() => void start()}>
              {t("check.start")}
            </Button>
          </div>
        </div>
      ) : (
        <Preview media={media} />
      )}
      <FaultNotices media={media} onHow={() => setHelp(true)} />
      <ul role="list" class="check-list">
        {readiness === "started" && <CameraCheck media={media} />}
        {readiness === "started" && <MicrophoneCheck media={media} onHeard={() => setHeard(true)} />}
        <SpeakerCheck media={media} onResult={setSpeaker} />
        <ConnectionCheck onResult={setConnection} />
      </ul>
      {passed && <Notice kind="good">{t("check.passed")}</Notice>}
      <AccessDialog media={media} open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
