/**
 * One person's stay in one room: joins, waits, is let in, talks, leaves. Ties the socket, the mesh
 * and our own devices together and keeps what the page shows in signals. No component in here.
 *
 * Never ends a call because a connection is gone: it rejoins under its old peer id and leaves the
 * media alone. Only a person, the host or the server's word ends it.
 */
import { type ReadonlySignal, computed, effect, signal } from "@preact/signals";
import type { LocalMedia } from "../devices/local-media";
import type { IceCandidate, IcePolicy, IceServer, JoinAck, Peer, RelayLevel } from "../generated/protocol";
import { connectionConfig, browserServer } from "../rtc/config";
import { Mesh, type RemotePeer } from "../rtc/mesh";
import type { LinkState, Signal } from "../rtc/peer-link";
import { type LinkStats, lossPercent, summarise } from "../rtc/stats";
import { type SocketClient, type SocketState, type Welcomed } from "../socket/client";
import { type Clock, type Timer, systemClock } from "../socket/clock";
import { RequestError } from "../socket/frames";
import type { StopReason } from "../socket/verdict";

export type EndReason =
  | "left"
  | "host"
  | "empty"
  | "window"
  | "meeting"
  | "removed"
  | Exclude<StopReason, "closed" | "revoked" | "forbidden">;

export type Phase =
  | { name: "connecting" }
  | { name: "waiting"; position: number; hostPresent: boolean; since: number }
  | { name: "in" }
  | { name: "denied"; message: string | undefined }
  | { name: "refused"; code: string; opensAt: number | undefined }
  | { name: "ended"; why: EndReason; durationMs: number | undefined };

export interface CallSessionOptions {
  roomId: string;
  socket: SocketClient;
  media: LocalMedia;
  /** The test override: media only through the relay. */
  relayOnly: boolean;
  clock?: Clock;
  wallClock?: () => number;
  createConnection?: (config: RTCConfiguration) => RTCPeerConnection;
}

/** What the page says in one word about the connection as a whole. */
export type Status =
  "connecting" | "waiting" | "connected" | "unstable" | "reconnecting" | "failed" | "server" | "away";

const STATS_EVERY_MS = 2_000;
const REPORT_EVERY_MS = 10_000;
const JOIN_TIMEOUT_MS = 15_000;
const JOIN_AGAIN_MS = 2_000;
const VIDEO_BITS_MAX = 1_500_000;
const AUDIO_BITS_MAX = 50_000;

export class CallSession {
  readonly phase = signal<Phase>({ name: "connecting" });
  readonly remotes = signal<readonly RemotePeer[]>([]);
  readonly waiting = signal<readonly Peer[]>([]);
  readonly moderator = signal(false);
  readonly socketState = signal<SocketState>({ name: "idle" });
  /** When the call began, on this machine's wall clock; undefined before. */
  readonly startedAt = signal<number | undefined>(undefined);
  readonly stats = signal<ReadonlyMap<string, LinkStats>>(new Map());
  /** Short news: read out, and some of it shown. */
  readonly news = signal<
    { kind: "joined" | "left" | "knocks" | "sharing" | "notSharing"; name: string; at: number } | undefined
  >(undefined);
  /** The last one who left, while nobody else is there and the question is open. */
  readonly partner = signal<string | undefined>(undefined);
  readonly askedToSwitchOff = signal<{ kind: "audio" | "video"; at: number } | undefined>(undefined);
  /** What the relay's month asks to keep to on connections through it: `relay-budget`. */
  readonly relayLevel = signal<RelayLevel>("full");
  /** What the server says it can do; `dev` opens the debug window. */
  readonly features = signal<readonly string[]>([]);
  readonly status: ReadonlySignal<Status>;
  readonly #options: CallSessionOptions;
  readonly #socket: SocketClient;
  readonly #clock: Clock;
  readonly #mesh: Mesh;
  #wallClock: () => number;
  #off: (() => void)[] = [];
  #selfPeerId: string | undefined;
  #servers: IceServer[] = [];
  #policy: IcePolicy = "all";
  #graceMs = 30_000;
  /** Server's wall clock minus ours, ms. */
  #clockAheadMs = 0;
  #readyOnce = signal(false);
  #joining = false;
  #joinTimer: Timer | undefined;
  #statsTimer: Timer | undefined;
  #lastReport = -Infinity;
  #lastMediaState = "";
  #lastShared = false;
  #relayRestarted = false;
  #hurried: LinkState | undefined;
  #lastLink: "connected" | "restarting" | "failed" | undefined;

