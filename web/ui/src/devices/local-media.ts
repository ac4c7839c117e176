/**
 * Our own camera, microphone, speaker and screen: what is on, what is wrong with it, and the track
 * that is to be sent at the moment. Knows no peer connection; whoever sends, listens to `onTrack`.
 *
 * Off means two things. A microphone is muted by `enabled`, because it must come back within a
 * syllable. A camera is released, because its light must go out.
 */
import { type ReadonlySignal, computed, signal } from "@preact/signals";
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

const OFF: Source = { state: "off", fault: undefined, track: null };
const NO_DEVICES: DeviceList = { cameras: [], microphones: [], speakers: [] };

export class LocalMedia {
  readonly microphone = signal<Source>(OFF);
  readonly camera = signal<Source>(OFF);
  readonly screen = signal<MediaStreamTrack | null>(null);
  readonly devices = signal<DeviceList>(NO_DEVICES);
  readonly choice = signal<Remembered>(recall());
  /** What goes out as video: the screen while it is shared, else the camera. */
  readonly videoTrack: ReadonlySignal<MediaStreamTrack | null> = computed(
    () => this.screen.value ?? this.camera.value.track,
  );
  readonly audioTrack: ReadonlySignal<MediaStreamTrack | null> = computed(() => this.microphone.value.track);
  readonly #media: Devices | undefined;
  readonly #listChanged = () => void this.#deviceChanged();
  /** Grows with every wish for a camera or microphone, so that an overtaken one is dropped. */
  #wish = { audio: 0, video: 0 };
  #closed = false;

  constructor(media: Devices | undefined = typeof navigator === "undefined" ? undefined : navigator.mediaDevices) {
    this.#media = media;
    media?.addEventListener?.("devicechange", this.#listChanged);
  }

  get cameraOn(): boolean {
    return this.camera.value.state === "on";
  }

  get microphoneOn(): boolean {
    return this.microphone.value.state === "on";
  }

  /** Asks for both at once, so that the browser asks once; what is missing is named by itself. */
  async start(want: { audio: boolean; video: boolean }): Promise<void> {
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
    if (on) {
      if (this.camera.value.track === null) await this.#open("video");
    } else {
      this.#wish.video++;
      this.camera.value.track?.stop();
      this.camera.value = OFF;
    }
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
    const muted = kind === "audio" && source.value.track !== null && !source.value.track.enabled;
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
      video: video && videoConstraints(camera),
    });
    try {
      return await media.getUserMedia(constraints(microphoneId, cameraId));
    } catch (error) {
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
    if (source.value.track === track) await this.#open(kind);
  }

  async #deviceChanged(): Promise<void> {
    await this.refreshDevices();
    // Somebody plugged in what was missing: take it, they did it for that.
    if (this.microphone.value.fault === "missing" && this.devices.value.microphones.length > 0)
      await this.#open("audio");
    if (this.camera.value.fault === "missing" && this.devices.value.cameras.length > 0) await this.#open("video");
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

export function videoConstraints(deviceId: string): MediaTrackConstraints {
  return {
    width: { ideal: 1280, max: 1280 },
    height: { ideal: 720, max: 720 },
    frameRate: { ideal: 24, max: 30 },
    ...(deviceId === "" ? { facingMode: "user" } : { deviceId: { exact: deviceId } }),
  };
}
