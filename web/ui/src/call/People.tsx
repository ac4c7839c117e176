/**
 * Who is here, and how they are: microphone, camera, hand, line. For who moderates, also what can be
 * done about it. A panel beside the stage.
 */
import { useState } from "preact/hooks";
import {
  Avatar,
  Badge,
  Button,
  CameraIcon,
  CameraOffIcon,
  HandIcon,
  MicIcon,
  MicOffIcon,
  MoreIcon,
  Switch,
  toast,
} from "../components";
import { mayReport, ReportButton } from "../reports/ReportButton";
import type { RemotePeer } from "../rtc/mesh";
import type { RequestError } from "../socket/frames";
import "./gathering.css";
import { knockSound } from "./knock-sound";
import { LineBars } from "./LineBars";
import { RemoveDialog } from "./RemoveDialog";
import { tr } from "./room-words";
import type { PanelProps } from "./panels";
import type { CallSession } from "./session";

export function People({ call, media, facts }: PanelProps) {
  const [removing, setRemoving] = useState<RemotePeer | undefined>(undefined);
  const { gathering } = call;
  const name = gathering.name.value;
  const moderates = call.moderator.value;
  const order = gathering.queue.value;
  const place = (peerId: string) => order.indexOf(peerId);
  // Raised hands first, in their order; then as they came.
  const remotes = [...call.remotes.value].sort((a, b) => rank(place(a.peerId)) - rank(place(b.peerId)));
  return (
    <div class="people">
      <ul role="list" class="people-list">
        <li class="person">
          <Avatar name={name} />
          <span class="person-name">
            <span class="person-words">{tr("people.you", { name })}</span>
            {moderates && <Badge kind="info">{tr("people.host")}</Badge>}
          </span>
          <States
            audio={media.microphone.value.state === "on"}
            video={media.camera.value.state === "on"}
            hand={place(gathering.self.value ?? "")}
            level={undefined}
          />
        </li>
        {remotes.map((remote) => (
          <Person
            key={remote.peerId}
            call={call}
            roomId={facts.roomId}
            remote={remote}
            hand={place(remote.peerId)}
            onRemove={() => setRemoving(remote)}
          />
        ))}
      </ul>
      {moderates && <RoomSwitches call={call} />}
      <RemoveDialog call={call} remote={removing} onClose={() => setRemoving(undefined)} />
    </div>
  );
}

const rank = (place: number): number => (place < 0 ? Number.MAX_SAFE_INTEGER : place);

interface PersonProps {
  call: CallSession;
  roomId: string;
  remote: RemotePeer;
  hand: number;
  onRemove: () => void;
}

function Person({ call, roomId, remote, hand, onRemove }: PersonProps) {
  const [open, setOpen] = useState(false);
  const { gathering } = call;
  const { peerId, info, media } = remote;
  const moderates = call.moderator.value;
  const name = info.userName;
  const reportable = !info.guest && mayReport(info.userId);
  const note = remote.away
    ? tr("people.reconnecting")
    : gathering.away.value.has(peerId)
      ? tr("people.away")
      : info.guest
        ? tr("people.guest")
        : "";
  const ask = (kind: "audio" | "video") =>
    void gathering.askToMute(peerId, kind).then(() => toast(tr("people.asked", { name })), sayWhy);
  return (
    <li class="person">
      <Avatar name={name} />
      <span class="person-name">
        <span class="person-words">{name}</span>
        {info.moderator && <Badge kind="info">{tr("people.host")}</Badge>}
        {note !== "" && <span class="person-note">{note}</span>}
      </span>
      <States audio={media.audio} video={media.video} hand={hand} level={gathering.levels.value.get(peerId)} />
      {(moderates || reportable) && (
        <Button
          kind="quiet"
          iconOnly
          aria-label={tr("people.more", { name })}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <MoreIcon />
        </Button>
      )}
      {open && (
        <span class="person-actions">
          {reportable && <ReportButton userId={info.userId} name={name} roomId={roomId} />}
          {moderates && media.audio && <Button onClick={() => ask("audio")}>{tr("people.mute")}</Button>}
          {moderates && media.video && <Button onClick={() => ask("video")}>{tr("people.hide")}</Button>}
          {moderates && hand >= 0 && (
            <Button onClick={() => void gathering.lowerHand(peerId).catch(sayWhy)}>{tr("people.lower")}</Button>
          )}
          {moderates && (
            <Button kind="danger" onClick={onRemove}>
              {tr("people.remove")}
            </Button>
          )}
        </span>
      )}
    </li>
  );
}

interface StatesProps {
  audio: boolean;
  video: boolean;
  /** Place in the queue from 0; below when the hand is down. */
  hand: number;
  level: number | undefined;
}

/** Signs for the eye, words for who cannot see them. */
function States({ audio, video, hand, level }: StatesProps) {
  return (
    <span class="person-states">
      {hand >= 0 && (
        <span class="person-hand" title={tr("people.hand", { count: hand + 1 })}>
          <HandIcon size={16} />
          <span aria-hidden="true">{hand + 1}</span>
          <span class="only-read">{tr("people.hand", { count: hand + 1 })}</span>
        </span>
      )}
      <Sign on={audio} words={tr(audio ? "people.mic.on" : "people.mic.off")}>
        {audio ? <MicIcon size={18} /> : <MicOffIcon size={18} />}
      </Sign>
      <Sign on={video} words={tr(video ? "people.camera.on" : "people.camera.off")}>
        {video ? <CameraIcon size={18} /> : <CameraOffIcon size={18} />}
      </Sign>
      <LineBars level={level} />
    </span>
  );
}

function Sign({ on, words, children }: { on: boolean; words: string; children: preact.ComponentChildren }) {
  return (
    <span class={on ? "person-sign" : "person-sign person-sign-off"} title={words}>
      {children}
      <span class="only-read">{words}</span>
    </span>
  );
}

/** What holds for the whole room; moderators only. */
function RoomSwitches({ call }: { call: CallSession }) {
  const { gathering } = call;
  const talking = call.remotes.value.filter((remote) => remote.media.audio);
  const muteAll = () => {
    const asked = talking.map((remote) => gathering.askToMute(remote.peerId, "audio"));
    void Promise.all(asked).then(() => toast(tr("people.mutedAll")), sayWhy);
  };
  return (
    <div class="people-room">
      <Switch
        label={tr("people.lock")}
        hint={tr("people.lock.hint")}
        checked={gathering.locked.value}
        onChange={(on) =>
          void gathering.lock(on).then(() => toast(tr(on ? "people.locked" : "people.unlocked")), sayWhy)
        }
      />
      <Switch
        label={tr("people.sound")}
        checked={knockSound.value}
        onChange={(on) => (knockSound.value = on)}
      />
      {talking.length > 1 && <Button onClick={muteAll}>{tr("people.muteAll")}</Button>}
    </div>
  );
}

function sayWhy(error: unknown): void {
  const gone = ["peer_gone", "not_found"].includes((error as RequestError).code);
  toast(tr(gone ? "people.gone" : "people.failed"));
}