  constructor(options: CallSessionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#clock = options.clock ?? systemClock;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#mesh = new Mesh({
      clock: this.#clock,
      config: () => connectionConfig(this.#servers, this.#policy, options.relayOnly),
      servers: () => this.#freshServers(),
      send: (to, message) => this.#send(to, message),
      onChange: () => this.#meshChanged(),
      tune: tuneSender,
      ...(options.createConnection === undefined ? {} : { create: options.createConnection }),
    });
    this.status = computed(() => this.#statusNow());
    this.#listen();
  }

  start(): void {
    this.#socket.start();
  }

  // --- what a person does ---

  async leave(): Promise<void> {
    const durationMs = this.elapsedMs();
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
    void this.#join();
  }

  /** After "Connection failed". */
  retry(): void {
    this.#socket.retryNow();
    this.#mesh.restart();
  }

  /** True when the screen is now shared; false when the person or the room did not want it. */
  async share(): Promise<"shared" | "cancelled" | "taken"> {
    const { media } = this.#options;
    if (!(await media.share())) return "cancelled";
    this.#lastShared = true;
    try {
      await this.#socket.request("screen-share", { roomId: this.#options.roomId, active: true }, { again: true });
      return "shared";
    } catch (error) {
      if (error instanceof RequestError && error.code === "conflict") {
        this.#lastShared = false;
        media.stopSharing();
        return "taken";
      }
      return "shared"; // the picture goes out anyway; the next join tells the room
    }
  }

  dismissPartnerLeft(): void {
    this.partner.value = undefined;
  }

