/**
 * Before the call: how one will look and sound, and one button to go in. Who has been here before
 * presses it at once; who has not is told why the browser is about to ask.
 */
import { useEffect, useState } from "preact/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Notice } from "../components";
import { AccessDialog } from "../devices/AccessDialog";
import { ConnectionCheck, SpeakerCheck } from "../devices/Checks";
import { FaultNotices } from "../devices/FaultNotice";
import { isRefusal } from "../devices/faults";
import type { LocalMedia } from "../devices/local-media";
import { Pickers } from "../devices/Pickers";
import { Preview } from "../devices/Preview";
import { hasPassed } from "../devices/remember";
import { useStarted } from "../devices/useLocalMedia";
import { type MeetingFacts, timeOf } from "./CallPage";
import { PageTop } from "./PageTop";
import { useNow } from "./useNow";
import { t } from "./words";

export function GreenRoom({ facts, media, onJoin }: { facts: MeetingFacts; media: LocalMedia; onJoin: () => void }) {
  const remembered = media.choice.value;
  const { readiness, start, skip } = useStarted(media, { audio: remembered.microphoneOn, video: remembered.cameraOn });
  const [testing, setTesting] = useState(() => !hasPassed(remembered, Date.now()));
  const [help, setHelp] = useState(false);
  const refused = isRefusal(media.camera.value.fault) || isRefusal(media.microphone.value.fault);
  useEffect(() => setHelp(refused), [refused]);
  const starting = media.camera.value.state === "starting" || media.microphone.value.state === "starting";
  const entry = useEntry(facts);
  return (
    <>
      <PageTop />
      <div class="green-room">
        <div class="green-room-picture stack">
          {readiness === "asking" ? (
            <div class="preview">
              <div class="preview-empty">
                <p>{t("ready.ask")}</p>
                <Button kind="primary" onClick={() => void start()}>
                  {t("ready.allow")}
                </Button>
              </div>
            </div>
          ) : (
            <Preview media={media} />
          )}
          <FaultNotices media={media} onHow={() => setHelp(true)} />
        </div>
        <div class="green-room-side stack">
          <PageHead title={t("ready.title")} intro={<MeetingLine facts={facts} />} />
          {entry.words && (
            <Notice kind="info">
              <p>{entry.words}</p>
              <p>{t("ready.opensIn")}</p>
            </Notice>
          )}
          {readiness === "asking" ? (
            <Button
              wide
              disabled={!entry.open}
              onClick={() => {
                skip();
                onJoin();
              }}
            >
              {t("ready.without")}
            </Button>
          ) : (
            <Button
              kind="primary"
              wide
              disabled={!entry.open || readiness === "looking"}
              busy={entry.open && starting}
              onClick={onJoin}
            >
              {t("ready.join")}
            </Button>
          )}
          {readiness === "started" && <Pickers media={media} />}
          <details class="more" open={testing} onToggle={(event) => setTesting(event.currentTarget.open)}>
            <summary>{t("ready.test")}</summary>
            {testing && (
              <ul role="list" class="check-list">
                <ConnectionCheck onResult={(good) => good && media.passed(Date.now())} />
                <SpeakerCheck media={media} picker={false} onResult={() => {}} />
              </ul>
            )}
          </details>
        </div>
      </div>
      <AccessDialog media={media} open={help} onClose={() => setHelp(false)} />
    </>
  );
}

function MeetingLine({ facts }: { facts: MeetingFacts }) {
  const { subject, hostName, meeting } = facts;
  const words = [subject];
  if (hostName) words.push(t("ready.with", { name: hostName }));
  if (meeting) words.push(t("ready.scheduled", { when: timeOf(meeting.scheduledAt), count: meeting.durationMinutes }));
  return <>{words.filter(Boolean).join(" · ")}</>;
}

/** Whether the door is open now. The server decides; this only saves a press that would be refused. */
function useEntry({ meeting }: MeetingFacts): { open: boolean; words?: string } {
  const joinable = meeting?.joinable;
  const now = useNow(joinable?.state === "too_early");
  if (joinable?.state !== "too_early" || now >= joinable.opensAt) return { open: true };
  return { open: false, words: t("ready.opens", { time: timeOf(joinable.opensAt) }) };
}
