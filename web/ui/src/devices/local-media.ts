/**
 * Our own camera, microphone, speaker and screen: what is on, what is wrong with it, and the track
 * that is to be sent at the moment. Knows no peer connection; whoever sends, listens to `onTrack`.
 *
 * Off means two things. A microphone is muted by `enabled`, because it must come back within a
 * syllable. A camera is released, because its light must go out.
 */
import { type ReadonlySignal, computed, effect, signal } from "@preact/signals";
import type { Blurred } from "./blur";
import { type MediaFault, faultOf, surroundingsFault } from "./faults";
import { type Remembered, recall, remember } from "./remember";

export type MediaKind = "audio" | "video";

export type SourceState = "off" | "starting" | "on" | "fault";

export interface Source {
  state: SourceState;
  fault: MediaFault | undefined;
  /** The live device; a muted microphone still has one. */
  track: MediaStreamTrack | null;
}

export interface DeviceList {
  cameras: MediaDeviceInfo[];
  microphones: MediaDeviceInfo[];
  speakers: MediaDeviceInfo[];
}

type Devices = Pick<
  MediaDevices,
  "getUserMedia" | "getDisplayMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
>;

/** How the camera's picture is made private. `platform`: the browser or system blurs what is behind us. */
export type Privacy = "off" | "platform" | "whole";

type Facing = "user" | "environment";

const OFF: Source = { state: "off", fault: undefined, track: null };
const NO_DEVICES: DeviceList = { cameras: [], microphones: [], speakers: [] };

