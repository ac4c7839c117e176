/**
 * The media connection to one remote peer: perfect negotiation, queued candidates, and the care for
 * a connection that broke. No DOM, no socket: what must be sent goes to `send`, what arrives comes
 * to `receive`, one at a time.
 *
 * Roles. The newcomer offers first (`initiator`); later both may offer, and when both do at once the
 * polite one yields. Only the initiator adds transceivers; the other side adopts those that the
 * first offer brings, so that voice, camera and screen each have exactly one m-line for ever, in
 * this order, and every later change of device is a replaceTrack without a new offer. Where the
 * other side has no third m-line, the screen goes in place of the camera.
 */
import type { Clock, Timer } from "../socket/clock";
import { sendWholePicture } from "./key-frame";
import { PromiseQueue } from "./queue";
import { type LinkState, Recovery, type RecoveryInput } from "./recovery";
import { ufragOf, withVideoCeiling } from "./sdp";

export type Description = { type: "offer" | "answer"; sdp: string };

export type Signal =
  | { kind: "offer"; negotiationId: string; description: Description; iceRestart: boolean }
  | { kind: "answer"; negotiationId: string; description: Description }
  | { kind: "candidate"; negotiationId: string; candidate: RTCIceCandidateInit | null };

/** `video` is the camera. */
export type MediaKind = "audio" | "video" | "screen";

/** In the order of the m-lines. */
const LINES = ["audio", "video", "screen"] as const;
const sortOf = (kind: MediaKind): "audio" | "video" => (kind === "audio" ? "audio" : "video");

/** What we want of the other side's picture: all, at most so many kbit/s, or none. */
export type PictureWish = "full" | "none" | { maxKbps: number };

