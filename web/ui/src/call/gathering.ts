/**
 * What people in a room do besides talking: hands, reactions, the lock, how good each line is, and
 * whether a recording is asked for or runs. The server's word alone; built from events, and whole
 * again from `existing-participants` after a rejoin. No component in here, and no media.
 */
import { type ReadonlySignal, computed, signal } from "@preact/signals";
import type { AdminEntering, MediaKind, Peer, Reaction, RecordingNow, RecordingOver, RecordingStep } from "../generated/protocol";
import type { SocketClient } from "../socket/client";
import { type Clock, systemClock } from "../socket/clock";

/** One reaction that is on the screen. */
export interface Shown {
  id: number;
  /** Who; our own peer id for ourselves. */
  peerId: string;
  reaction: Reaction;
}

export interface Over {
  why: RecordingOver;
  /** Which peer ended it. */
  by: string;
  at: number;
}

/** How long a reaction stays, and how many at once. */
export const REACTION_MS = 4_000;
const REACTIONS_MAX = 24;

export class Gathering {
  readonly self = signal<string | undefined>(undefined);
  /** Our own name, as others see it. */
  readonly name = signal("");
  /** Since when whose hand is up, ourselves included. */
  readonly hands = signal<ReadonlyMap<string, number>>(new Map());
  /** How good whose line is, 1 to 4, as they say themselves. */
  readonly levels = signal<ReadonlyMap<string, number>>(new Map());
  /** Who is away for a moment. */
  readonly away = signal<ReadonlySet<string>>(new Set());
  readonly locked = signal(false);
  readonly recording = signal<RecordingNow | undefined>(undefined);
  /** The last recording that ended while we were here. */
  readonly over = signal<Over | undefined>(undefined);
  /** Who of those who run the server was announced. */
  readonly admins = signal<readonly AdminEntering[]>([]);
  readonly mayRecord = signal(false);
  readonly reactions = signal<readonly Shown[]>([]);
  /** Words of the host for who was removed. */
  readonly farewell = signal<string | undefined>(undefined);
  /** Names our session at the server; not a secret. */
  readonly session = signal<string | undefined>(undefined);
  /** How often our own line was of which level, 1 to 4, while we were in. */
  readonly tally: [number, number, number, number] = [0, 0, 0, 0];
  readonly callId = signal<string | undefined>(undefined);
  /** The peer ids of those with a raised hand, first come first. */
  readonly queue: ReadonlySignal<readonly string[]>;
  readonly handUp: ReadonlySignal<boolean>;
  /** We are asked whether we may be recorded. */
  readonly asked: ReadonlySignal<boolean>;
  /** It is our browser that records. */
  readonly records: ReadonlySignal<boolean>;
  readonly #roomId: string;
  readonly #socket: SocketClient;
  readonly #clock: Clock;
  #off: (() => void)[] = [];
  #shown = 0;

  constructor(roomId: string, socket: SocketClient, clock: Clock = systemClock) {
    this.#roomId = roomId;
    this.#socket = socket;
    this.#clock = clock;
    this.queue = computed(() => [...this.hands.value].sort((a, b) => a[1] - b[1]).map(([peerId]) => peerId));
    this.handUp = computed(() => this.hands.value.has(this.self.value ?? ""));
    this.asked = computed(() => this.recording.value?.missing.includes(this.self.value ?? "") ?? false);
    this.records = computed(() => this.recording.value !== undefined && this.recording.value.by === this.self.value);
    this.#listen();
  }