export class LocalMedia {
  readonly microphone = signal<Source>(OFF);
  readonly camera = signal<Source>(OFF);
  readonly screen = signal<MediaStreamTrack | null>(null);
  readonly devices = signal<DeviceList>(NO_DEVICES);
  readonly choice = signal<Remembered>(recall());
  /** We are away for a moment: nothing is sent, and the others see a card. */
  readonly away = signal(false);
  readonly privacy = signal<Privacy>("off");
  /** Where the camera looks, as far as it says so: phones do. */
  readonly facing = signal<Facing | undefined>(undefined);
  /** Another device took over from one that is gone. */
  readonly replaced = signal<{ kind: MediaKind; label: string } | undefined>(undefined);
  readonly #blurred = signal<Blurred | undefined>(undefined);
  /** Our camera as the others see it. */
  readonly videoTrack: ReadonlySignal<MediaStreamTrack | null> = computed(() =>
    this.privacy.value === "whole" ? (this.#blurred.value?.track ?? null) : this.camera.value.track,
  );
  readonly audioTrack: ReadonlySignal<MediaStreamTrack | null> = computed(() => this.microphone.value.track);
  readonly #media: Devices | undefined;
  readonly #listChanged = () => void this.#deviceChanged();
  /** Grows with every wish for a camera or microphone, so that an overtaken one is dropped. */
  #wish = { audio: 0, video: 0 };
  #closed = false;
  /** Muted by the person; holds for whatever microphone there is. */
  #muted = false;
  #facing: Facing = "user";
  #platformAsked = false;
  /** What was on before we went away. */
  #before = { audio: false, video: false };

  constructor(media: Devices | undefined = typeof navigator === "undefined" ? undefined : navigator.mediaDevices) {
    this.#media = media;
    media?.addEventListener?.("devicechange", this.#listChanged);
    effect(() => void this.#makePrivate(this.camera.value.track, this.privacy.value));
  }

  get cameraOn(): boolean {
    return this.camera.value.state === "on";
  }

  get microphoneOn(): boolean {
    return this.microphone.value.state === "on";
  }

  /** Asks for both at once, so that the browser asks once; what is missing is named by itself. */
  async start(want: { audio: boolean; video: boolean }): Promise<void> {
    if (want.audio) this.#muted = false;
    const fault = this.#media === undefined ? (surroundingsFault() ?? "unsupported") : surroundingsFault();
    if (fault !== undefined) {
      if (want.audio) this.microphone.value = { state: "fault", fault, track: null };
      if (want.video) this.camera.value = { state: "fault", fault, track: null };
      return;
    }
    if (want.audio && want.video && this.microphone.value.track === null && this.camera.value.track === null) {
      await this.#startBoth();
    } else {
      if (want.audio && this.microphone.value.track === null) await this.#open("audio");
      if (want.video && this.camera.value.track === null) await this.#open("video");
    }
    await this.refreshDevices();
  }

  async setMicrophone(on: boolean): Promise<void> {
    this.#remember({ microphoneOn: on });
    if (on) this.away.value = false;
    await this.#switchMicrophone(on);
  }

  /** Push to talk: on for as long as a key is held, and nothing to remember. */
  talk(on: boolean): void {
    if (this.microphone.value.track !== null) void this.#switchMicrophone(on);
  }

  async #switchMicrophone(on: boolean): Promise<void> {
    this.#muted = !on;
    const { track } = this.microphone.value;
    if (track === null) {
      if (on) await this.#open("audio");
      else this.microphone.value = OFF;
      return;
    }
    track.enabled = on;
    this.microphone.value = { state: on ? "on" : "off", fault: undefined, track };
  }

  async setCamera(on: boolean): Promise<void> {
    this.#remember({ cameraOn: on });
    if (on) this.away.value = false;
    await this.#switchCamera(on);
  }

  async #switchCamera(on: boolean): Promise<void> {
    if (on) {
      if (this.camera.value.track === null) await this.#open("video");
    } else {
      this.#wish.video++;
      this.camera.value.track?.stop();
      this.camera.value = OFF;
    }
  }

  /** Gone for a moment: silent and unseen; coming back brings back what was on. */
  async setAway(away: boolean): Promise<void> {
    if (away === this.away.value) return;
    if (away) {
      this.#before = { audio: this.microphoneOn, video: this.cameraOn };
      this.away.value = true;
      await Promise.all([this.#switchMicrophone(false), this.#switchCamera(false)]);
    } else {
      this.away.value = false;
      const { audio, video } = this.#before;
      await Promise.all([audio && this.#switchMicrophone(true), video && this.#switchCamera(true)]);
    }
  }

  setPrivacy(privacy: Privacy): void {
    this.privacy.value = privacy;
  }

  /** The browser or the system can blur what is behind us. */
  get canBlurBehind(): boolean {
    return blursBehind(this.camera.value.track);
  }

  /** The system does so already, and does not let us change it. */
  get blursBehindAlready(): boolean {
    const track = this.camera.value.track;
    const { backgroundBlur } = (track?.getSettings?.() ?? {}) as { backgroundBlur?: boolean };
    return backgroundBlur === true && this.privacy.value !== "platform";
  }

  /** A camera on each side. */
  get canFlip(): boolean {
    return this.facing.value !== undefined && this.devices.value.cameras.length > 1;
  }

  /** The other side's camera. A phone opens only one at a time, so this one is let go first. */
  async flip(): Promise<void> {
    const { track } = this.camera.value;
    if (track === null) return;
    this.#facing = this.facing.value === "environment" ? "user" : "environment";
    this.#remember({ cameraId: "" });
    letGo(track);
    await this.#open("video");
  }

  /** Another device of the same kind. Whether it is on does not change. */
  async choose(kind: "camera" | "microphone" | "speaker", deviceId: string): Promise<void> {
    if (kind === "speaker") return this.#remember({ speakerId: deviceId });
    if (kind === "camera") {
      this.#remember({ cameraId: deviceId });
      if (this.camera.value.state !== "off") await this.#open("video");
    } else {
      this.#remember({ microphoneId: deviceId });
      if (this.microphone.value.track !== null || this.microphone.value.state === "fault") await this.#open("audio");
    }
  }

  /** The person picks a screen. False when they thought better of it. */
  async share(): Promise<boolean> {
    if (this.#media?.getDisplayMedia === undefined) return false;
    let stream: MediaStream;
    try {
      stream = await this.#media.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    } catch {
      return false;
    }
    const track = stream.getVideoTracks()[0];
    if (track === undefined) return false;
    if (this.#closed) {
      track.stop();
      return false;
    }
    track.contentHint = "detail"; // sharp text before smooth motion
    track.onended = () => this.stopSharing(); // the browser's own "stop sharing"
    this.screen.value = track;
    return true;
  }

  stopSharing(): void {
    const track = this.screen.value;
    if (track === null) return;
    track.onended = null;
    track.stop();
    this.screen.value = null;
  }

  get canShare(): boolean {
    return this.#media?.getDisplayMedia !== undefined;
  }

  async refreshDevices(): Promise<void> {
    if (this.#media?.enumerateDevices === undefined) return;
    const all = await this.#media.enumerateDevices().catch(() => []);
    const named = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== "");
    this.devices.value = {
      cameras: named("videoinput"),
      microphones: named("audioinput"),
      speakers: named("audiooutput"),
    };
  }

  setShortcuts(on: boolean): void {
    this.#remember({ shortcuts: on });
  }

  passed(now: number): void {
    this.#remember({ passedAt: now });
  }

  /** Lets every device go. */
  close(): void {
    this.#closed = true;
    this.#wish.audio++;
    this.#wish.video++;
    this.#media?.removeEventListener?.("devicechange", this.#listChanged);
    this.stopSharing();
    this.microphone.value.track?.stop();
    this.camera.value.track?.stop();
    this.microphone.value = OFF;
    this.camera.value = OFF;
    this.away.value = false;
  }

  async #startBoth(): Promise<void> {
    const wishes = { audio: ++this.#wish.audio, video: ++this.#wish.video };
    this.microphone.value = { state: "starting", fault: undefined, track: null };
    this.camera.value = { state: "starting", fault: undefined, track: null };
    try {
      const stream = await this.#ask(true, true);
      this.#opened("audio", wishes.audio, stream.getAudioTracks()[0]);
      this.#opened("video", wishes.video, stream.getVideoTracks()[0]);
    } catch (error) {
      const fault = faultOf(error);
      if (fault === "denied" || fault === "denied-by-system") {
        // One question, one answer: asking for each alone would only ask twice more.
        this.#failed("audio", wishes.audio, fault);
        this.#failed("video", wishes.video, fault);
        return;
      }
      await this.#open("audio");
      await this.#open("video");
    }
  }

  async #open(kind: MediaKind): Promise<void> {
    const source = kind === "audio" ? this.microphone : this.camera;
    const wish = ++this.#wish[kind];
    const muted = kind === "audio" && this.#muted;
    if (this.#media === undefined) return this.#failed(kind, wish, surroundingsFault() ?? "unsupported");
    if (source.value.track === null) source.value = { state: "starting", fault: undefined, track: null };
    try {
      const stream = await this.#ask(kind === "audio", kind === "video");
      const track = stream.getTracks().find((one) => one.kind === kind);
      if (track !== undefined && muted) track.enabled = false;
      this.#opened(kind, wish, track);
    } catch (error) {
      this.#failed(kind, wish, faultOf(error));
    }
    if (this.devices.value === NO_DEVICES || !this.#closed) await this.refreshDevices();
  }

  /** The chosen device first, any device when the chosen one is gone. */
  async #ask(audio: boolean, video: boolean): Promise<MediaStream> {
    const media = this.#media as Devices;
    const { cameraId, microphoneId } = this.choice.value;
    const constraints = (microphone: string, camera: string): MediaStreamConstraints => ({
      audio: audio && audioConstraints(microphone),
      video: video && videoConstraints(camera, this.#facing),
    });
    try {
      return await media.getUserMedia(constraints(microphoneId, cameraId));
    } catch (error) {
      const held = video && !audio ? this.camera.value.track : null;
      if (faultOf(error) === "busy" && held !== null && held.readyState !== "ended") {
        letGo(held); // some systems open one camera at a time
        return media.getUserMedia(constraints(microphoneId, cameraId));
      }
      const chosen = (audio && microphoneId !== "") || (video && cameraId !== "");
      if (!chosen || faultOf(error) !== "missing") throw error;
      return media.getUserMedia(constraints("", ""));
    }
  }

  #opened(kind: MediaKind, wish: number, track: MediaStreamTrack | undefined): void {
    if (track === undefined) return this.#failed(kind, wish, "missing");
    if (wish !== this.#wish[kind] || this.#closed) return track.stop();
    const source = kind === "audio" ? this.microphone : this.camera;
    const before = source.value.track;
    track.onended = () => void this.#ended(kind, track);
    source.value = { state: track.enabled ? "on" : "off", fault: undefined, track };
    if (kind === "video") this.facing.value = facingOf(track);
    if (before !== null) {
      before.onended = null;
      before.stop();
    }
  }

  #failed(kind: MediaKind, wish: number, fault: MediaFault): void {
    if (wish !== this.#wish[kind] || this.#closed) return;
    const source = kind === "audio" ? this.microphone : this.camera;
    source.value.track?.stop();
    source.value = { state: "fault", fault, track: null };
  }

  /** The device is gone (pulled out, switched off): another one takes over if there is one. */
  async #ended(kind: MediaKind, track: MediaStreamTrack): Promise<void> {
    const source = kind === "audio" ? this.microphone : this.camera;
    if (source.value.track !== track) return;
    await this.#open(kind);
    const now = source.value.track;
    if (now !== null && now !== track) this.replaced.value = { kind, label: now.label ?? "" };
  }

  async #deviceChanged(): Promise<void> {
    await this.refreshDevices();
    // Somebody plugged in what was missing: take it, they did it for that.
    if (this.microphone.value.fault === "missing" && this.devices.value.microphones.length > 0)
      await this.#open("audio");
    if (this.camera.value.fault === "missing" && this.devices.value.cameras.length > 0) await this.#open("video");
    await this.#backToChosen();
  }

  /** The headset that somebody chose is plugged in again. */
  async #backToChosen(): Promise<void> {
    const { microphoneId } = this.choice.value;
    const used = this.microphone.value.track?.getSettings?.().deviceId;
    if (microphoneId === "" || used === undefined || used === microphoneId) return;
    if (this.devices.value.microphones.some((device) => device.deviceId === microphoneId)) await this.#open("audio");
  }

  /** Blurs what the camera gives, or asks the platform to. */
  async #makePrivate(track: MediaStreamTrack | null, privacy: Privacy): Promise<void> {
    this.#blurred.peek()?.stop();
    this.#blurred.value = undefined;
    if (track === null) return;
    if (blursBehind(track) && (privacy === "platform" || this.#platformAsked)) {
      this.#platformAsked = true; // what the system does by itself is not ours to end
      const wish = { backgroundBlur: privacy === "platform" } as MediaTrackConstraints;
      await track.applyConstraints(wish).catch(() => {});
    }
    if (privacy !== "whole") return;
    const { blur } = await import("./blur");
    if (this.camera.peek().track !== track || this.privacy.peek() !== "whole" || this.#closed) return;
    this.#blurred.value = blur(track);
  }

  #remember(change: Partial<Remembered>): void {
    this.choice.value = { ...this.choice.value, ...change };
    remember(change);
  }
}

export function audioConstraints(deviceId: string): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId === "" ? {} : { deviceId: { exact: deviceId } }),
  };
}

export function videoConstraints(deviceId: string, facing: Facing = "user"): MediaTrackConstraints {
  return {
    width: { ideal: 1280, max: 1280 },
    height: { ideal: 720, max: 720 },
    frameRate: { ideal: 24, max: 30 },
    ...(deviceId === "" ? { facingMode: facing } : { deviceId: { exact: deviceId } }),
  };
}

function letGo(track: MediaStreamTrack): void {
  track.onended = null;
  track.stop();
}

function facingOf(track: MediaStreamTrack): Facing | undefined {
  const facing = track.getSettings?.().facingMode;
  return facing === "user" || facing === "environment" ? facing : undefined;
}

function blursBehind(track: MediaStreamTrack | null): boolean {
  const { backgroundBlur } = (track?.getCapabilities?.() ?? {}) as { backgroundBlur?: boolean[] };
  return backgroundBlur?.includes(true) === true && backgroundBlur.includes(false);
}
