/**
 * One person's stay in one room: joins, waits, is let in, talks, leaves. Ties the socket, the mesh
 * and our own devices together and keeps what the page shows in signals. No component in here.
 *
 * Never ends a call because a connection is gone: it rejoins under its old peer id and leaves the
 * media alone. Only a person, the host or the server's word ends it.
 */
import { type ReadonlySignal, computed, effect, signal } from "@preact/signals";
import type { LocalMedia } from "../devices/local-media";
import type { JoinAck, Peer, RelayLevel } from "../generated/protocol";
import { applyRung } from "../rtc/limits";
import { Mesh, type RemotePeer } from "../rtc/mesh";
import type { LinkStats } from "../rtc/stats";
import type { SocketClient, SocketState, Surroundings, Welcomed } from "../socket/client";
import { type Clock, systemClock } from "../socket/clock";
import type { RequestError } from "../socket/frames";
import { recallLessData, rememberLessData } from "./data-mode";
import { Entrance } from "./entrance";
import { Gathering } from "./gathering";
import { Line } from "./line";
import { OwnMedia } from "./own-media";
import { type EndReason, type Phase, type Status, endOfSocket, statusOf } from "./phase";
import type { Quality } from "./quality";
import { Signaling } from "./signaling";
import { Watch } from "./watch";

export type { EndReason, Phase, Status } from "./phase";

export interface CallSessionOptions {
  roomId: string;
  socket: SocketClient;
  media: LocalMedia;
  /** The test override: media only through the relay. */
  relayOnly: boolean;
  /** The call costs by the minute. */
  metered?: boolean;
  clock?: Clock;
  wallClock?: () => number;
  createConnection?: (config: RTCConfiguration) => RTCPeerConnection;
  /** Signs of a new network, and of somebody who looks again. */
  surroundings?: Surroundings;
}

/** What we ask of each other picture while data is dear: the ladder's rung for a small one. */
const LESS_DATA_KBPS = 120;

export class CallSession {
  readonly phase = signal<Phase>({ name: "connecting" });
  readonly remotes = signal<readonly RemotePeer[]>([]);
  readonly waiting = signal<readonly Peer[]>([]);
  readonly moderator = signal(false);
  readonly socketState = signal<SocketState>({ name: "idle" });
  /** When the call began, on this machine's wall clock; undefined before. */
  readonly startedAt = signal<number | undefined>(undefined);
  /** Short news: read out, and some of it shown. */
  readonly news = signal<
    { kind: "joined" | "left" | "knocks" | "sharing" | "notSharing"; name: string; at: number } | undefined
  >(undefined);
  /** The last one who left, while nobody else is there and the question is open. */
  readonly partner = signal<string | undefined>(undefined);
  readonly askedToSwitchOff = signal<{ kind: "audio" | "video"; at: number } | undefined>(undefined);
  /** What the relay's month asks to keep to on connections through it: `relay-budget`. */
  readonly relayLevel = signal<RelayLevel>("full");
  /** "Use less data": small pictures both ways. */
  readonly lessData = signal(recallLessData());
  /** Voices only, both ways; for this call. */
  readonly audioOnly = signal(false);
  /** What the server says it can do; `dev` opens the debug window. */
  readonly features = signal<readonly string[]>([]);
  readonly status: ReadonlySignal<Status>;
  /** What the connections say when they are asked. */
  readonly line: Line;
  /** Hands, reactions, the lock and recordings. */
  readonly gathering: Gathering;
  readonly #options: CallSessionOptions;
  readonly #socket: SocketClient;
  readonly #clock: Clock;
  readonly #mesh: Mesh;
  readonly #signaling: Signaling;
  readonly #own: OwnMedia;
  readonly #entrance: Entrance;
  readonly #watch: Watch;
  #wallClock: () => number;
  #off: (() => void)[] = [];
  #selfPeerId: string | undefined;
  #graceMs = 30_000;
  /** Server's wall clock minus ours, ms. */
  #clockAheadMs = 0;
  #readyOnce = signal(false);
  #relayRestarted = false;

