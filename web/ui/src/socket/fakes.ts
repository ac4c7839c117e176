/** A clock that only moves when told, and a socket whose other end is the test. Tests only. */
import type { Clock, Timer } from "./clock";
import type { Json } from "./frames";
import type { Wire } from "./client";

export class FakeClock implements Clock {
  #now = 0;
  #next = 1;
  #timers = new Map<number, { at: number; run: () => void }>();
  /** What `random` answers. */
  chance = 0.5;

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  after(delayMs: number, run: () => void): Timer {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + delayMs, run });
    return { id };
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.#timers.delete(timer.id as number);
  }

  /** Lets time pass, running what falls due in order, and promises in between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, t]) => t.at <= end).sort((a, b) => a[1].at - b[1].at || a[0] - b[0])[0];
      if (due === undefined) break;
      this.#now = Math.max(this.#now, due[1].at);
      this.#timers.delete(due[0]);
      due[1].run();
      await settle();
    }
    this.#now = end;
  }

  get timers(): number {
    return this.#timers.size;
  }
}

/** Lets every promise that can go on, go on: all microtasks run before the next macrotask. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void globalThis.setTimeout(resolve, 0));
}

export interface SentFrame {
  type: string;
  id?: string;
  ack?: number;
  data: Json;
}

export class FakeWire implements Wire {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly sent: SentFrame[] = [];
  closedWith: number | undefined;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as SentFrame);
  }

  close(code?: number): void {
    this.closedWith = code ?? 1005;
  }

  // --- the server's side ---

  opens(): void {
    this.onopen?.(undefined as never);
  }

  says(frame: { type: string; id?: string; seq?: number; data?: Json }): void {
    this.onmessage?.({ data: JSON.stringify({ ts: 0, data: {}, ...frame }) });
  }

  cuts(code = 1006): void {
    this.onclose?.({ code, reason: "" });
  }

  last(type: string): SentFrame | undefined {
    return [...this.sent].reverse().find((frame) => frame.type === type);
  }
}
