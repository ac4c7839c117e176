/**
 * How long to wait before the next attempt: full jitter, so that ten thousand clients do not come
 * back in step after a restart.
 */
import type { Clock } from "./clock";

const BASE_MS = 300;
const CAP_MS = 15_000;
/** In a call: three to six times a second for about 20 s, which a restart takes; then once or twice. */
const EAGER_MS = 150;
const EAGER_ATTEMPTS = 80;
const EAGER_LATER_MS = 600;
const EAGER_LATER_ATTEMPTS = 160;
/** A connection that lived this long forgives all earlier failures. */
export const STABLE_AFTER_MS = 30_000;
/** One that lived this long forgives all but one: the server is there, and a call is waiting. */
export const ALIVE_AFTER_MS = 5_000;

export class Backoff {
  #failures = 0;
  /** A call hangs on it: a relay that is back must be known within half a second. */
  eager = false;

  constructor(private readonly clock: Pick<Clock, "random">) {}

  /** The wait before the next attempt, in ms. The first one is immediate. */
  next(): number {
    const failures = this.#failures++;
    if (failures === 0) return 0;
    if (this.eager && failures <= EAGER_ATTEMPTS) return EAGER_MS * (1 + this.clock.random());
    if (this.eager && failures <= EAGER_LATER_ATTEMPTS) return EAGER_LATER_MS * (1 + this.clock.random());
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
    return this.clock.random() * ceiling;
  }

  /** How many attempts have been handed out since the last reset. */
  get attempts(): number {
    return this.#failures;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** See `ALIVE_AFTER_MS`. */
  ease(): void {
    this.#failures = Math.min(this.#failures, 1);
  }
}
