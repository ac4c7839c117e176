/**
 * The rtc.v1 client: one logical session over as many sockets as it takes. No DOM in here; the
 * socket, the clock, the token and the signs of a changed network are handed in.
 *
 * What it promises to the floor above:
 * * reliable events arrive once, in order, over any number of cuts, or `onReset` says that some are
 *   lost and the state must be read anew;
 * * a request is answered, or rejects with a RequestError; one marked `again` survives a cut;
 * * `state` always has a word for what is going on.
 */
import { ALIVE_AFTER_MS, Backoff, STABLE_AFTER_MS } from "./backoff";
import { type Clock, type Timer, systemClock } from "./clock";
import {
  type CommandName,
  type Commands,
  type EventName,
  type Events,
  SUBPROTOCOL,
  type Welcome,
} from "../generated/protocol";
import { type Incoming, type Json, RequestError, parseFrame } from "./frames";
import { type StopReason, verdictOf } from "./verdict";

/** Attempts that may fail before the server is asked whether it is there. */
const ASK_FIRST_AFTER = 3;
const ACK_EVERY_MS = 5_000;
const ACK_EVERY_EVENTS = 32;
const OPEN_TIMEOUT_MS = 10_000;
/** During a call: a line that needs longer for a handshake carries no picture either. */
const EAGER_OPEN_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 3_000;
const EAGER_PROBE_TIMEOUT_MS = 1_500;
const LIVENESS_MARGIN_MS = 15_000;
/** Requests and sends that may wait for a socket; the oldest is refused beyond that. */
const OUTBOX_MAX = 256;

/** The part of WebSocket that is used. */
export interface Wire {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
}

/** An access token. `fresh`: the last one was refused or is too old, fetch another. */
export type TokenSource = (wish: { fresh: boolean }) => Promise<string>;

/** Thrown by a TokenSource when only a new login helps; anything else counts as "try later". */
export class SignedOut extends Error {
  constructor() {
    super("signed out");
    this.name = "SignedOut";
  }
}

/** Signs that the network changed; each returns its unsubscriber. */
export interface Surroundings {
  onOnline(run: () => void): () => void;
  onVisible(run: () => void): () => void;
}

export interface SocketOptions {
  url: string;
  device: { id: string; name?: string; kind: "web" };
  clientVersion?: string;
  token: TokenSource;
  open?: (url: string, subprotocol: string) => Wire;
  clock?: Clock;
  surroundings?: Surroundings;
  /**
   * Whether the server answers at all; asked before an eager attempt. Browsers slow down sockets
   * that fail often, by seconds in the end, and requests they do not.
   */
  reachable?: () => Promise<boolean>;
}

export type SocketState =
  | { name: "idle" }
  | { name: "connecting" }
  | { name: "ready" }
  | { name: "waiting"; attempt: number; retryInMs: number }
  | { name: "stopped"; reason: StopReason };

/** A welcome, and the session that it did not resume (if there was one). */
export interface Welcomed {
  welcome: Welcome;
  resumed: boolean;
  /** There was a session and it is gone: whatever the page knows must be read anew. */
  lost: boolean;
}

interface Pending {
  id: string;
  type: string;
  data: Json;
  again: boolean;
  sent: boolean;
  timer: Timer | undefined;
  resolve: (data: Json) => void;
  reject: (error: RequestError) => void;
}

type Handler = (data: Json) => void;

