/**
 * Listens to our own microphone, muted or not, and looks whether our devices are alive. A muted
 * track gives silence, so it is a copy of it that is listened to; nothing of that is sent anywhere.
 */
import { effect, signal } from "@preact/signals";
import { type Health, HealthWatch, WELL } from "./health";
import type { LocalMedia } from "./local-media";
import { amplitude, meter } from "./sound";

const READ_EVERY_MS = 500;

export class OwnVoice {
  readonly health = signal<Health>(WELL);
  /** How loud we are where the others hear us, as an amplitude; 0 while muted. */
  heard = 0;
  /** How many pictures our own view has shown; set by whoever shows it. */
  framesShown: (() => number | undefined) | undefined;
  readonly #media: LocalMedia;
  readonly #watch = new HealthWatch();
  #level: number | undefined;
  /** The loudest since the last reading. */
  #peak = 0;
  #alive = false;
  #stopMeter: (() => void) | undefined;
  #off: (() => void)[] = [];

  constructor(media: LocalMedia) {
    this.#media = media;
  }

  start(): void {
    const timer = setInterval(() => this.#read(), READ_EVERY_MS);
    this.#off = [effect(() => this.#listenTo(this.#media.microphone.value.track)), () => clearInterval(timer)];
  }

  stop(): void {
    for (const off of this.#off) off();
    this.#listenTo(null);
  }

  #listenTo(track: MediaStreamTrack | null): void {
    this.#stopMeter?.();
    this.#stopMeter = undefined;
    this.#level = undefined;
    this.heard = 0;
    if (track === null || typeof track.clone !== "function") return;
    const ear = track.clone();
    ear.enabled = true;
    const stop = meter(ear, (level, alive) => {
      this.#level = level;
      this.#peak = Math.max(this.#peak, level);
      this.#alive ||= alive;
      this.heard = this.#media.microphoneOn ? amplitude(level) : 0;
    });
    this.#stopMeter = () => {
      stop();
      ear.stop();
    };
  }

  #read(): void {
    const { microphone, camera } = this.#media;
    const mic = microphone.peek();
    const cam = camera.peek();
    const before = this.health.peek();
    const now = this.#watch.read(
      {
        microphone: {
          on: mic.state === "on",
          level: this.#level === undefined ? undefined : this.#peak,
          held: mic.track?.muted === true,
          alive: this.#alive,
        },
        camera: { on: cam.state === "on", held: cam.track?.muted === true, frames: this.#frames(cam.track) },
        visible: document.visibilityState === "visible",
      },
      performance.now(),
    );
    this.#peak = 0;
    this.#alive = false;
    const same = (Object.keys(now) as (keyof Health)[]).every((key) => now[key] === before[key]);
    if (!same) this.health.value = now;
  }

  #frames(track: MediaStreamTrack | null): number | undefined {
    const { stats } = (track ?? {}) as { stats?: { deliveredFrames?: number } };
    return stats?.deliveredFrames ?? this.framesShown?.();
  }
}
