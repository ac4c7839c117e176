/**
 * The media connection to one remote peer: perfect negotiation, queued candidates, and the care for
 * a connection that broke. No DOM, no socket: what must be sent goes to `send`, what arrives comes
 * to `receive`, one at a time.
 *
 * Roles. The newcomer offers first (`initiator`); later both may offer, and when both do at once the
 * polite one yields. Only the initiator adds transceivers; the other side adopts those that the
 * first offer brings, so that audio and video each have exactly one m-line for ever and every later
 * change of device, camera or screen is a replaceTrack without a new offer.
 */
import type { Clock, Timer } from "../socket/clock";
import { PromiseQueue } from "./queue";

export type Description = { type: "offer" | "answer"; sdp: string };

export type Signal =
  | { kind: "offer"; negotiationId: string; description: Description; iceRestart: boolean }
  | { kind: "answer"; negotiationId: string; description: Description }
  | { kind: "candidate"; negotiationId: string; candidate: RTCIceCandidateInit | null };

/** What the page says about this connection. */
export type LinkState =
  | "connecting"
  | "connected"
  /** No packets for a moment; may heal by itself. */
  | "unstable"
  /** An ICE restart is under way. */
  | "reconnecting"
  /** Half a minute without success; a person decides. */
  | "failed";

export type MediaKind = "audio" | "video";

export interface PeerLinkOptions {
  initiator: boolean;
  polite: boolean;
  config: RTCConfiguration;
  clock: Clock;
  /** Our tracks at the moment; later changes come by `setTrack`. */
  tracks: Record<MediaKind, MediaStreamTrack | null>;
  create?: (config: RTCConfiguration) => RTCPeerConnection;
  /** Rejects when the signal did not reach the server. */
  send: (signal: Signal) => Promise<void>;
  /** Groups our two tracks: receivers keep lips and voice together only within one stream. */
  stream?: MediaStream;
  /** Fresh relay credentials. */
  servers: () => Promise<RTCIceServer[]>;
  onState: (state: LinkState) => void;
  onTrack: (kind: MediaKind, track: MediaStreamTrack) => void;
  /** Applied to a sender whenever it gets a track: ceilings for bitrate and the like. */
  tune?: (sender: RTCRtpSender, kind: MediaKind) => void;
  newId?: () => string;
}

/** `disconnected` this long asks for a restart; the polite side lets the other begin. */
const UNSTABLE_MS = 2_500;
const POLITE_EXTRA_MS = 1_500;
/** A restart that has not connected by then is tried again. */
const RESTART_AGAIN_MS = 6_000;
const FIRST_CONNECT_MS = 15_000;
/** Without a connection for this long a person is asked. */
const GIVE_UP_MS = 30_000;
/** An offer without an answer is sent again, the same one. */
const ANSWER_WAIT_MS = 8_000;
const SERVERS_WAIT_MS = 3_000;
/** Candidates that wait for a description; more than any browser gathers. */
const CANDIDATES_MAX = 256;

export class PeerLink {
  readonly pc: RTCPeerConnection;
  readonly #options: PeerLinkOptions;
  readonly #clock: Clock;
  readonly #queue = new PromiseQueue((error) => console.warn("negotiation step failed", error));
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null>;
  readonly #senders: Record<MediaKind, RTCRtpTransceiver | undefined> = { audio: undefined, video: undefined };
  #waitingCandidates: { negotiationId: string; candidate: RTCIceCandidateInit | null }[] = [];
  #makingOffer = false;
  #settingAnswer = false;
  #ignored: string | undefined;
  #restartPending = false;
  #localNegotiation = "";
  #sentOffer: Extract<Signal, { kind: "offer" }> | undefined;
  #answered: Extract<Signal, { kind: "answer" }> | undefined;
  #state: LinkState = "connecting";
  #everConnected = false;
  #closed = false;
  #careTimer: Timer | undefined;
  #giveUpTimer: Timer | undefined;
  #answerTimer: Timer | undefined;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tracks = { ...options.tracks };
    const create = options.create ?? ((config) => new RTCPeerConnection(config));
    this.pc = create(options.config);
    this.#listen();
    this.#giveUpTimer = this.#clock.after(GIVE_UP_MS, () => this.#giveUp());
    this.#careTimer = this.#clock.after(FIRST_CONNECT_MS, () => void this.restart());
    if (options.initiator) this.#addTransceivers();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Takes one signal of the other side. */
  receive(signal: Signal): Promise<void> {
    return this.#queue.add(() => this.#handle(signal));
  }

