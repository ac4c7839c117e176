/** Before the door: who was told, how long one waits, and time to test the devices once more. */
import { useEffect, useState } from "preact/hooks";
import { PageHead } from "../app/PageHead";
import { LobbyChat } from "../chat/slot";
import { Avatar, Button, Notice } from "../components";
import { ConnectionCheck, SpeakerCheck } from "../devices/Checks";
import { FaultNotices } from "../devices/FaultNotice";
import type { LocalMedia } from "../devices/local-media";
import { Pickers } from "../devices/Pickers";
import { Preview } from "../devices/Preview";
import type { MeetingFacts } from "./CallPage";
import "./gathering.css";
import { PageTop } from "./PageTop";
import { tr } from "./room-words";
import type { CallSession, Phase } from "./session";
import { useNow } from "./useNow";
import { clock, t } from "./words";

interface LobbyProps {
  call: CallSession;
  media: LocalMedia;
  facts: MeetingFacts;
  phase: Extract<Phase, { name: "waiting" | "denied" }>;
}

export function Lobby({ call, media, facts, phase }: LobbyProps) {
  const [testing, setTesting] = useState(false);
  useEffect(() => keepAwake(), []);
  const host = facts.hostName ?? t("wait.host");
  return (
    <>
      <PageTop />
      <div class="green-room">
        <div class="green-room-picture stack">
          <Preview media={media} />
          <FaultNotices media={media} />
          {testing && <Pickers media={media} />}
        </div>
        <div class="green-room-side stack">
          {phase.name === "denied" ? (
            <Denied call={call} message={phase.message} />
          ) : (
            <Waiting host={host} phase={phase} lost={call.socketState.value.name !== "ready"} />
          )}
          {phase.name === "waiting" && <LobbyChat call={call} roomId={facts.roomId} />}
          {testing && (
            <ul role="list" class="check-list">
              <ConnectionCheck onResult={() => {}} />
              <SpeakerCheck media={media} picker={false} onResult={() => {}} />
            </ul>
          )}
          <div class="row">
            <Button onClick={() => setTesting(!testing)}>{t(testing ? "wait.testDone" : "wait.test")}</Button>
            <Button kind="quiet" onClick={() => void call.leave()}>
              {t("wait.leave")}
            </Button>
          </div>
        </div>
      </div>
    </>
  );
}

function Waiting({ host, phase, lost }: { host: string; phase: Extract<Phase, { name: "waiting" }>; lost: boolean }) {
  const now = useNow();
  return (
    <>
      <PageHead title={t("wait.title")} />
      <div class="wait-host">
        <Avatar name={host} large />
        <div role="status">
          <p class="wait-told">{t(phase.hostPresent ? "wait.told" : "wait.noHost")}</p>
          <p class="quiet">{t(phase.hostPresent ? "wait.told.body" : "wait.noHost.body", { host: capital(host) })}</p>
          {phase.position > 1 && <p class="quiet">{t("wait.position", { count: phase.position - 1 })}</p>}
        </div>
      </div>
      <div class="stack-tight">
        <h2>{tr("wait.next")}</h2>
        <ol class="wait-steps quiet">
          <li>{tr("wait.next.knock")}</li>
          <li>{tr("wait.next.in")}</li>
          <li>{tr("wait.next.lost")}</li>
        </ol>
      </div>
      <p class="quiet wait-elapsed">{t("wait.elapsed", { time: clock(now - phase.since) })}</p>
      {lost && <Notice kind="warn">{t("status.reconnecting")}</Notice>}
    </>
  );
}

function Denied({ call, message }: { call: CallSession; message: string | undefined }) {
  return (
    <>
      <PageHead title={t("denied.title")} intro={t("denied.body")} />
      {message && <Notice kind="info">{t("denied.says", { message })}</Notice>}
      <div>
        <Button kind="primary" onClick={() => call.knockAgain()}>
          {t("denied.again")}
        </Button>
      </div>
    </>
  );
}

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Keeps the screen of a phone on, as far as it lets us. Returns the way to let it sleep again. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined;
  let over = false;
  const take = () => {
    if (over || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
    navigator.wakeLock.request("screen").then(
      (taken) => {
        lock = taken;
        if (over) void taken.release();
      },
      () => {},
    );
  };
  take();
  document.addEventListener("visibilitychange", take);
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", take);
    void lock?.release();
  };
}
