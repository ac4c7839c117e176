/**
 * A peer connection without media: signaling states, rollback, transceivers and negotiationneeded as
 * the specification has them, and ICE states that the test sets. Tests only.
 */
type Desc = { type: "offer" | "answer"; sdp: string };

class FakeSender {
  constructor(public track: unknown) {}
  replaceTrack(track: unknown): Promise<void> {
    this.track = track;
    return Promise.resolve();
  }
}

export class FakeTransceiver {
  mid: string | null = null;
  stopped = false;
  direction: string;
  readonly sender: FakeSender;
  readonly receiver: { track: { kind: string; id: string } };
  constructor(kind: string, track: unknown, direction: string) {
    this.sender = new FakeSender(track);
    this.receiver = { track: { kind, id: `remote-${kind}` } };
    this.direction = direction;
  }
  stop(): void {
    this.stopped = true;
  }
}

export class FakePeerConnection {
  static made = 0;
  /** How many m-lines an offer has; 2 for somebody who knows no screen beside the camera. */
  static linesOffered = 3;
  readonly number = ++FakePeerConnection.made;
  signalingState: "stable" | "have-local-offer" | "have-remote-offer" | "closed" = "stable";
  connectionState = "new";
  iceConnectionState = "new";
  localDescription: Desc | null = null;
  remoteDescription: Desc | null = null;
  currentLocalDescription: Desc | null = null;
  currentRemoteDescription: Desc | null = null;
  onnegotiationneeded: (() => void) | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  configuration: RTCConfiguration;
  readonly candidates: unknown[] = [];
  restarts = 0;
  rollbacks = 0;
  #transceivers: FakeTransceiver[] = [];
  #needed = false;
  #announced = false;
  #generation = 0;
  #restartAsked = false;

  constructor(configuration: RTCConfiguration) {
    this.configuration = configuration;
  }

  getTransceivers(): FakeTransceiver[] {
    return this.#transceivers.filter((t) => !t.stopped);
  }

  addTransceiver(trackOrKind: { kind: string } | string, init: { direction: string }): FakeTransceiver {
    const kind = typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind;
    const transceiver = new FakeTransceiver(kind, typeof trackOrKind === "string" ? null : trackOrKind, init.direction);
    this.#transceivers.push(transceiver);
    this.#needNegotiation();
    return transceiver;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  restartIce(): void {
    this.restarts++;
    this.#restartAsked = true;
    this.#needNegotiation();
  }

  async setLocalDescription(): Promise<void> {
    await Promise.resolve();
    if (this.signalingState === "closed") throw new Error("closed");
    if (this.signalingState === "have-remote-offer") {
      this.localDescription = { type: "answer", sdp: this.#sdp() };
      this.signalingState = "stable";
      this.#stands();
      if (this.#needed) this.#needNegotiation();
    } else {
      if (this.#restartAsked) this.#generation++;
      this.#restartAsked = false;
      this.#needed = false;
      this.localDescription = { type: "offer", sdp: this.#sdp() };
      this.signalingState = "have-local-offer";
    }
    await Promise.resolve();
  }

  async setRemoteDescription(description: Desc): Promise<void> {
    await Promise.resolve();
    if (this.signalingState === "closed") throw new Error("closed");
    if (description.type === "offer") {
      if (this.signalingState === "have-local-offer") {
        this.rollbacks++;
        this.localDescription = null;
        for (const transceiver of this.#transceivers) {
          if (this.remoteDescription === null) transceiver.mid = null;
        }
      }
      this.signalingState = "have-remote-offer";
      this.remoteDescription = description;
      ["audio", "video", "video"].slice(0, FakePeerConnection.linesOffered).forEach((kind, index) => {
        if (this.#transceivers.some((t) => t.mid === String(index))) return;
        const transceiver = new FakeTransceiver(kind, null, "recvonly");
        transceiver.mid = String(index);
        this.#transceivers.push(transceiver);
      });
    } else {
      if (this.signalingState !== "have-local-offer") throw new Error("an answer without an offer");
      this.signalingState = "stable";
      this.remoteDescription = description;
      this.#stands();
      let index = 0;
      for (const transceiver of this.#transceivers) {
        if (!transceiver.stopped && transceiver.mid === null) transceiver.mid = String(index);
        index++;
      }
      if (this.#needed) this.#needNegotiation();
    }
    for (const transceiver of this.getTransceivers()) {
      if (transceiver.mid !== null) this.ontrack?.({ track: transceiver.receiver.track, transceiver });
    }
  }

  async addIceCandidate(candidate?: unknown): Promise<void> {
    await Promise.resolve();
    if (this.remoteDescription === null) throw new Error("The remote description was null");
    this.candidates.push(candidate);
  }

  getStats(): Promise<Map<string, unknown>> {
    return Promise.resolve(new Map());
  }

  close(): void {
    this.signalingState = "closed";
  }

  // --- the test's side ---

  ice(state: "checking" | "connected" | "disconnected" | "failed"): void {
    this.iceConnectionState = state;
    this.connectionState = state === "checking" ? "connecting" : state;
    this.oniceconnectionstatechange?.();
    this.onconnectionstatechange?.();
  }

  gathers(candidate: string): void {
    this.onicecandidate?.({ candidate: { candidate, toJSON: () => ({ candidate, sdpMid: "0" }) } });
  }

  #stands(): void {
    this.currentLocalDescription = this.localDescription;
    this.currentRemoteDescription = this.remoteDescription;
  }

  #sdp(): string {
    return `pc${this.number}\r\na=ice-ufrag:${this.number}-${this.#generation}\r\nm=video 9\r\nc=IN IP4 0.0.0.0\r\n`;
  }

  #needNegotiation(): void {
    this.#needed = true;
    if (this.#announced) return;
    this.#announced = true;
    void Promise.resolve().then(() => {
      this.#announced = false;
      if (this.#needed && this.signalingState === "stable") this.onnegotiationneeded?.();
    });
  }
}