export class SocketClient {
  readonly #options: SocketOptions;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #stateListeners = new Set<(state: SocketState) => void>();
  readonly #welcomeListeners = new Set<(welcomed: Welcomed) => void>();
  /** Requests without an answer, in the order in which they were made. */
  readonly #pending = new Map<string, Pending>();
  #outbox: { type: string; data: Json }[] = [];
  #state: SocketState = { name: "idle" };
  #wire: Wire | undefined;
  #resume: { sessionId: string; resumeToken: string } | undefined;
  #lastSeq = 0;
  #ackedSeq = 0;
  #nextId = 1;
  #refreshToken = false;
  #protocolErrors = 0;
  #drainRetryMs = 0;
  #silenceMs = 40_000;
  #retryTimer: Timer | undefined;
  #openTimer: Timer | undefined;
  #silenceTimer: Timer | undefined;
  #probeTimer: Timer | undefined;
  #stableTimer: Timer | undefined;
  #ackTimer: Timer | undefined;
  #unsubscribe: (() => void)[] = [];
  /** Grows with every attempt; what an older attempt still wanted to do is recognised by it. */
  #attempt = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(this.#clock);
  }

  get state(): SocketState {
    return this.#state;
  }

  /** The highest event number that was handed up; for the debug panel and tests. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** A call hangs on this socket (true): come back fast and doubt sooner. */
  set eager(eager: boolean) {
    this.#backoff.eager = eager;
  }

  /** Opens the first socket. Further calls do nothing while it lives. */
  start(): void {
    if (this.#state.name !== "idle" && this.#state.name !== "stopped") return;
    const around = this.#options.surroundings;
    if (around !== undefined && this.#unsubscribe.length === 0) {
      this.#unsubscribe.push(around.onOnline(() => this.#wake()));
      this.#unsubscribe.push(around.onVisible(() => this.#wake()));
    }
    this.#backoff.reset();
    this.#protocolErrors = 0;
    this.#connect();
  }

  /** Says goodbye; nothing reconnects after this until `start`. */
  stop(reason: StopReason = "closed"): void {
    for (const off of this.#unsubscribe) off();
    this.#unsubscribe = [];
    this.#dropWire(1000);
    this.#finish(reason);
  }

  /** Events of one type; returns the unsubscriber. */
  on<K extends EventName>(type: K, handler: (data: Events[K]) => void): () => void {
    const handlers = this.#handlers.get(type) ?? new Set();
    const erased = handler as unknown as Handler;
    handlers.add(erased);
    this.#handlers.set(type, handlers);
    return () => handlers.delete(erased);
  }

  onState(listener: (state: SocketState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Every welcome, resumed or not. Runs before the replayed events. */
  onWelcome(listener: (welcomed: Welcomed) => void): () => void {
    this.#welcomeListeners.add(listener);
    return () => this.#welcomeListeners.delete(listener);
  }

  /**
   * Asks and waits. `again`: the command is idempotent, so it waits for a socket and is sent once
   * more when the answer was lost with a connection.
   */
  request<K extends CommandName>(
    type: K,
    data: Commands[K]["data"],
    wish: { timeoutMs?: number; again?: boolean } = {},
  ): Promise<Commands[K]["reply"]> {
    const again = wish.again ?? false;
    const stopped = this.#state.name === "stopped" || this.#state.name === "idle";
    if (stopped || (!again && this.#state.name !== "ready")) {
      return Promise.reject(new RequestError("disconnected", "No connection to the server.", true));
    }
    if (this.#pending.size >= OUTBOX_MAX) {
      return Promise.reject(new RequestError("unavailable", "Too many requests are waiting.", true));
    }
    return new Promise((resolve, reject) => {
      const id = `c${this.#nextId++}`;
      const pending: Pending = {
        id,
        type,
        data: data as unknown as Json,
        again,
        sent: false,
        timer: undefined,
        resolve: resolve as unknown as (data: Json) => void,
        reject,
      };
      pending.timer = this.#clock.after(wish.timeoutMs ?? REQUEST_TIMEOUT_MS, () => {
        this.#pending.delete(id);
        reject(new RequestError("timeout", "The server did not answer.", true));
      });
      this.#pending.set(id, pending);
      if (this.#state.name === "ready") this.#sendPending(pending);
    });
  }

  /** Sends and forgets. Waits for the socket during a cut; false when the bound is reached. */
  send<K extends CommandName>(type: K, data: Commands[K]["data"]): boolean {
    const frame = { type, data: data as unknown as Json };
    if (this.#state.name === "ready") {
      this.#write(frame);
      return true;
    }
    if (this.#state.name === "stopped" || this.#outbox.length >= OUTBOX_MAX) return false;
    this.#outbox.push(frame);
    return true;
  }

  // --- connecting ---

  #connect(): void {
    this.#clock.cancel(this.#retryTimer);
    this.#retryTimer = undefined;
    const attempt = ++this.#attempt;
    this.#become({ name: "connecting" });
    const { reachable } = this.#options;
    if (reachable === undefined || !this.#backoff.eager || this.#backoff.attempts < ASK_FIRST_AFTER) this.#greet(attempt);
    else
      void reachable().then((yes) => {
        if (attempt !== this.#attempt || this.#state.name !== "connecting") return;
        if (yes) this.#greet(attempt);
        else this.#retryLater(0);
      });
  }

  #greet(attempt: number): void {
    const fresh = this.#refreshToken;
    // Refresh before the socket, never after a refusal: a dead token would reconnect for ever.
    this.#options.token({ fresh }).then(
      (token) => {
        if (attempt !== this.#attempt || this.#state.name !== "connecting") return;
        this.#refreshToken = false;
        this.#open(token);
      },
      (error: unknown) => {
        if (attempt !== this.#attempt || this.#state.name !== "connecting") return;
        if (error instanceof SignedOut) this.#finish("signed-out");
        else this.#retryLater(0);
      },
    );
  }

  #open(token: string): void {
    const open = this.#options.open ?? openWebSocket;
    let wire: Wire;
    try {
      wire = open(this.#options.url, SUBPROTOCOL);
    } catch {
      this.#retryLater(0);
      return;
    }
    this.#wire = wire;
    const patienceMs = this.#backoff.eager ? EAGER_OPEN_TIMEOUT_MS : OPEN_TIMEOUT_MS;
    this.#openTimer = this.#clock.after(patienceMs, () => this.#lost(wire, 4008));
    wire.onopen = () => {
      if (wire !== this.#wire) return;
      const hello: Json = { token, device: this.#options.device };
      if (this.#options.clientVersion !== undefined) hello.clientVersion = this.#options.clientVersion;
      if (this.#resume !== undefined) {
        hello.resume = {
          sessionId: this.#resume.sessionId,
          resumeToken: this.#resume.resumeToken,
          lastSeq: this.#lastSeq,
        };
      }
      wire.send(JSON.stringify({ type: "hello", id: `c${this.#nextId++}`, data: hello }));
    };
    wire.onmessage = (event) => {
      if (wire === this.#wire) this.#received(parseFrame(event.data), wire);
    };
    wire.onclose = (event) => this.#closed(wire, event.code);
  }

  /** Gives a socket up without waiting for its close event, which may take a minute to come. */
  #lost(wire: Wire, code: number): void {
    if (wire !== this.#wire) return;
    wire.close(4000, "lost");
    this.#closed(wire, code);
  }

  #closed(wire: Wire, code: number): void {
    if (wire !== this.#wire) return;
    this.#dropWire();
    const verdict = verdictOf(code);
    if (verdict.kind === "stop") {
      this.#finish(verdict.reason);
      return;
    }
    if (verdict.once && ++this.#protocolErrors > 1) {
      this.#finish("protocol");
      return;
    }
    if (verdict.refreshToken) this.#refreshToken = true;
    for (const pending of [...this.#pending.values()]) {
      if (pending.again) pending.sent = false;
      else if (pending.sent)
        this.#settle(pending.id, new RequestError("disconnected", "The connection was lost.", true));
    }
    // Everybody is sent away at once; who is in a call comes back first.
    const spreadMs = this.#backoff.eager ? this.#clock.random() * 500 : this.#drainRetryMs + this.#clock.random() * 5_000;
    const spread = code === 1012 ? spreadMs : 0;
    this.#drainRetryMs = 0;
    this.#retryLater(Math.max(verdict.atLeastMs, spread));
  }

  #retryLater(atLeastMs: number): void {
    const retryInMs = Math.max(atLeastMs, this.#backoff.next());
    this.#become({ name: "waiting", attempt: this.#backoff.attempts, retryInMs });
    this.#retryTimer = this.#clock.after(retryInMs, () => this.#connect());
  }

  /** The network is back, or somebody looks at the page again. */
  #wake(): void {
    if (this.#state.name === "waiting") this.#connect();
    else if (this.#state.name === "ready") this.#probe();
  }

  /** Tries a wait's end early: the page's "Try now". */
  retryNow(): void {
    this.#wake();
  }

  #probe(): void {
    const wire = this.#wire;
    if (wire === undefined || this.#probeTimer !== undefined) return;
    const patienceMs = this.#backoff.eager ? EAGER_PROBE_TIMEOUT_MS : PROBE_TIMEOUT_MS;
    this.#probeTimer = this.#clock.after(patienceMs, () => {
      this.#probeTimer = undefined;
      this.#lost(wire, 4008);
    });
    this.#write({ type: "ping", id: `p${this.#nextId++}`, data: {} });
  }

  #dropWire(code?: number): void {
    const wire = this.#wire;
    this.#wire = undefined;
    for (const timer of [this.#openTimer, this.#silenceTimer, this.#probeTimer, this.#stableTimer, this.#ackTimer]) {
      this.#clock.cancel(timer);
    }
    this.#openTimer = this.#silenceTimer = this.#probeTimer = this.#stableTimer = this.#ackTimer = undefined;
    if (wire === undefined) return;
    wire.onopen = wire.onmessage = wire.onclose = null;
    if (code !== undefined) {
      if (this.#state.name === "ready" && this.#ackedSeq < this.#lastSeq) {
        wire.send(JSON.stringify({ type: "pong", ack: this.#lastSeq, data: {} }));
      }
      wire.close(code);
    }
  }

  #finish(reason: StopReason): void {
    this.#attempt++;
    this.#clock.cancel(this.#retryTimer);
    this.#dropWire();
    this.#resume = undefined;
    this.#outbox = [];
    this.#become({ name: "stopped", reason });
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id, new RequestError("disconnected", "The connection is closed.", false));
    }
  }

  // --- receiving ---

  #received(frame: Incoming | undefined, wire: Wire): void {
    this.#heard(wire);
    if (frame === undefined) return;
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame.data as unknown as Welcome);
        return;
      case "ack":
        if (frame.id !== undefined) this.#settle(frame.id, frame.data);
        return;
      case "error":
        if (frame.id !== undefined) this.#settle(frame.id, RequestError.from(frame.data));
        return;
      case "ping":
        this.#write({ type: "pong", data: {} });
        return;
      case "auth-expiring":
        void this.#refreshAuth();
        return;
      case "server-draining":
        this.#drainRetryMs = typeof frame.data.retryAfterMs === "number" ? frame.data.retryAfterMs : 0;
        break;
    }
    if (frame.seq !== undefined && !this.#accept(frame.seq, wire)) return;
    this.#emit(frame.type, frame.data);
    // A listener may have said goodbye.
    if (frame.seq !== undefined && wire === this.#wire) this.#scheduleAck();
  }

  /** Whether this event is the next one. A repeat is dropped; a hole asks for a replay. */
  #accept(seq: number, wire: Wire): boolean {
    if (seq <= this.#lastSeq) return false;
    if (seq !== this.#lastSeq + 1) {
      this.#lost(wire, 4030);
      return false;
    }
    this.#lastSeq = seq;
    return true;
  }

  #welcomed(welcome: Welcome): void {
    const lost = this.#resume !== undefined && !welcome.resumed;
    this.#resume = { sessionId: welcome.sessionId, resumeToken: welcome.resumeToken };
    if (!welcome.resumed) {
      this.#lastSeq = welcome.seq;
      this.#ackedSeq = welcome.seq;
    }
    this.#clock.cancel(this.#openTimer);
    this.#openTimer = undefined;
    this.#silenceMs = (welcome.heartbeat?.intervalMs ?? 25_000) + LIVENESS_MARGIN_MS;
    if (this.#wire !== undefined) this.#heard(this.#wire);
    this.#stableTimer = this.#clock.after(ALIVE_AFTER_MS, () => {
      this.#backoff.ease();
      this.#stableTimer = this.#clock.after(STABLE_AFTER_MS - ALIVE_AFTER_MS, () => {
        this.#backoff.reset();
        this.#protocolErrors = 0;
      });
    });
    // What waited belongs to the session that is gone; the listener reads the state anew instead.
    if (lost) this.#forgetWaiting();
    this.#become({ name: "ready" });
    for (const listener of [...this.#welcomeListeners]) listener({ welcome, resumed: welcome.resumed, lost });
    this.#flush();
  }

  #forgetWaiting(): void {
    this.#outbox = [];
    for (const pending of [...this.#pending.values()]) {
      this.#settle(pending.id, new RequestError("disconnected", "The session began anew.", true));
    }
  }

  #flush(): void {
    for (const pending of [...this.#pending.values()]) {
      if (!pending.sent) this.#sendPending(pending);
    }
    const waiting = this.#outbox;
    this.#outbox = [];
    for (const frame of waiting) this.#write(frame);
  }

  async #refreshAuth(): Promise<void> {
    try {
      const token = await this.#options.token({ fresh: true });
      await this.request("auth-refresh", { token });
    } catch (error) {
      if (error instanceof SignedOut) this.stop("signed-out");
      // Otherwise the server closes with 4031 and the reconnect tries again.
    }
  }

  // --- sending ---

  #sendPending(pending: Pending): void {
    pending.sent = true;
    this.#write({ type: pending.type, id: pending.id, data: pending.data });
  }

  #write(frame: { type: string; id?: string; data: Json }): void {
    if (this.#wire === undefined) return;
    const full = this.#ackedSeq < this.#lastSeq ? { ...frame, ack: this.#lastSeq } : frame;
    this.#ackedSeq = this.#lastSeq;
    this.#wire.send(JSON.stringify(full));
  }

  #scheduleAck(): void {
    if (this.#lastSeq - this.#ackedSeq >= ACK_EVERY_EVENTS) {
      this.#write({ type: "pong", data: {} });
    } else if (this.#ackTimer === undefined) {
      this.#ackTimer = this.#clock.after(ACK_EVERY_MS, () => {
        this.#ackTimer = undefined;
        if (this.#ackedSeq < this.#lastSeq) this.#write({ type: "pong", data: {} });
      });
    }
  }

  #settle(id: string, outcome: Json | RequestError): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#clock.cancel(pending.timer);
    if (outcome instanceof RequestError) pending.reject(outcome);
    else pending.resolve(outcome);
  }

  // --- telling ---

  /** Any frame is a sign of life; silence beyond the heartbeat means the line is dead. */
  #heard(wire: Wire): void {
    this.#clock.cancel(this.#probeTimer);
    this.#probeTimer = undefined;
    this.#clock.cancel(this.#silenceTimer);
    this.#silenceTimer = this.#clock.after(this.#silenceMs, () => this.#lost(wire, 4008));
  }

  #become(state: SocketState): void {
    this.#state = state;
    for (const listener of [...this.#stateListeners]) listener(state);
  }

  #emit(type: string, data: Json): void {
    for (const handler of [...(this.#handlers.get(type) ?? [])]) {
      try {
        handler(data);
      } catch (error) {
        // A broken listener must not eat the events of the others.
        console.error("socket handler failed", type, error);
      }
    }
  }
}

function openWebSocket(url: string, subprotocol: string): Wire {
  return new WebSocket(url, subprotocol) as unknown as Wire;
}
