/**
 * Recording with everybody's consent, for the eye: the question before it, the question to everybody,
 * the sign that it runs, and the way out of it. The recorder of this browser follows the server's
 * word and nothing else: it runs while the state is `running`, and not a moment longer.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { useLosable } from "../app/hooks";
import { Button, Dialog, RecordIcon, toast } from "../components";
import type { LocalMedia } from "../devices/local-media";
import type { RequestError } from "../socket/frames";
import type { Sink } from "./file-sink";
import "./gathering.css";
import type { InCall } from "./panels";
import type { CallRecorder, Recorded } from "./recorder";
import { type RoomWords, tr } from "./room-words";
import type { CallSession } from "./session";
import { Tool } from "./Tool";

/** The button was pressed; the question before the question stands open. */
const wanted = signal(false);

const canRecord = (): boolean =>
  typeof MediaRecorder !== "undefined" && typeof HTMLCanvasElement.prototype.captureStream === "function";

/** The button; only for who may ask, and while nothing is recorded yet. */
export function RecordTool({ call }: InCall) {
  const { mayRecord, recording } = call.gathering;
  if (!mayRecord.value || recording.value !== undefined || !canRecord()) return null;
  return (
    <Tool label={tr("record.start")} tip={tr("record.start")} onClick={() => (wanted.value = true)}>
      <RecordIcon size={22} />
    </Tool>
  );
}

/** What the person's click made ready: where it goes, and the code that records. */
interface Ready {
  sink: Sink;
  Recorder: typeof CallRecorder;
}

/** Stands once in the call; everything of a recording is in it. */
export function Recording({ call, media, facts }: InCall) {
  const ready = useRef<Ready | undefined>(undefined);
  const [leaving, setLeaving] = useState(false);
  useRecorder(call, media, ready);
  useOverNote(call);
  useEffect(() => () => void (wanted.value = false), []);
  const { gathering } = call;
  const recording = gathering.recording.value;
  const by = nameOf(call, recording?.by);
  const close = () => (wanted.value = false);
  const begin = async () => {
    close();
    const [files, { CallRecorder: Recorder }] = await Promise.all([import("./file-sink"), import("./recorder")]);
    const sink = await files.chooseSink(files.fileName(facts.subject));
    if (sink === undefined) return;
    ready.current = { sink, Recorder };
    await gathering.record("ask").catch((error: RequestError) => {
      ready.current = undefined;
      const words: Partial<Record<string, RoomWords>> = { conflict: "record.taken", rate_limited: "record.wait" };
      toast(tr(words[error.code] ?? "record.failed"));
    });
  };
  const answer = (step: "agree" | "refuse") => void gathering.record(step).catch(() => toast(tr("people.failed")));
  const asked = gathering.asked.value;
  return (
    <>
      {recording !== undefined && (
        <RecordingSign
          call={call}
          onStop={() => {
            if (gathering.records.value || call.moderator.value)
              void gathering.record("stop").catch(() => toast(tr("people.failed")));
            else setLeaving(true);
          }}
        />
      )}
      <Dialog
        open={wanted.value && recording === undefined}
        title={tr("record.before.title")}
        onClose={close}
        actions={
          <>
            <Button onClick={close}>{tr("remove.cancel")}</Button>
            <Button kind="primary" onClick={() => void begin()}>
              {tr("record.before.ask")}
            </Button>
          </>
        }
      >
        <p>{tr("record.before.body")}</p>
      </Dialog>
      <Dialog
        open={asked}
        dismissible={false}
        title={tr("record.ask.title")}
        onClose={() => {}}
        actions={
          <>
            <Button onClick={() => answer("refuse")}>{tr("record.refuse")}</Button>
            <Button kind="primary" onClick={() => answer("agree")}>
              {tr("record.agree")}
            </Button>
          </>
        }
      >
        <p>{tr(recording?.startedAt == null ? "record.ask.body" : "record.ask.running", { name: by })}</p>
        <p class="quiet small">{tr("record.ask.later")}</p>
      </Dialog>
      <Dialog
        open={leaving && recording !== undefined && !asked}
        title={tr("record.withdraw.title")}
        onClose={() => setLeaving(false)}
        actions={
          <>
            <Button onClick={() => setLeaving(false)}>{tr("record.withdraw.keep")}</Button>
            <Button
              kind="danger"
              onClick={() => {
                setLeaving(false);
                answer("refuse");
              }}
            >
              {tr("record.withdraw")}
            </Button>
          </>
        }
      >
        <p>{tr("record.withdraw.body", { name: by })}</p>
      </Dialog>
    </>
  );
}