  elapsedMs(): number | undefined {
    const startedAt = this.startedAt.value;
    return startedAt === undefined ? undefined : Math.max(0, this.#wallClock() - startedAt);
  }

  /** The network is back. */
  nudge(): void {
    this.#mesh.nudge();
  }

  /** For the debug window and tests: what every connection says about itself. */
  async report(): Promise<Record<string, { state: LinkState; stats: LinkStats | undefined }>> {
    const all: Record<string, { state: LinkState; stats: LinkStats | undefined }> = {};
    for (const remote of this.#mesh.remotes) {
      const link = this.#mesh.link(remote.peerId);
      const stats =
        link === undefined
          ? undefined
          : summarise((await link.pc.getStats()) as unknown as Iterable<[string, unknown]>);
      all[remote.peerId] = { state: remote.link, stats };
    }
    return all;
  }

  // --- the room ---

  #listen(): void {
    const { roomId, media } = this.#options;
    const socket = this.#socket;
    this.#off.push(
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
        this.#servers = data.iceServers;
        this.#policy = data.policy;
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
        if (this.#relayRestarted) this.#renewRelayed();
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
      socket.on("offer", (data) =>
        this.#received(data.roomId, data.from, {
          kind: "offer",
          negotiationId: data.negotiationId,
          description: data.offer,
          iceRestart: data.iceRestart === true,
        }),
      ),
      socket.on("answer", (data) =>
        this.#received(data.roomId, data.from, {
          kind: "answer",
          negotiationId: data.negotiationId,
          description: data.answer,
        }),
      ),
      socket.on("ice-candidate", (data) =>
        this.#received(data.roomId, data.from, {
          kind: "candidate",
          negotiationId: data.negotiationId,
          candidate: (data.candidate ?? null) as RTCIceCandidateInit | null,
        }),
      ),
      socket.on("media-state", (data) => {
        if (data.roomId === roomId) this.#mesh.mediaChanged(data.peerId, { audio: data.audio, video: data.video });
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
      socket.on("call-started", (data) => data.roomId === roomId && this.#began(data.startedAt)),
      socket.on("removed", (data) => {
        if (data.roomId !== roomId) return;
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
      effect(() => this.#tellMedia()),
    );
  }

  #welcomed({ welcome, resumed, lost }: Welcomed): void {
    this.#clockAheadMs = welcome.serverTime - this.#wallClock();
    this.features.value = welcome.features ?? [];
    this.#readyOnce.value = true;
    if (lost && welcome.reason === "epoch") this.#relayRestarted = true;
    if (resumed && !lost && this.#selfPeerId !== undefined) {
      this.#mesh.nudge();
      return;
    }
    if (this.phase.value.name === "ended" || this.phase.value.name === "denied" || this.phase.value.name === "refused")
      return;
    void this.#join();
  }

  async #join(): Promise<void> {
    if (this.#joining) return;
    this.#joining = true;
    const { media, roomId } = this.#options;
    try {
      const reply = await this.#socket.request(
        "join-room",
        {
          roomId,
          media: { audio: media.microphoneOn, video: media.cameraOn },
          ...(this.#selfPeerId === undefined ? {} : { peerId: this.#selfPeerId }),
        },
        { again: true, timeoutMs: JOIN_TIMEOUT_MS },
      );
      this.#joined(reply);
    } catch (error) {
      this.#notJoined(error as RequestError);
    } finally {
      this.#joining = false;
    }
  }

  #joined(reply: JoinAck): void {
    this.moderator.value = reply.moderator;
    this.#policy = reply.policy;
    this.#graceMs = reply.rejoinGraceMs;
    this.relayLevel.value = reply.relayLevel ?? "full";
    if (reply.iceServers.length > 0) this.#servers = reply.iceServers;
    this.#lastMediaState = JSON.stringify([this.#options.media.microphoneOn, this.#options.media.cameraOn]);
    this.#selfPeerId = reply.peerId;
    if (reply.status === "joined") {
      // The list of who is there follows as `existing-participants`.
      this.#entered();
      if (this.#options.media.screen.value !== null) {
        void this.#socket.request("screen-share", { roomId: this.#options.roomId, active: true }).catch(() => {});
      }
    } else if (this.phase.value.name !== "waiting" && this.phase.value.name !== "in") {
      this.phase.value = { name: "waiting", position: 1, hostPresent: false, since: this.#wallClock() };
    } else if (this.phase.value.name === "in") {
      this.#mesh.close();
      this.phase.value = { name: "waiting", position: 1, hostPresent: false, since: this.#wallClock() };
    }
  }

  #notJoined(error: RequestError): void {
    if (this.phase.value.name === "ended") return;
    if (error.code === "disconnected") return; // the next welcome joins again
    if (error.retryable || error.code === "timeout" || error.code === "rate_limited" || error.code === "unavailable") {
      this.#clock.cancel(this.#joinTimer);
      this.#joinTimer = this.#clock.after(Math.max(JOIN_AGAIN_MS, error.retryAfterMs), () => {
        if (this.#socket.state.name === "ready") void this.#join();
      });
      return;
    }
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
    if (this.#statsTimer === undefined) this.#watchStats();
    this.#tellMedia();
  }

  #began(serverTime: number): void {
    this.startedAt.value = serverTime - this.#clockAheadMs;
  }

  #socketChanged(state: SocketState): void {
    this.socketState.value = state;
    if (state.name !== "stopped") return;
    const reasons: Record<StopReason, EndReason | undefined> = {
      closed: undefined,
      "signed-out": "signed-out",
      revoked: "signed-out",
      forbidden: "removed",
      replaced: "replaced",
      "too-many-devices": "too-many-devices",
      protocol: "protocol",
    };
    const why = reasons[state.reason];
    if (why !== undefined) this.#end(why, this.elapsedMs());
  }

  // --- signals and media ---

  #received(roomId: string, from: string, message: Signal): void {
    if (roomId === this.#options.roomId) void this.#mesh.received(from, message);
  }

  async #send(to: string, message: Signal): Promise<void> {
    const { roomId } = this.#options;
    const { negotiationId } = message;
    if (message.kind === "candidate") {
      this.#socket.send("ice-candidate", {
        roomId,
        to,
        negotiationId,
        candidate: message.candidate as IceCandidate | null,
      });
    } else if (message.kind === "offer") {
      const restart = message.iceRestart ? { iceRestart: true } : {};
      await this.#socket.request(
        "offer",
        { roomId, to, negotiationId, offer: { type: "offer", sdp: message.description.sdp }, ...restart },
        { again: true },
      );
    } else {
      await this.#socket.request(
        "answer",
        { roomId, to, negotiationId, answer: { type: "answer", sdp: message.description.sdp } },
        { again: true },
      );
    }
  }

  async #freshServers(): Promise<RTCIceServer[]> {
    const reply = await this.#socket.request("ice-servers", { roomId: this.#options.roomId }, { again: true });
    this.#servers = reply.iceServers;
    this.#policy = reply.policy;
    return this.#servers.map(browserServer);
  }

  #tellMedia(): void {
    const { media, roomId } = this.#options;
    const audio = media.microphone.value.state === "on";
    const video = media.camera.value.state === "on";
    const shared = media.screen.value !== null;
    if (this.phase.peek().name !== "in") return;
    const now = JSON.stringify([audio, video]);
    if (now !== this.#lastMediaState) {
      this.#lastMediaState = now;
      void this.#socket
        .request("media-state", { roomId, audio, video }, { again: true })
        .catch(() => (this.#lastMediaState = ""));
    }
    if (!shared && this.#lastShared) {
      this.#lastShared = false;
      void this.#socket.request("screen-share", { roomId, active: false }, { again: true }).catch(() => {});
    }
  }

  #meshChanged(): void {
    // New objects, because a signal compares by identity.
    this.remotes.value = this.#mesh.remotes.map((remote) => ({ ...remote, tracks: { ...remote.tracks } }));
    const link = worst(this.#mesh.remotes);
    const state =
      link === "connected" || link === "unstable"
        ? "connected"
        : link === "reconnecting"
          ? "restarting"
          : link === "failed"
            ? "failed"
            : undefined;
    // Media that breaks while the socket waits out its backoff cannot heal without it: try now.
    if (link === "unstable" || link === "reconnecting") this.#hurry(link);
    else this.#hurried = undefined;
    if (state !== this.#lastLink) {
      this.#lastLink = state;
      if (state !== undefined) this.#reportLink(state);
    }
  }

  #hurry(link: LinkState): void {
    if (this.#hurried === link) return;
    this.#hurried = link;
    if (this.#socket.state.name === "waiting") this.#socket.retryNow();
  }

  #reportLink(state: "connected" | "restarting" | "failed", stats?: LinkStats): void {
    const figures =
      stats === undefined ? {} : { relayed: stats.relayed, rttMs: stats.rttMs, lossPct: lossPercent(stats) };
    this.#socket.send("call-media", { roomId: this.#options.roomId, state, ...figures });
    this.#lastReport = this.#clock.now();
  }

  /** The relay lives in the server: whatever went through it has to be built again. */
  #renewRelayed(): void {
    this.#relayRestarted = false;
    for (const [peerId, stats] of this.stats.value) {
      if (stats.relayed) this.#mesh.link(peerId)?.renew();
    }
  }

  #watchStats(): void {
    this.#statsTimer = this.#clock.after(STATS_EVERY_MS, () => void this.#readStats());
  }

  async #readStats(): Promise<void> {
    const all = new Map<string, LinkStats>();
    for (const remote of this.#mesh.remotes) {
      const link = this.#mesh.link(remote.peerId);
      if (link === undefined || remote.link !== "connected") continue;
      const report = await link.pc.getStats().catch(() => undefined);
      const stats = report === undefined ? undefined : summarise(report as unknown as Iterable<[string, unknown]>);
      if (stats !== undefined) all.set(remote.peerId, stats);
    }
    if (this.phase.value.name === "ended") return;
    const first = [...all.values()][0];
    const fresh = this.stats.value.size === 0 && first !== undefined;
    this.stats.value = all;
    if (first !== undefined && (fresh || this.#clock.now() - this.#lastReport >= REPORT_EVERY_MS))
      this.#reportLink("connected", first);
    this.#watchStats();
  }

  #statusNow(): Status {
    const remotes = this.remotes.value;
    const socket = this.socketState.value.name;
    const link = worst(remotes);
    if (link === undefined) {
      if (socket === "ready") return this.phase.value.name === "in" ? "waiting" : "connecting";
      return this.#readyOnce.value ? "reconnecting" : "connecting";
    }
    if (link !== "connected") return link;
    if (socket !== "ready") return "server";
    return remotes.some((remote) => remote.away) ? "away" : "connected";
  }

  #tell(kind: "joined" | "left" | "knocks" | "sharing" | "notSharing", name: string): void {
    this.news.value = { kind, name, at: this.#wallClock() };
  }

  #end(why: EndReason, durationMs: number | undefined): void {
    if (this.phase.value.name === "ended") return;
    this.phase.value = { name: "ended", why, durationMs };
    for (const off of this.#off) off();
    this.#off = [];
    this.#clock.cancel(this.#joinTimer);
    this.#clock.cancel(this.#statsTimer);
    this.#mesh.close();
    this.#options.media.close();
    this.waiting.value = [];
  }
}

/** The state that the page must speak of when there are several connections. */
function worst(remotes: readonly { link: LinkState }[]): LinkState | undefined {
  const order: LinkState[] = ["failed", "reconnecting", "unstable", "connecting", "connected"];
  return order.find((state) => remotes.some((remote) => remote.link === state));
}

/** Ceilings (R147): the browser adapts below them by itself. */
function tuneSender(sender: RTCRtpSender, kind: "audio" | "video"): void {
  const parameters = sender.getParameters?.();
  if (parameters?.encodings === undefined || parameters.encodings.length === 0) return;
  for (const encoding of parameters.encodings) encoding.maxBitrate = kind === "video" ? VIDEO_BITS_MAX : AUDIO_BITS_MAX;
  void sender.setParameters(parameters).catch(() => {});
}
