/**
 * Knocks at the room until it is answered: once at a time, again when the server was too busy or
 * did not answer. What the answer means is the session's affair.
 */
import type { JoinAck, JoinRoom } from "../generated/protocol";
import type { SocketClient } from "../socket/client";
import type { Clock, Timer } from "../socket/clock";
import type { RequestError } from "../socket/frames";

const JOIN_TIMEOUT_MS = 15_000;
const JOIN_AGAIN_MS = 2_000;

export interface EntranceOptions {
  socket: SocketClient;
  clock: Clock;
  /** What `join-room` says at this moment. */
  words: () => JoinRoom;
  joined: (reply: JoinAck) => void;
  /** For good; waiting does not help. */
  refused: (error: RequestError) => void;
}

export class Entrance {
  readonly #options: EntranceOptions;
  #knocking = false;
  #closed = false;
  #timer: Timer | undefined;

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  async knock(): Promise<void> {
    if (this.#knocking || this.#closed) return;
    this.#knocking = true;
    const { socket, words, joined } = this.#options;
    try {
      joined(await socket.request("join-room", words(), { again: true, timeoutMs: JOIN_TIMEOUT_MS }));
    } catch (error) {
      this.#failed(error as RequestError);
    } finally {
      this.#knocking = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#options.clock.cancel(this.#timer);
  }

  #failed(error: RequestError): void {
    if (this.#closed || error.code === "disconnected") return; // the next welcome knocks again
    const { clock, socket, refused } = this.#options;
    const busy = error.retryable || ["timeout", "rate_limited", "unavailable"].includes(error.code);
    if (!busy) return refused(error);
    clock.cancel(this.#timer);
    this.#timer = clock.after(Math.max(JOIN_AGAIN_MS, error.retryAfterMs), () => {
      if (socket.state.name === "ready") void this.knock();
    });
  }
}
