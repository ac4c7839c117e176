/**
 * Time and chance as arguments, so that an hour of reconnecting runs in a test within a millisecond.
 * Never read Date, Math.random or setTimeout elsewhere in `socket` and `rtc`.
 */
/** A running timer; hand it back to `cancel`. */
export type Timer = { readonly id: unknown };

export interface Clock {
  /** Milliseconds on a clock that never goes back (not the wall clock). */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls `run` once after `delayMs`. */
  after(delayMs: number, run: () => void): Timer;
  cancel(timer: Timer | undefined): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  random: () => Math.random(),
  after: (delayMs, run) => ({ id: globalThis.setTimeout(run, delayMs) }),
  cancel: (timer) => {
    if (timer !== undefined) globalThis.clearTimeout(timer.id as number);
  },
};
