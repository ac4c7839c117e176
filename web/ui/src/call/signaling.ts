/**
 * What two peers say to each other through the server: offers, answers, candidates, and the relay's
 * addresses and credentials that their connections are made with. Carries, decides nothing.
 */
import type { IceCandidate, IcePolicy, IceServer } from "../generated/protocol";
import { browserServer, connectionConfig } from "../rtc/config";
import type { Signal } from "../rtc/peer-link";
import type { SocketClient } from "../socket/client";
import type { Clock } from "../socket/clock";

/** What came with the join a moment ago need not be asked for again: it would cost a round trip. */
const FRESH_MS = 5_000;

export class Signaling {
  readonly #socket: SocketClient;
  readonly #roomId: string;
  readonly #relayOnly: boolean;
  #servers: IceServer[] = [];
  #policy: IcePolicy = "all";
  #givenAt = -Infinity;
  readonly #clock: Clock;

  constructor(socket: SocketClient, clock: Clock, roomId: string, relayOnly: boolean) {
    this.#socket = socket;
    this.#clock = clock;
    this.#roomId = roomId;
    this.#relayOnly = relayOnly;
  }

  /** For a connection that is made now. */
  config(): RTCConfiguration {
    return connectionConfig(this.#servers, this.#policy, this.#relayOnly);
  }

  /** What the server handed out; an empty list (a seat that is kept) changes nothing. */
  given(servers: IceServer[], policy: IcePolicy): void {
    if (servers.length > 0) {
      this.#servers = servers;
      this.#givenAt = this.#clock.now();
    }
    this.#policy = policy;
  }

  async fresh(): Promise<RTCIceServer[]> {
    if (this.#clock.now() - this.#givenAt > FRESH_MS) {
      const reply = await this.#socket.request("ice-servers", { roomId: this.#roomId }, { again: true });
      this.given(reply.iceServers, reply.policy);
    }
    return this.#servers.map(browserServer);
  }

  async send(to: string, signal: Signal): Promise<void> {
    const roomId = this.#roomId;
    const { negotiationId } = signal;
    if (signal.kind === "candidate") {
      const candidate = signal.candidate as IceCandidate | null;
      this.#socket.send("ice-candidate", { roomId, to, negotiationId, candidate });
    } else if (signal.kind === "offer") {
      const offer = { type: "offer", sdp: signal.description.sdp } as const;
      const restart = signal.iceRestart ? { iceRestart: true } : {};
      await this.#socket.request("offer", { roomId, to, negotiationId, offer, ...restart }, { again: true });
    } else {
      const answer = { type: "answer", sdp: signal.description.sdp } as const;
      await this.#socket.request("answer", { roomId, to, negotiationId, answer }, { again: true });
    }
  }

  /** Hands every signal of a peer of this room to `received`; returns the unsubscribers. */
  listen(received: (from: string, signal: Signal) => void): (() => void)[] {
    const ours = (roomId: string) => roomId === this.#roomId;
    return [
      this.#socket.on("offer", ({ roomId, from, negotiationId, offer, iceRestart }) => {
        const restart = iceRestart === true;
        if (ours(roomId)) received(from, { kind: "offer", negotiationId, description: offer, iceRestart: restart });
      }),
      this.#socket.on("answer", ({ roomId, from, negotiationId, answer }) => {
        if (ours(roomId)) received(from, { kind: "answer", negotiationId, description: answer });
      }),
      this.#socket.on("ice-candidate", ({ roomId, from, negotiationId, candidate }) => {
        const init = (candidate ?? null) as RTCIceCandidateInit | null;
        if (ours(roomId)) received(from, { kind: "candidate", negotiationId, candidate: init });
      }),
    ];
  }
}