  constructor(options: CallSessionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#clock = options.clock ?? systemClock;
    this.#wallClock = options.wallClock ?? Date.now;
    const { roomId, socket, media } = options;
    this.#signaling = new Signaling(socket, this.#clock, roomId, options.relayOnly);
    this.gathering = new Gathering(roomId, socket, this.#clock);
    this.#mesh = new Mesh({
      clock: this.#clock,
      config: () => this.#signaling.config(),
      servers: () => this.#signaling.fresh(),
      send: (to, message) => this.#signaling.send(to, message),
      onChange: () => this.#meshChanged(),
      tune: (peerId, sender, kind) => applyRung(sender, kind === "audio" ? kind : "video", this.#watch.quality.rung(peerId)),
      ...(options.createConnection === undefined ? {} : { create: options.createConnection }),
    });
    this.#own = new OwnMedia(socket, media, roomId, () => this.phase.peek().name === "in");
    this.#entrance = new Entrance({
      socket,
      clock: this.#clock,
      words: () => {
        const before = this.#selfPeerId === undefined ? {} : { peerId: this.#selfPeerId };
        return { roomId, media: this.#own.joining(), ...before };
      },
      joined: (reply) => this.#joined(reply),
      refused: (error) => this.#refused(error),
    });
    this.#watch = new Watch({
      socket,
      mesh: this.#mesh,
      clock: this.#clock,
      roomId,
      metered: options.metered === true,
      bounds: () => ({
        relayLevel: this.relayLevel.peek(),
        lessData: this.lessData.peek(),
        audioOnly: this.audioOnly.peek(),
      }),
    });
    this.line = new Line(this.#mesh, this.#watch);
    if (this.lessData.peek()) this.#wishPicture();
    this.status = computed(() => this.#statusNow());
    this.#listen();
  }

  /** What each connection says of itself, by peer id. */
  get stats(): ReadonlySignal<ReadonlyMap<string, LinkStats>> {
    return this.#watch.stats;
  }

  /** Bars, whose line is weak, bytes so far. */
  get quality(): Quality {
    return this.#watch.quality;
  }

  /** The line to the server, for what has its own words on it. */
  get socket(): SocketClient {
    return this.#socket;
  }

  /** Server's wall clock minus ours, ms. */
  get clockAheadMs(): number {
    return this.#clockAheadMs;
  }

  get roomId(): string {
    return this.#options.roomId;
  }

  start(): void {
    this.#socket.start();
  }

  // --- what a person does ---

  async leave(): Promise<void> {
    const durationMs = this.elapsedMs();
    this.#watch.farewell();
    const goodbye =
      this.#socket.state.name === "ready"
        ? this.#socket.request("leave-room", { roomId: this.#options.roomId }, { timeoutMs: 1_500 })
        : undefined;
    this.#end("left", durationMs);
    await goodbye?.catch(() => {});
    this.#socket.stop();
  }

  /** The tab is going away: no time to wait for an answer. */
  vanish(): void {
    if (this.phase.value.name === "ended") return;
    this.#watch.farewell();
    this.#socket.send("leave-room", { roomId: this.#options.roomId });
    this.#socket.stop();
  }

  async endForAll(): Promise<void> {
    await this.#socket.request(
      "end-room",
      { roomId: this.#options.roomId, clientMsgId: crypto.randomUUID() },
      { again: true },
    );
  }

  admit(peerId: string): Promise<unknown> {
    return this.#socket.request("admit-participant", { roomId: this.#options.roomId, peerId });
  }

  admitAll(): Promise<unknown> {
    return this.#socket.request("admit-participant", { roomId: this.#options.roomId, all: true });
  }

  deny(peerId: string, message: string): Promise<unknown> {
    const words = message.trim();
    return this.#socket.request("deny-participant", {
      roomId: this.#options.roomId,
      peerId,
      ...(words === "" ? {} : { message: words }),
    });
  }

  /** After a refusal of the lobby. */
  knockAgain(): void {
    this.phase.value = { name: "connecting" };
    void this.#entrance.knock();
  }

  /** After "Connection failed". */
  retry(): void {
    this.#socket.retryNow();
    this.#mesh.restart();
  }

  setLessData(on: boolean): void {
    this.lessData.value = on;
    rememberLessData(on);
    this.#wishPicture();
  }

  /** Our camera goes off, and nobody sends us a picture; back only when asked for. */
  setAudioOnly(on: boolean): void {
    this.audioOnly.value = on;
    if (on) {
      this.#options.media.stopSharing();
      void this.#options.media.setCamera(false);
    }
    this.#wishPicture();
    this.#meshChanged();
  }

  /** After "Connection failed": once more, and only voices. */
  retryWithAudio(): void {
    this.setAudioOnly(true);
    this.retry();
  }

  share(): Promise<"shared" | "cancelled" | "taken"> {
    return this.#own.share();
  }

  dismissPartnerLeft(): void {
    this.partner.value = undefined;
  }

  elapsedMs(): number | undefined {
    const startedAt = this.startedAt.value;
    return startedAt === undefined ? undefined : Math.max(0, this.#wallClock() - startedAt);
  }

  /** For whoever helps this person; without addresses unless they wish it. */
  diagnostics(wish: { addresses: boolean }): string {
    const at = new Date(this.#wallClock());
    const [lessData, audioOnly] = [this.lessData.peek(), this.audioOnly.peek()];
    return this.line.diagnostics({ status: this.status.peek(), lessData, audioOnly, at }, wish);
  }

  // --- the room ---

  #listen(): void {
    const { roomId, media, surroundings } = this.#options;
    const socket = this.#socket;
    this.#off.push(
      ...(surroundings === undefined
        ? []
        : [surroundings.onOnline(() => this.#mesh.nudge()), surroundings.onVisible(() => this.#mesh.nudge())]),
      ...this.#signaling.listen((from, message) => void this.#mesh.received(from, message)),
      socket.onState((state) => this.#socketChanged(state)),
      socket.onWelcome((welcomed) => this.#welcomed(welcomed)),
      socket.on("waiting", (data) => {
        if (data.roomId !== roomId) return;
        const since = this.phase.value.name === "waiting" ? this.phase.value.since : this.#wallClock();
        this.phase.value = { name: "waiting", position: data.position, hostPresent: data.hostPresent, since };
      }),
      socket.on("admitted", (data) => {
        if (data.roomId !== roomId) return;
        this.#selfPeerId = data.peerId;
        this.#signaling.given(data.iceServers, data.policy);
        this.relayLevel.value = data.relayLevel ?? "full";
        this.#entered();
      }),
      socket.on("relay-budget", (data) => {
        if (data.roomId === roomId) this.relayLevel.value = data.level;
      }),
      socket.on("denied", (data) => {
        if (data.roomId !== roomId) return;
        this.#selfPeerId = undefined;
        if (data.reason === "denied") this.phase.value = { name: "denied", message: data.message ?? undefined };
        else if (data.reason === "replaced") this.#end("replaced", undefined);
        else this.phase.value = { name: "refused", code: data.reason, opensAt: undefined };
      }),
      socket.on("waiting-room", (data) => {
        if (data.roomId !== roomId) return;
        const known = new Set(this.waiting.value.map((peer) => peer.peerId));
        const fresh = data.waiting.find((peer) => !known.has(peer.peerId));
        this.waiting.value = data.waiting;
        if (fresh === undefined) return;
        // Whoever is at the door is the better news; a question must not stand in front of it.
        this.partner.value = undefined;
        this.#tell("knocks", fresh.userName);
      }),
      socket.on("existing-participants", (data) => {
        if (data.roomId !== roomId) return;
        this.#selfPeerId = data.selfPeerId;
        if (data.callStartedAt != null) this.#began(data.callStartedAt);
        this.#entered();
        this.#mesh.entered(data.selfPeerId, data.participants, this.#graceMs);
        this.#mesh.signaling(true);
        if (this.#relayRestarted) this.#watch.renewRelayed();
        this.#relayRestarted = false;
      }),
      socket.on("user-joined", (data) => {
        if (data.roomId !== roomId) return;
        const known = this.#mesh.remotes.some((remote) => remote.peerId === data.peer.peerId);
        this.partner.value = undefined;
        this.#mesh.joined(data.peer, data.polite);
        if (!known) this.#tell("joined", data.peer.userName);
      }),
      socket.on("user-left", (data) => {
        if (data.roomId !== roomId) return;
        const gone = this.#mesh.remotes.find((remote) => remote.peerId === data.peerId);
        this.#mesh.left(data.peerId);
        if (gone === undefined || data.reason === "replaced") return;
        this.#tell("left", gone.info.userName);
        if (this.#mesh.remotes.length === 0 && data.reason !== "ended") this.partner.value = gone.info.userName;
      }),
      socket.on("user-reconnecting", (data) => data.roomId === roomId && this.#mesh.away(data.peerId, true)),
      socket.on("user-resumed", (data) => data.roomId === roomId && this.#mesh.away(data.peerId, false)),
      socket.on("media-state", (data) => {
        if (data.roomId === roomId) this.#mesh.mediaChanged(data.peerId, { audio: data.audio, video: data.video, away: data.away === true });
      }),
      socket.on("screen-share", (data) => {
        if (data.roomId !== roomId) return;
        this.#mesh.mediaChanged(data.peerId, { screen: data.active });
        const who = this.#mesh.remotes.find((remote) => remote.peerId === data.peerId);
        if (who !== undefined) this.#tell(data.active ? "sharing" : "notSharing", who.info.userName);
      }),
      socket.on("mute-requested", (data) => {
        if (data.roomId !== roomId) return;
        void (data.kind === "audio" ? media.setMicrophone(false) : media.setCamera(false));
        this.askedToSwitchOff.value = { kind: data.kind, at: this.#wallClock() };
      }),
      socket.on("peer-quality", (data) => data.roomId === roomId && this.quality.said(data.peerId, data.level)),
      socket.on("call-started", (data) => data.roomId === roomId && this.#began(data.startedAt)),
      socket.on("removed", (data) => {
        if (data.roomId !== roomId) return;
        if (data.reason === "timeout") {
          // The line was lost for so long that the seat was given up; the person has not left.
          this.#mesh.close();
          return void this.#entrance.knock();
        }
        this.#end(
          data.reason === "replaced" ? "replaced" : data.reason === "revoked" ? "signed-out" : "removed",
          this.elapsedMs(),
        );
        socket.stop();
      }),
      socket.on("room-ended", (data) => {
        if (data.roomId !== roomId) return;
        this.#end(data.reason, data.durationMs ?? this.elapsedMs());
        socket.stop();
      }),
      effect(() => void this.#mesh.setTrack("audio", media.audioTrack.value)),
      effect(() => void this.#mesh.setTrack("video", media.videoTrack.value)),
      effect(() => void this.#mesh.setTrack("screen", media.screen.value)),
      effect(() => this.#own.tell()),
    );
  }

  #welcomed({ welcome, resumed, lost }: Welcomed): void {
    this.#clockAheadMs = welcome.serverTime - this.#wallClock();
    this.features.value = welcome.features ?? [];
    this.#readyOnce.value = true;
    if (lost && welcome.reason === "epoch") this.#relayRestarted = true;
    if (resumed && !lost && this.#selfPeerId !== undefined) {
      this.#mesh.signaling(true);
      return;
    }
    if (this.phase.value.name === "ended" || this.phase.value.name === "denied" || this.phase.value.name === "refused")
      return;
    void this.#entrance.knock();
  }

  #joined(reply: JoinAck): void {
    this.moderator.value = reply.moderator;
    this.gathering.mayRecord.value = reply.mayRecord === true;
    this.#graceMs = reply.rejoinGraceMs;
    this.relayLevel.value = reply.relayLevel ?? "full";
    this.#signaling.given(reply.iceServers, reply.policy);
    this.#own.joined(reply.status === "joined");
    this.#selfPeerId = reply.peerId;
    if (reply.status === "joined") {
      // The list of who is there follows as `existing-participants`.
      this.#entered();
    } else if (this.phase.value.name !== "waiting" && this.phase.value.name !== "in") {
      this.phase.value = { name: "waiting", position: 1, hostPresent: false, since: this.#wallClock() };
    } else if (this.phase.value.name === "in") {
      this.#mesh.close();
      this.phase.value = { name: "waiting", position: 1, hostPresent: false, since: this.#wallClock() };
    }
  }

  #refused(error: RequestError): void {
    if (this.phase.value.name === "ended") return;
    const { opensAt } = error.details;
    this.#mesh.close();
    this.phase.value = {
      name: "refused",
      code: error.code,
      opensAt: typeof opensAt === "number" ? opensAt : undefined,
    };
  }

  #entered(): void {
    if (this.phase.value.name === "ended") return;
    if (this.phase.value.name !== "in") this.phase.value = { name: "in" };
    this.#socket.eager = true;
    this.#watch.start();
    this.#own.tell();
  }

  #began(serverTime: number): void {
    this.startedAt.value = serverTime - this.#clockAheadMs;
  }

  #socketChanged(state: SocketState): void {
    this.socketState.value = state;
    if (state.name !== "ready") this.#mesh.signaling(false);
    if (state.name !== "stopped") return;
    const why = endOfSocket[state.reason];
    if (why !== undefined) this.#end(why, this.elapsedMs());
  }

  #wishPicture(): void {
    this.#mesh.wish(this.audioOnly.peek() ? "none" : this.lessData.peek() ? { maxKbps: LESS_DATA_KBPS } : "full");
  }

  #meshChanged(): void {
    // New objects, because a signal compares by identity.
    // Whose picture we do not want shows none, whatever their camera does.
    const seen = (media: RemotePeer["media"]) => (this.audioOnly.peek() ? { ...media, video: false, screen: false } : media);
    this.remotes.value = this.#mesh.remotes.map((remote) => ({
      ...remote,
      media: seen(remote.media),
      tracks: { ...remote.tracks },
    }));
    this.#watch.changed();
  }

  #statusNow(): Status {
    return statusOf({
      remotes: this.remotes.value,
      ready: this.socketState.value.name === "ready",
      everReady: this.#readyOnce.value,
      inRoom: this.phase.value.name === "in",
    });
  }

  #tell(kind: "joined" | "left" | "knocks" | "sharing" | "notSharing", name: string): void {
    this.news.value = { kind, name, at: this.#wallClock() };
  }

  #end(why: EndReason, durationMs: number | undefined): void {
    if (this.phase.value.name === "ended") return;
    this.phase.value = { name: "ended", why, durationMs };
    for (const off of this.#off) off();
    this.#off = [];
    this.#entrance.close();
    this.#socket.eager = false;
    this.#watch.stop();
    this.#mesh.close();
    this.#options.media.close();
    this.waiting.value = [];
    this.gathering.close();
  }
}
