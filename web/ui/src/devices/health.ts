/**
 * Whether what our microphone and camera give is alive: a pure machine, fed twice a second. A device
 * can be on and still send nothing: a switch on the headset, a lid over the lens, a system that took
 * it away. And a person can speak into a microphone that is off.
 */
export type Ailment =
  /** The system or a switch on the device holds it back. */
  | "held"
  /** It runs and gives nothing. */
  | "dead";

export interface Vitals {
  microphone: {
    on: boolean;
    /** 0 to 1; undefined where it cannot be measured. */
    level: number | undefined;
    /** The track says that its source is held back. */
    held: boolean;
    /** Any sample that is not zero since the last reading. */
    alive: boolean;
  };
  camera: {
    on: boolean;
    held: boolean;
    /** Pictures so far; undefined where they are not counted. */
    frames: number | undefined;
  };
  /** A hidden page paints nothing, so nothing can be counted. */
  visible: boolean;
}

export interface Health {
  microphone: Ailment | undefined;
  camera: Ailment | undefined;
  /** Somebody speaks, and the microphone is off. */
  talkingMuted: boolean;
}

export const WELL: Health = { microphone: undefined, camera: undefined, talkingMuted: false };

const HELD_MS = 2_000;
/** No room is as quiet as this for so long, not even behind a noise filter that hears nobody. */
const SILENT_MS = 12_000;
const STILL_MS = 6_000;
/** Speech, not a chair. */
const SPEECH = 0.5;
const TALK_MS = 1_000;
const TALK_FORGET_MS = 4_000;
const PAUSE_MS = 700;

export class HealthWatch {
  #micHeldSince: number | undefined;
  #silentSince: number | undefined;
  #camHeldSince: number | undefined;
  #stillSince: number | undefined;
  #frames: number | undefined;
  #talkSince: number | undefined;
  #talkedAt = -Infinity;
  #talkingMuted = false;

  read({ microphone, camera, visible }: Vitals, now: number): Health {
    this.#micHeldSince = since(this.#micHeldSince, microphone.on && microphone.held, now);
    const silent = microphone.on && !microphone.alive && microphone.level !== undefined;
    this.#silentSince = since(this.#silentSince, silent, now);
    this.#camHeldSince = since(this.#camHeldSince, camera.on && camera.held, now);
    const still = camera.on && visible && camera.frames !== undefined && camera.frames === this.#frames;
    this.#frames = camera.on && visible ? camera.frames : undefined;
    this.#stillSince = since(this.#stillSince, still, now);
    this.#hearMuted(microphone, now);
    return {
      microphone: lasted(this.#micHeldSince, HELD_MS, now) ? "held" : lasted(this.#silentSince, SILENT_MS, now) ? "dead" : undefined,
      camera: lasted(this.#camHeldSince, HELD_MS, now) ? "held" : lasted(this.#stillSince, STILL_MS, now) ? "dead" : undefined,
      talkingMuted: this.#talkingMuted,
    };
  }

  #hearMuted({ on, level }: Vitals["microphone"], now: number): void {
    if (on || level === undefined) {
      this.#talkSince = undefined;
      this.#talkingMuted = false;
      this.#talkedAt = -Infinity;
      return;
    }
    if (level >= SPEECH) {
      if (now - this.#talkedAt > PAUSE_MS) this.#talkSince = now;
      this.#talkSince ??= now;
      this.#talkedAt = now;
      if (now - this.#talkSince >= TALK_MS) this.#talkingMuted = true;
    } else if (now - this.#talkedAt >= TALK_FORGET_MS) this.#talkingMuted = false;
  }
}

const since = (before: number | undefined, holds: boolean, now: number): number | undefined =>
  holds ? (before ?? now) : undefined;
const lasted = (from: number | undefined, ms: number, now: number): boolean => from !== undefined && now - from >= ms;