export interface PeerLinkOptions {
  initiator: boolean;
  /** At the beginning; see `wish`. */
  picture?: PictureWish;
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

/** An offer without an answer is sent again, the same one. */
const ANSWER_WAIT_MS = 8_000;
/** An offer this old that meets one of the other side's was lost: signals take less. */
const OFFER_LOST_MS = 1_000;
const SERVERS_WAIT_MS = 3_000;
/** Candidates that wait for a description; more than any browser gathers. */
const CANDIDATES_MAX = 256;

export class PeerLink {
  readonly pc: RTCPeerConnection;
  readonly #options: PeerLinkOptions;
  readonly #clock: Clock;
  readonly #queue = new PromiseQueue((error) => console.warn("negotiation step failed", error));
  readonly #tracks: Record<MediaKind, MediaStreamTrack | null>;
  readonly #senders: Record<MediaKind, RTCRtpTransceiver | undefined> = {
    audio: undefined,
    video: undefined,
    screen: undefined,
  };
  #waitingCandidates: { negotiationId: string; candidate: RTCIceCandidateInit | null }[] = [];
  #makingOffer = false;
  #settingAnswer = false;
  #ignored: string | undefined;
  #localNegotiation = "";
  #sentOffer: Extract<Signal, { kind: "offer" }> | undefined;
  #answered: Extract<Signal, { kind: "answer" }> | undefined;
  #sentOfferAt = -Infinity;
  readonly #recovery: Recovery;
  #recoveryTimer: Timer | undefined;
  #restarting = false;
  #restarts = 0;
  #picture: PictureWish;
  /** The wish as the other side knows it. */
  #toldPicture: PictureWish = "full";
  #closed = false;
  #answerTimer: Timer | undefined;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#tracks = { ...options.tracks };
    this.#picture = options.picture ?? "full";
    const create = options.create ?? ((config) => new RTCPeerConnection(config));
    this.pc = create(options.config);
    this.#listen();
    this.#recovery = new Recovery(options.polite, this.#clock.now());
    this.#arm();
    if (options.initiator) this.#addTransceivers();
  }

  get state(): LinkState {
    return this.#recovery.state;
  }

  /** How often it was begun anew, by either side. */
  get restarts(): number {
    return this.#restarts;
  }

  /** What is sent of a kind, once there is an m-line for it. */
  sender(kind: MediaKind): RTCRtpSender | undefined {
    return this.#senders[kind]?.sender;
  }

  /** Takes one signal of the other side. */
  receive(signal: Signal): Promise<void> {
    return this.#queue.add(() => this.#handle(signal));
  }

  /** Swaps what is sent: another device, the screen, or nothing. Never negotiates. */
  async setTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    this.#tracks[kind] = track;
    const line = kind === "screen" && this.#senders.screen === undefined ? "video" : kind;
    if (!this.#closed) await this.#fill(line);
  }

  /** Puts on an m-line what belongs there now. */
  async #fill(line: MediaKind): Promise<void> {
    const sender = this.#senders[line]?.sender;
    if (sender === undefined) return;
    const screenToo = line === "video" && this.#senders.screen === undefined;
    const track = (screenToo ? this.#tracks.screen : null) ?? this.#tracks[line];
    await sender.replaceTrack(track);
    if (track !== null) this.#options.tune?.(sender, line);
  }

  /** News for the machine that decides when to begin anew. */
  tell(input: RecoveryInput): void {
    if (this.#closed) return;
    for (const effect of this.#recovery.handle(input, this.#clock.now())) {
      if (effect.kind === "show") this.#options.onState(effect.state);
      else void this.#restart();
    }
    this.#arm();
  }

  /** What we want of their picture from now on; negotiated at once, without touching the way. */
  wish(picture: PictureWish): void {
    this.#picture = picture;
    void this.#queue.add(() => this.#tellWish());
  }

  /** The other side can be reached again: an offer that it may have missed goes out once more. */
  repeatOffer(): void {
    if (this.pc.signalingState === "have-local-offer") this.#sendOffer();
  }

  close(): void {
    this.#closed = true;
    for (const timer of [this.#recoveryTimer, this.#answerTimer]) this.#clock.cancel(timer);
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
      const line = this.#lineOf(transceiver);
      if (line !== undefined) this.#options.onTrack(line, track);
    };
    pc.onconnectionstatechange = () => this.#connectionChanged();
    pc.oniceconnectionstatechange = () => this.#connectionChanged();
  }

  #addTransceivers(): void {
    for (const line of LINES) {
      const track = this.#tracks[line];
      const { stream } = this.#options;
      // A screen is not kept in step with the voice: it would hold the voice back.
      const streams = stream === undefined || line === "screen" ? {} : { streams: [stream] };
      const transceiver = this.pc.addTransceiver(track ?? sortOf(line), { direction: "sendrecv", ...streams });
      this.#senders[line] = transceiver;
      if (track !== null) this.#options.tune?.(transceiver.sender, line);
    }
  }

  /** What an m-line is for; undefined for one that was rolled back and never carries anything. */
  #lineOf(transceiver: RTCRtpTransceiver): MediaKind | undefined {
    const known = LINES.find((line) => this.#senders[line] === transceiver);
    return known ?? LINES.find((line) => this.#negotiated(line) === transceiver);
  }

  /** The m-line that the descriptions have for this. */
  #negotiated(line: MediaKind): RTCRtpTransceiver | undefined {
    const ofSort = this.pc.getTransceivers().filter((t) => t.mid !== null && t.receiver.track.kind === sortOf(line));
    return ofSort[line === "screen" ? 1 : 0];
  }

  /** After a remote offer: its m-lines are the ones, ours (if glare rolled them back) are not. */
  async #adoptTransceivers(): Promise<void> {
    const fresh: MediaKind[] = [];
    for (const line of LINES) {
      const adopted = this.#negotiated(line);
      if (this.#senders[line] === adopted) continue;
      this.#senders[line] = adopted;
      if (adopted === undefined) continue;
      adopted.direction = "sendrecv";
      if (this.#options.stream !== undefined && line !== "screen") adopted.sender.setStreams?.(this.#options.stream);
      fresh.push(line);
    }
    for (const stale of this.pc.getTransceivers()) if (stale.mid === null) stale.stop();
    for (const line of fresh) await this.#fill(line);
  }

  /** Which way our picture and theirs may go, by our wish. */
  #direct(): void {
    const direction = this.#picture === "none" ? "sendonly" : "sendrecv";
    const lines = [this.#senders.video, this.#senders.screen].filter((line) => line !== undefined);
    if (lines.length === 0) return;
    for (const line of lines) if (line.direction !== direction) line.direction = direction;
    this.#toldPicture = this.#picture;
  }

  /** Our description as the other side gets it. */
  #worded(sdp: string): string {
    return withVideoCeiling(sdp, typeof this.#picture === "object" ? this.#picture.maxKbps : undefined);
  }

  async #tellWish(): Promise<void> {
    const known = JSON.stringify(this.#toldPicture) === JSON.stringify(this.#picture);
    // Before the first answer and within another negotiation it goes with what comes next.
    if (known || this.#closed || this.pc.signalingState !== "stable" || this.pc.remoteDescription === null) return;
    await this.#offer();
  }

  async #offer(): Promise<void> {
    if (this.#closed) return;
    const before = this.#localNegotiation;
    const ufragBefore = ufragOf(this.pc.currentLocalDescription?.sdp);
    this.#direct();
    this.#makingOffer = true;
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
        description: { type: "offer", sdp: this.#worded(description.sdp) },
        iceRestart: ufragBefore !== undefined && ufragOf(description.sdp) !== ufragBefore,
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
    this.#sentOfferAt = this.#clock.now();
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
      // The other side did not get our answer; it is still the right one, even below an offer of ours.
      this.#send(this.#answered);
      return;
    }
    const ready = !this.#makingOffer && (this.pc.signalingState === "stable" || this.#settingAnswer);
    if (!ready && !this.#options.polite) {
      this.#ignored = signal.negotiationId;
      // They would have yielded to ours if they had it.
      if (this.#clock.now() - this.#sentOfferAt > OFFER_LOST_MS) this.#sendOffer();
      return;
    }
    if (signal.iceRestart) {
      this.#restarts++;
      this.tell({ kind: "begun" });
      await this.#freshServers();
      if (this.#closed) return;
    }
    await this.pc.setRemoteDescription(signal.description);
    this.#clock.cancel(this.#answerTimer);
    await this.#adoptTransceivers();
    this.#direct();
    this.#localNegotiation = signal.negotiationId;
    await this.pc.setLocalDescription();
    const description = this.pc.localDescription;
    if (description === null || description.type !== "answer") return;
    this.#answered = {
      kind: "answer",
      negotiationId: signal.negotiationId,
      description: { type: "answer", sdp: this.#worded(description.sdp) },
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
    await this.#dropRefused();
    await this.#flushCandidates(signal.negotiationId);
    await this.#tellWish();
  }

  /** An answer that wants no third m-line: the screen goes in place of the camera from now on. */
  async #dropRefused(): Promise<void> {
    if (this.#senders.screen?.currentDirection !== "stopped") return;
    this.#senders.screen = undefined;
    await this.#fill("video");
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
    const { connectionState, iceConnectionState } = this.pc;
    const either = (state: string) => connectionState === state || iceConnectionState === state;
    if (this.#isUp()) this.#watchWay();
    const state = this.#isUp() ? "up" : either("failed") ? "failed" : either("disconnected") ? "disconnected" : "trying";
    this.tell({ kind: "ice", state });
  }

  /** Another way, with or without a word of ICE about it: what was on the old one is lost. */
  #watchWay(): void {
    const way = this.#senders.video?.sender.transport?.iceTransport;
    if (way === undefined || way.onselectedcandidatepairchange !== null) return;
    way.onselectedcandidatepairchange = () => {
      for (const line of [this.#senders.video, this.#senders.screen]) sendWholePicture(line?.sender);
    };
  }

  #arm(): void {
    this.#clock.cancel(this.#recoveryTimer);
    const { deadline } = this.#recovery;
    if (deadline === undefined) return;
    this.#recoveryTimer = this.#clock.after(Math.max(0, deadline - this.#clock.now()), () => this.tell({ kind: "time" }));
  }

  /** Begins anew with ICE: fresh credentials, fresh candidates, the same media. */
  async #restart(): Promise<void> {
    if (this.#restarting) return;
    this.#restarting = true;
    await this.#queue.add(async () => {
      await this.#freshServers();
      this.#restarting = false;
      if (this.#closed || (this.pc.remoteDescription === null && !this.#options.initiator)) return;
      this.#restarts++;
      this.tell({ kind: "begun" });
      this.pc.restartIce();
      // An offer that nobody answered names ways that may be gone; the new one takes its place.
      if (this.pc.signalingState === "have-local-offer") await this.#offer();
    });
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