/** Always in sight while anything is recorded or asked for. */
function RecordingSign({ call, onStop }: { call: CallSession; onStop: () => void }) {
  const { gathering } = call;
  const recording = gathering.recording.value;
  if (recording === undefined) return null;
  const mine = gathering.records.value;
  const missing = recording.missing.map((peerId) => nameOf(call, peerId));
  const words = {
    asking: () => tr("record.asking"),
    running: () => (mine ? tr("record.running") : tr("record.running.by", { name: nameOf(call, recording.by) })),
    paused: () =>
      missing.length === 1 ? tr("record.paused.wait", { names: missing[0] ?? "" }) : tr("record.paused"),
  }[recording.state]();
  const stop = mine || call.moderator.value ? "record.stop" : "record.object";
  return (
    <div class={`recording recording-${recording.state}`} role="status">
      <span class="recording-dot" aria-hidden="true" />
      <span class="recording-words">{words}</span>
      {!gathering.asked.value && (
        <Button kind="quiet" aria-label={tr(stop)} onClick={onStop}>
          {tr("record.stop.short")}
        </Button>
      )}
    </div>
  );
}

/** Everybody hears why a recording is over. */
function useOverNote(call: CallSession): void {
  const over = call.gathering.over.value;
  const names = useRef(new Map<string, string>());
  for (const remote of call.remotes.value) names.current.set(remote.peerId, remote.info.userName);
  const first = useRef(over);
  useEffect(() => {
    if (over === undefined || over === first.current) return;
    // Who said no knows it; everybody else is told.
    if (over.by === call.gathering.self.peek() && over.why !== "stopped") return;
    toast(tr(`record.over.${over.why}`, { name: names.current.get(over.by) ?? tr("record.somebody") }));
  }, [over]);
}

function useRecorder(
  call: CallSession,
  media: LocalMedia,
  ready: { current: Ready | undefined },
): void {
  const recorder = useRef<CallRecorder | undefined>(undefined);
  const { gathering } = call;
  const name = gathering.name.value;
  const state = gathering.records.value ? gathering.recording.value?.state : undefined;
  const people: Recorded[] = [
    { id: "me", name, video: media.videoTrack.value, audio: media.audioTrack.value },
    ...call.remotes.value.map((remote) => ({
      id: remote.peerId,
      name: remote.info.userName,
      video: remote.media.video || remote.media.screen ? remote.tracks.video : null,
      audio: remote.tracks.audio,
    })),
  ];
  const finish = () => {
    const done = recorder.current;
    recorder.current = undefined;
    ready.current = undefined;
    if (done) void done.stop().then((kept) => toast(tr(kept ? "record.saved" : "record.nothing")));
  };
  useEffect(() => {
    if (state === "running" && recorder.current === undefined) {
      if (ready.current === undefined) {
        // This page was loaded anew, or never chose a file: it cannot go on recording.
        void gathering.record("stop").catch(() => {});
        return;
      }
      recorder.current = new ready.current.Recorder(ready.current.sink, () => {
        toast(tr("record.broken"));
        void gathering.record("stop").catch(() => {});
        finish();
      });
    }
    if (state === undefined) finish();
    else if (state === "running") {
      recorder.current?.show(people);
      recorder.current?.run();
    } else recorder.current?.pause();
  }, [state]);
  const shape = JSON.stringify(people.map((it) => [it.id, it.name, it.video?.id, it.audio?.id]));
  useEffect(() => recorder.current?.show(people), [shape]);
  useEffect(() => finish, []);
  // A tab that is closed by mistake takes what is not saved yet with it.
  useLosable(state !== undefined);
}

function nameOf(call: CallSession, peerId: string | undefined): string {
  if (peerId === call.gathering.self.value) return call.gathering.name.value;
  const remote = call.remotes.value.find((it) => it.peerId === peerId);
  return remote?.info.userName ?? tr("record.somebody");
}