  /** Swaps what is sent: another device, the screen, or nothing. Never negotiates. */
  async setTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.#tracks[kind] = track;
    const sender = this.#senders[kind]?.sender;
    if (sender === undefined || this.#closed) return;
    await sender.replaceTrack(track);
    if (track !== null) this.#options.tune?.(sender, kind);
  }

  /** Begins anew with ICE: fresh credentials, fresh candidates, the same media. */
  async restart(evenIfUp = false): Promise<void> {
    if (this.#closed || this.#restartPending) return;
    if (!evenIfUp && this.#isUp()) return this.#settled();
    if (this.#state === "failed") this.#giveUpTimer = this.#clock.after(GIVE_UP_MS, () => this.#giveUp());
    this.#restartPending = true;
    if (!this.#isUp()) this.#become(this.#everConnected ? "reconnecting" : "connecting");
    this.#careAgain(RESTART_AGAIN_MS);
    await this.#queue.add(async () => {
      await this.#freshServers();
      this.#restartPending = false;
      if (this.#closed || (!evenIfUp && this.#isUp())) return this.#settled();
      if (this.pc.signalingState === "have-local-offer") {
        // Our offer, or its answer, was lost: the same offer again is safe, both sides know its id.
        this.#sendOffer();
      } else if (this.pc.remoteDescription !== null || this.#options.initiator) {
        this.pc.restartIce();
      }
    });
  }

  /**
   * The relay that carries this connection began anew, so its path is gone though nobody noticed
   * yet. One side is enough, and the old path serves until the new one stands.
   */
  renew(): void {
    if (!this.#options.polite) void this.restart(true);
  }

  /** The network changed or the signaling came back: restart unless media flows. */
  nudge(): void {
    if (!this.#isUp()) void this.restart();
  }

  close(): void {
    this.#closed = true;
    for (const timer of [this.#careTimer, this.#giveUpTimer, this.#answerTimer]) this.#clock.cancel(timer);
    this.pc.onnegotiationneeded = this.pc.onicecandidate = this.pc.ontrack = this.pc.onconnectionstatechange = null;
    this.pc.oniceconnectionstatechange = null;
    this.pc.close();
  }

  // --- negotiation ---

  #listen(): void {
    const { pc } = this;
    pc.onnegotiationneeded = () => void this.#offer();
    pc.onicecandidate = ({ candidate }) => {
      const init = candidate === null || candidate.candidate === "" ? null : candidate.toJSON();
      this.#send({ kind: "candidate", negotiationId: this.#localNegotiation, candidate: init });
    };
    pc.ontrack = ({ track, transceiver }) => {
      const kind = track.kind as MediaKind;
      // A rolled-back m-line may announce a track that never carries anything.
      if (this.#senders[kind] === undefined || this.#senders[kind] === transceiver || transceiver.mid !== null) {
        this.#options.onTrack(kind, track);
      }
    };
    pc.onconnectionstatechange = () => this.#connectionChanged();
    pc.oniceconnectionstatechange = () => this.#connectionChanged();
  }

  #addTransceivers(): void {
    for (const kind of ["audio", "video"] as const) {
      const track = this.#tracks[kind];
      const { stream } = this.#options;
      const streams = stream === undefined ? {} : { streams: [stream] };
      const transceiver = this.pc.addTransceiver(track ?? kind, { direction: "sendrecv", ...streams });
      this.#senders[kind] = transceiver;
      if (track !== null) this.#options.tune?.(transceiver.sender, kind);
    }
  }

  /** After a remote offer: its m-lines are the ones, ours (if glare rolled them back) are not. */
  async #adoptTransceivers(): Promise<void> {
    for (const kind of ["audio", "video"] as const) {
      const ofKind = this.pc.getTransceivers().filter((t) => t.receiver.track.kind === kind);
      const adopted = ofKind.find((t) => t.mid !== null);
      if (adopted === undefined) continue;
      if (this.#senders[kind] !== adopted) {
        this.#senders[kind] = adopted;
        for (const stale of ofKind) if (stale !== adopted && stale.mid === null) stale.stop();
        adopted.direction = "sendrecv";
        if (this.#options.stream !== undefined) adopted.sender.setStreams?.(this.#options.stream);
        await adopted.sender.replaceTrack(this.#tracks[kind]);
        if (this.#tracks[kind] !== null) this.#options.tune?.(adopted.sender, kind);
      }
    }
  }

  async #offer(): Promise<void> {
    if (this.#closed) return;
    const restart = this.pc.remoteDescription !== null;
    this.#makingOffer = true;
    const before = this.#localNegotiation;
    const negotiationId = (this.#options.newId ?? randomId)();
    try {
      // Candidates may be announced before the await returns; they belong to this negotiation.
      this.#localNegotiation = negotiationId;
      await this.pc.setLocalDescription();
      const description = this.pc.localDescription;
      if (description === null || description.type !== "offer") {
        this.#localNegotiation = before;
        return;
      }
      this.#sentOffer = {
        kind: "offer",
        negotiationId,
        description: { type: "offer", sdp: description.sdp },
        iceRestart: restart,
      };
      this.#sendOffer();
    } catch (error) {
      if (!this.#closed) console.warn("no offer could be made", error);
    } finally {
      this.#makingOffer = false;
    }
  }

  #sendOffer(): void {
    if (this.#sentOffer === undefined || this.#closed) return;
    this.#send(this.#sentOffer);
    this.#clock.cancel(this.#answerTimer);
    this.#answerTimer = this.#clock.after(ANSWER_WAIT_MS, () => {
      if (this.pc.signalingState === "have-local-offer") this.#sendOffer();
    });
  }

  async #handle(signal: Signal): Promise<void> {
    if (this.#closed) return;
    if (signal.kind === "candidate") return this.#candidate(signal.negotiationId, signal.candidate);
    if (signal.kind === "offer") return this.#offered(signal);
    return this.#answerArrived(signal);
  }

  async #offered(signal: Extract<Signal, { kind: "offer" }>): Promise<void> {
    if (this.#answered?.negotiationId === signal.negotiationId) {
      // The other side did not get our answer; it is still the right one.
      if (this.pc.signalingState === "stable") this.#send(this.#answered);
      return;
    }
    const ready = !this.#makingOffer && (this.pc.signalingState === "stable" || this.#settingAnswer);
    if (!ready && !this.#options.polite) {
      this.#ignored = signal.negotiationId;
      return;
    }
    if (signal.iceRestart) {
      await this.#freshServers();
      if (this.#closed) return;
    }
    await this.pc.setRemoteDescription(signal.description);
    this.#clock.cancel(this.#answerTimer);
    await this.#adoptTransceivers();
    this.#localNegotiation = signal.negotiationId;
    await this.pc.setLocalDescription();
    const description = this.pc.localDescription;
    if (description === null || description.type !== "answer") return;
    this.#answered = {
      kind: "answer",
      negotiationId: signal.negotiationId,
      description: { type: "answer", sdp: description.sdp },
    };
    this.#send(this.#answered);
    await this.#flushCandidates(signal.negotiationId);
    this.#connectionChanged();
  }

  async #answerArrived(signal: Extract<Signal, { kind: "answer" }>): Promise<void> {
    if (this.pc.signalingState !== "have-local-offer" || signal.negotiationId !== this.#sentOffer?.negotiationId) {
      return; // a repeat, or an answer to an offer that was rolled back
    }
    this.#clock.cancel(this.#answerTimer);
    this.#settingAnswer = true;
    try {
      await this.pc.setRemoteDescription(signal.description);
    } finally {
      this.#settingAnswer = false;
    }
    await this.#flushCandidates(signal.negotiationId);
  }

  async #candidate(negotiationId: string, candidate: RTCIceCandidateInit | null): Promise<void> {
    if (negotiationId === this.#ignored) return;
    if (!this.#describes(negotiationId)) {
      if (this.#waitingCandidates.length < CANDIDATES_MAX) this.#waitingCandidates.push({ negotiationId, candidate });
      return;
    }
    await this.#addCandidate(candidate);
  }

  /** Whether the remote description of this negotiation is in place. */
  #describes(negotiationId: string): boolean {
    if (this.pc.remoteDescription === null) return false;
    if (this.#answered?.negotiationId === negotiationId) return true;
    return this.#sentOffer?.negotiationId === negotiationId && this.pc.signalingState === "stable";
  }

  async #flushCandidates(negotiationId: string): Promise<void> {
    const waiting = this.#waitingCandidates;
    this.#waitingCandidates = [];
    for (const one of waiting) {
      if (one.negotiationId === negotiationId) await this.#addCandidate(one.candidate);
    }
  }

  async #addCandidate(candidate: RTCIceCandidateInit | null): Promise<void> {
    try {
      await this.pc.addIceCandidate(candidate ?? undefined);
    } catch (error) {
      // A candidate of a generation that is over. The next restart brings new ones.
      if (!this.#closed) console.debug("candidate not taken", error);
    }
  }

  #send(signal: Signal): void {
    if (this.#closed) return;
    this.#options.send(signal).catch(() => {
      // Offers are repeated until answered, answers on request; a lost candidate is one of many.
    });
  }

  // --- keeping it alive ---

  #isUp(): boolean {
    const { connectionState, iceConnectionState } = this.pc;
    return connectionState === "connected" && iceConnectionState !== "disconnected" && iceConnectionState !== "failed";
  }

  #connectionChanged(): void {
    if (this.#closed) return;
    if (this.#isUp()) {
      this.#settled();
    } else if (this.pc.connectionState === "failed" || this.pc.iceConnectionState === "failed") {
      this.#downSince();
      this.#careAgain(this.#options.polite ? POLITE_EXTRA_MS : 0);
      if (this.#state !== "failed") this.#become("reconnecting");
    } else if (this.pc.iceConnectionState === "disconnected" || this.pc.connectionState === "disconnected") {
      if (this.#state !== "connected") return;
      this.#become("unstable");
      this.#downSince();
      this.#careAgain(UNSTABLE_MS + (this.#options.polite ? POLITE_EXTRA_MS : 0));
    }
  }

  #settled(): void {
    this.#everConnected = true;
    this.#clock.cancel(this.#careTimer);
    this.#clock.cancel(this.#giveUpTimer);
    this.#careTimer = this.#giveUpTimer = undefined;
    this.#become("connected");
  }

  #downSince(): void {
    this.#giveUpTimer ??= this.#clock.after(GIVE_UP_MS, () => this.#giveUp());
  }

  #careAgain(delayMs: number): void {
    this.#clock.cancel(this.#careTimer);
    this.#careTimer = this.#clock.after(delayMs, () => void this.restart());
  }

  #giveUp(): void {
    this.#giveUpTimer = undefined;
    if (this.#isUp()) return;
    this.#clock.cancel(this.#careTimer);
    this.#careTimer = undefined;
    this.#become("failed");
  }

  #become(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onState(state);
  }

  async #freshServers(): Promise<void> {
    let late: Timer | undefined;
    const wait = new Promise<undefined>((resolve) => {
      late = this.#clock.after(SERVERS_WAIT_MS, () => resolve(undefined));
    });
    const iceServers = await Promise.race([this.#options.servers().catch(() => undefined), wait]);
    this.#clock.cancel(late);
    if (iceServers === undefined || this.#closed) return;
    try {
      this.pc.setConfiguration({ ...this.#options.config, iceServers });
    } catch (error) {
      console.debug("the old relay credentials stay", error);
    }
  }
}

function randomId(): string {
  return crypto.randomUUID();
}
