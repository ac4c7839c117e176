/**
 * Notices that nothing arrives any more, long before ICE does (5 s): the times of the last packets
 * are cheap to read, and only when they stand still are the bytes of the whole connection compared.
 * One silence is told once: a restart is the answer, and if ICE still stands after that, the other
 * side just sends nothing (a phone in a pocket).
 */
import type { Clock, Timer } from "../socket/clock";

export interface EarOptions {
  pc: RTCPeerConnection;
  clock: Clock;
  /** The other side has something to send: a microphone or a camera that is on. */
  expects: () => boolean;
  tell: (news: { kind: "silent" | "heard" }) => void;
}

const LISTEN_EVERY_MS = 500;
/** Sound and picture come many times a second. */
const SUSPECT_MS = 1_000;
/** Reports about our own media come at least this often. */
const CONFIRM_MS = 1_000;
/** A restart that helped is heard by then. */
const FORGIVE_MS = 5_000;

export class Ear {
  readonly #options: EarOptions;
  #timer: Timer | undefined;
  #mark = "";
  #movedAt: number;
  #silentSince: number | undefined;
  #told = false;
  #confirming = false;
  #closed = false;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#movedAt = options.clock.now();
    if (typeof options.pc.getReceivers === "function") this.#again();
  }

  /** The network may be another one: compare the bytes now. */
  check(): void {
    if (this.#mark !== "" && this.#silentSince === undefined) void this.#confirm();
  }

  close(): void {
    this.#closed = true;
    this.#options.clock.cancel(this.#timer);
  }

  #again(): void {
    this.#timer = this.#options.clock.after(LISTEN_EVERY_MS, () => {
      this.#again();
      this.#listen();
    });
  }

  #listen(): void {
    const { clock, pc, expects } = this.#options;
    const now = clock.now();
    const mark = markOf(pc);
    if (mark !== this.#mark) {
      this.#mark = mark;
      this.#movedAt = now;
      this.#told = false;
      if (this.#silentSince !== undefined) this.#forgive();
    } else if (this.#silentSince !== undefined) {
      if (now - this.#silentSince >= FORGIVE_MS) this.#forgive();
    } else if (mark !== "" && !this.#told && expects() && now - this.#movedAt >= SUSPECT_MS) {
      void this.#confirm();
    }
  }

  #forgive(): void {
    this.#silentSince = undefined;
    this.#options.tell({ kind: "heard" });
  }

  async #confirm(): Promise<void> {
    if (this.#confirming) return;
    this.#confirming = true;
    const { clock, pc, expects, tell } = this.#options;
    const before = await bytesReceived(pc);
    await new Promise<void>((resolve) => clock.after(CONFIRM_MS, resolve));
    const after = this.#closed ? undefined : await bytesReceived(pc);
    this.#confirming = false;
    if (this.#closed || before === undefined || before !== after || !expects() || this.#told) return;
    this.#told = true;
    this.#silentSince = clock.now();
    tell({ kind: "silent" });
  }
}

/** Changes with every packet that reached an ear or an eye; empty when there is none (yet, any more). */
function markOf(pc: RTCPeerConnection): string {
  return pc
    .getReceivers()
    .flatMap((receiver) => receiver.getSynchronizationSources?.() ?? [])
    .map(({ source, timestamp }) => `${source}:${timestamp}`)
    .join(" ");
}

async function bytesReceived(pc: RTCPeerConnection): Promise<number | undefined> {
  const report = await pc.getStats().catch(() => undefined);
  let bytes: number | undefined;
  report?.forEach((entry: { type: string; bytesReceived?: number }) => {
    // The transport counts everything; where there is none, the streams count the media.
    if (entry.type === "transport" || entry.type === "inbound-rtp") bytes = (bytes ?? 0) + (entry.bytesReceived ?? 0);
  });
  return bytes;
}