  /** After the stay: nothing is heard any more; what was said stays readable. */
  close(): void {
    for (const off of this.#off) off();
    this.#off = [];
    this.recording.value = undefined;
    this.reactions.value = [];
  }

  /** The level that half of the time was as good as or better than; undefined when none was counted. */
  usualLevel(): 1 | 2 | 3 | 4 | undefined {
    const all = this.tally.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (const level of [1, 2, 3, 4] as const) {
      seen += this.tally[level - 1] ?? 0;
      if (seen > 0 && seen * 2 >= all) return level;
    }
    return undefined;
  }

  // --- what a person does ---

  raiseHand(raised: boolean): Promise<unknown> {
    return this.#socket.request("raise-hand", { roomId: this.#roomId, raised });
  }

  /** Somebody else's hand; moderators only. */
  lowerHand(peerId: string): Promise<unknown> {
    return this.#socket.request("raise-hand", { roomId: this.#roomId, raised: false, peerId });
  }

  /** Shows it here too: the server tells only the others. Too many of them are dropped in silence. */
  react(reaction: Reaction): void {
    this.#show(this.self.value ?? "", reaction);
    void this.#socket.request("reaction", { roomId: this.#roomId, reaction }).catch(() => {});
  }

  lock(locked: boolean): Promise<unknown> {
    return this.#socket.request("lock-room", { roomId: this.#roomId, locked });
  }

  askToMute(peerId: string, kind: MediaKind): Promise<unknown> {
    return this.#socket.request("mute-request", { roomId: this.#roomId, to: peerId, kind });
  }

  remove(peerId: string, words: string, ban: boolean): Promise<unknown> {
    const message = words.trim();
    return this.#socket.request("remove-participant", {
      roomId: this.#roomId,
      peerId,
      ...(ban ? { ban } : {}),
      ...(message === "" ? {} : { message }),
    });
  }

  record(step: RecordingStep): Promise<unknown> {
    return this.#socket.request("recording", { roomId: this.#roomId, step });
  }

  // --- the room ---

  #listen(): void {
    const socket = this.#socket;
    const here = (data: { roomId: string }) => data.roomId === this.#roomId;
    this.#off.push(
      socket.onWelcome(({ welcome }) => {
        this.name.value = welcome.userName;
        this.session.value = welcome.sessionId;
      }),
      socket.on("existing-participants", (data) => {
        if (!here(data)) return;
        this.self.value = data.selfPeerId;
        const peers = data.participants;
        const hands = new Map(peers.flatMap((it) => (it.handRaisedAt == null ? [] : [[it.peerId, it.handRaisedAt]])));
        if (data.handRaisedAt != null) hands.set(data.selfPeerId, data.handRaisedAt);
        this.hands.value = hands;
        this.levels.value = new Map(peers.flatMap((it) => (it.quality == null ? [] : [[it.peerId, it.quality]])));
        this.away.value = new Set(peers.filter((it) => it.media.away === true).map((it) => it.peerId));
        this.locked.value = data.locked === true;
        this.recording.value = data.recording ?? undefined;
      }),
      socket.on("user-joined", (data) => here(data) && this.#met(data.peer)),
      socket.on("user-left", (data) => here(data) && this.#forget(data.peerId)),
      socket.on("hand", (data) => here(data) && this.#set(this.hands, data.peerId, data.raisedAt ?? undefined)),
      socket.on("peer-quality", (data) => here(data) && this.#set(this.levels, data.peerId, data.level)),
      socket.on("media-state", (data) => {
        if (!here(data) || (data.away === true) === this.away.value.has(data.peerId)) return;
        const away = new Set(this.away.value);
        if (data.away === true) away.add(data.peerId);
        else away.delete(data.peerId);
        this.away.value = away;
      }),
      socket.on("reaction", (data) => here(data) && this.#show(data.peerId, data.reaction)),
      socket.on("admin-entering", (data) => {
        if (here(data)) this.admins.value = [...this.admins.value.filter((it) => it.name !== data.name), data];
      }),
      socket.on("room-locked", (data) => here(data) && (this.locked.value = data.locked)),
      socket.on("recording", (data) => {
        if (!here(data)) return;
        this.recording.value = data.recording ?? undefined;
        if (data.over) this.over.value = { why: data.over, by: data.overBy ?? "", at: this.#clock.now() };
      }),
      socket.on("call-started", (data) => here(data) && (this.callId.value = data.callId)),
      socket.on("removed", (data) => here(data) && (this.farewell.value = data.message ?? undefined)),
    );
  }

  #met(peer: Peer): void {
    this.#set(this.hands, peer.peerId, peer.handRaisedAt ?? undefined);
    this.#set(this.levels, peer.peerId, peer.quality ?? undefined);
  }

  #forget(peerId: string): void {
    this.#set(this.hands, peerId, undefined);
    this.#set(this.levels, peerId, undefined);
    if (this.away.value.has(peerId)) this.away.value = new Set([...this.away.value].filter((it) => it !== peerId));
  }

  #set(map: typeof this.hands, peerId: string, value: number | undefined): void {
    if (map.value.get(peerId) === value) return;
    const next = new Map(map.value);
    if (value === undefined) next.delete(peerId);
    else next.set(peerId, value);
    map.value = next;
  }

  #show(peerId: string, reaction: Reaction): void {
    const shown = { id: ++this.#shown, peerId, reaction };
    this.reactions.value = [...this.reactions.value, shown].slice(-REACTIONS_MAX);
    this.#clock.after(REACTION_MS, () => {
      this.reactions.value = this.reactions.value.filter((it) => it.id !== shown.id);
    });
  }
}
