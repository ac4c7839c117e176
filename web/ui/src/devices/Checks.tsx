/** The four checks: camera, microphone, speaker, connection. Each tells `onResult` how it went. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, request } from "../api";
import { Button, CameraIcon, CheckIcon, MicIcon, SignalIcon, SpeakerIcon, WarnIcon } from "../components";
import { t, tOr } from "../call/words";
import type { IceServer } from "../generated/protocol";
import { LevelBar } from "./LevelBar";
import type { LocalMedia } from "./local-media";
import { testLoopback } from "./loopback";
import { Picker } from "./Pickers";
import { playTestSound } from "./sound";

export type Verdict = "open" | "good" | "bad";

interface RowProps {
  icon: ComponentChildren;
  title: string;
  verdict: Verdict;
  children: ComponentChildren;
}

function Row({ icon, title, verdict, children }: RowProps) {
  return (
    <li class={`check-row check-${verdict}`}>
      <span class="check-icon">{verdict === "good" ? <CheckIcon /> : verdict === "bad" ? <WarnIcon /> : icon}</span>
      <div class="check-body">
        <h2>{title}</h2>
        {children}
      </div>
    </li>
  );
}

export function CameraCheck({ media }: { media: LocalMedia }) {
  const { state, fault } = media.camera.value;
  const verdict = state === "on" ? "good" : fault ? "bad" : "open";
  const words = {
    on: t("check.camera.good"),
    starting: t("check.camera.wait"),
    off: t("check.camera.off"),
    fault: tOr(`fault.${fault}.video`, "fault.failed.video"),
  }[state];
  return (
    <Row icon={<CameraIcon />} title={t("check.camera")} verdict={verdict}>
      <p role="status">{words}</p>
      {!fault && <Picker media={media} kind="camera" />}
    </Row>
  );
}

export function MicrophoneCheck({ media, onHeard }: { media: LocalMedia; onHeard: () => void }) {
  const { state, fault, track } = media.microphone.value;
  const [heard, setHeard] = useState(false);
  useEffect(() => setHeard(false), [track]);
  const verdict = fault ? "bad" : heard ? "good" : "open";
  const words = fault
    ? tOr(`fault.${fault}.audio`, "fault.failed.audio")
    : state === "off"
      ? t("check.microphone.off")
      : t(heard ? "check.microphone.good" : "check.microphone.ask");
  return (
    <Row icon={<MicIcon />} title={t("check.microphone")} verdict={verdict}>
      <p role="status">{words}</p>
      {track !== null && state === "on" && (
        <LevelBar
          track={track}
          onHeard={() => {
            setHeard(true);
            onHeard();
          }}
        />
      )}
      {!fault && <Picker media={media} kind="microphone" />}
    </Row>
  );
}

interface SpeakerProps {
  media: LocalMedia;
  /** False where the speaker is chosen next to it. */
  picker?: boolean;
  onResult: (good: boolean) => void;
}

export function SpeakerCheck({ media, picker = true, onResult }: SpeakerProps) {
  const [state, setState] = useState<"idle" | "playing" | "asking" | "good" | "bad">("idle");
  const play = async () => {
    setState("playing");
    await playTestSound(media.choice.value.speakerId);
    setState("asking");
  };
  const answer = (good: boolean) => {
    setState(good ? "good" : "bad");
    onResult(good);
  };
  return (
    <Row
      icon={<SpeakerIcon />}
      title={t("check.speaker")}
      verdict={state === "good" || state === "bad" ? state : "open"}
    >
      <div role="status">
        {state === "good" && <p>{t("check.speaker.good")}</p>}
        {state === "bad" && <p>{t("check.speaker.bad")}</p>}
        {state === "asking" && <p>{t("check.speaker.ask")}</p>}
      </div>
      <div class="row">
        {state === "asking" ? (
          <>
            <Button onClick={() => answer(true)}>{t("check.speaker.yes")}</Button>
            <Button onClick={() => answer(false)}>{t("check.speaker.no")}</Button>
          </>
        ) : (
          <Button busy={state === "playing"} onClick={() => void play()}>
            {t(state === "playing" ? "check.speaker.playing" : "check.speaker.play")}
          </Button>
        )}
      </div>
      {picker && <Picker media={media} kind="speaker" />}
    </Row>
  );
}

type ConnectionState =
  | { name: "testing" }
  | { name: "good"; protocol: string; rttMs: number }
  | { name: "bad"; fault: string; code: number | undefined };

const codeWords = (code: number | undefined): string =>
  code === undefined ? "" : t("check.detail", { code: String(code) });

/** Asks the server for relay credentials and talks to itself through the relay. */
export async function testConnection(): Promise<ConnectionState> {
  let servers: IceServer[];
  try {
    servers = (await request<{ iceServers: IceServer[] }>("/api/video-calls/config")).iceServers;
  } catch (error) {
    const signedOut = error instanceof ApiError && (error.status === 401 || error.status === 403);
    return { name: "bad", fault: signedOut ? "signed-out" : "server", code: undefined };
  }
  const result = await testLoopback(servers);
  if (result.ok) return { name: "good", protocol: result.protocol.toUpperCase(), rttMs: result.rttMs };
  return { name: "bad", fault: result.reason, code: result.code };
}

export function ConnectionCheck({ onResult }: { onResult: (good: boolean) => void }) {
  const [state, setState] = useState<ConnectionState>({ name: "testing" });
  const run = useRef(0);
  const test = async () => {
    const mine = ++run.current;
    setState({ name: "testing" });
    const result = await testConnection();
    if (mine !== run.current) return;
    setState(result);
    onResult(result.name === "good");
  };
  useEffect(() => {
    void test();
    return () => void run.current++;
  }, []);
  return (
    <Row icon={<SignalIcon />} title={t("check.connection")} verdict={state.name === "testing" ? "open" : state.name}>
      <p role="status">
        {state.name === "testing" && t("check.connection.testing")}
        {state.name === "good" && t("check.connection.good", { protocol: state.protocol, count: state.rttMs })}
        {state.name === "bad" &&
          tOr(`check.fault.${state.fault}`, "check.fault.server", { detail: codeWords(state.code) })}
      </p>
      {state.name !== "testing" && (
        <div class="row">
          <Button kind="quiet" onClick={() => void test()}>
            {t("check.connection.again")}
          </Button>
        </div>
      )}
    </Row>
  );
}
