/**
 * Records a call in this browser: everybody's pictures side by side on a canvas, everybody's voices
 * mixed, into one WebM file. It is told who is there and whether it may run; it never decides that.
 */
import type { Sink } from "./file-sink";

/** One person, as the recording shows them. */
export interface Recorded {
  id: string;
  name: string;
  video: MediaStreamTrack | null;
  audio: MediaStreamTrack | null;
}

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES_PER_SECOND = 15;
const VIDEO_BITS = 2_000_000;
const AUDIO_BITS = 96_000;
/** A piece per second: what a crash of the browser can lose. */
const PIECE_MS = 1_000;
const TYPES = ["video/webm;codecs=vp8,opus", "video/webm"];

interface Cell {
  person: Recorded;
  picture: HTMLVideoElement | undefined;
  voice: MediaStreamAudioSourceNode | undefined;
}

export class CallRecorder {
  readonly #sink: Sink;
  readonly #canvas = document.createElement("canvas");
  readonly #audio = new AudioContext();
  readonly #mix = this.#audio.createMediaStreamDestination();
  readonly #recorder: MediaRecorder;
  readonly #cells = new Map<string, Cell>();
  readonly #onFailed: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #runningSince: number | undefined;
  #recordedMs = 0;
  #stopped = false;

  constructor(sink: Sink, onFailed: () => void) {
    this.#sink = sink;
    this.#onFailed = onFailed;
    this.#canvas.width = WIDTH;
    this.#canvas.height = HEIGHT;
    const stream = this.#canvas.captureStream(FRAMES_PER_SECOND);
    const tracks = [...stream.getVideoTracks(), ...this.#mix.stream.getAudioTracks()];
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type)) ?? "video/webm";
    this.#recorder = new MediaRecorder(new MediaStream(tracks), {
      mimeType,
      videoBitsPerSecond: VIDEO_BITS,
      audioBitsPerSecond: AUDIO_BITS,
    });
    this.#recorder.ondataavailable = ({ data }) => {
      if (data.size > 0) this.#write(() => this.#sink.write(data));
    };
    this.#recorder.onerror = () => this.#onFailed();
  }

  /** Who is there now. */
  show(people: readonly Recorded[]): void {
    const there = new Set(people.map((person) => person.id));
    for (const [id, cell] of this.#cells) {
      if (there.has(id)) continue;
      this.#drop(cell);
      this.#cells.delete(id);
    }
    for (const person of people) this.#cells.set(person.id, this.#cell(person, this.#cells.get(person.id)));
  }

  /** Everybody present has agreed. */
  run(): void {
    if (this.#stopped || this.#runningSince !== undefined) return;
    this.#runningSince = performance.now();
    void this.#audio.resume();
    this.#draw();
    this.#timer = setInterval(() => this.#draw(), 1000 / FRAMES_PER_SECOND);
    if (this.#recorder.state === "paused") this.#recorder.resume();
    else this.#recorder.start(PIECE_MS);
  }

  /** Somebody has not: not a picture and not a word from here on. */
  pause(): void {
    if (this.#runningSince === undefined) return;
    this.#recordedMs += performance.now() - this.#runningSince;
    this.#runningSince = undefined;
    clearInterval(this.#timer);
    if (this.#recorder.state === "recording") this.#recorder.pause();
  }

  /** The end; resolves when the file is complete. False when there was nothing to keep. */
  async stop(): Promise<boolean> {
    if (this.#stopped) return false;
    this.pause();
    this.#stopped = true;
    if (this.#recorder.state !== "inactive") {
      const last = new Promise((resolve) => (this.#recorder.onstop = resolve));
      this.#recorder.stop();
      await last;
    }
    for (const cell of this.#cells.values()) this.#drop(cell);
    this.#cells.clear();
    void this.#audio.close();
    this.#write(() => this.#sink.close(this.#recordedMs));
    await this.#writing;
    return this.#recordedMs > 0;
  }

  /** One after the other, and none after a failure. */
  #write(write: () => Promise<void>): void {
    this.#writing = this.#writing.then(write).catch(() => {
      if (!this.#stopped) this.#onFailed();
    });
  }

  #cell(person: Recorded, known: Cell | undefined): Cell {
    const { video, audio } = person;
    let picture = known?.picture;
    if (known?.person.video !== video) {
      if (picture) picture.srcObject = null;
      picture = video === null ? undefined : playing(video);
    }
    let voice = known?.voice;
    if (known?.person.audio !== audio) {
      voice?.disconnect();
      voice = undefined;
      if (audio !== null) {
        voice = this.#audio.createMediaStreamSource(new MediaStream([audio]));
        voice.connect(this.#mix);
      }
    }
    return { person, picture, voice };
  }

  #drop(cell: Cell): void {
    cell.voice?.disconnect();
    if (cell.picture) cell.picture.srcObject = null;
  }

  #draw(): void {
    const pen = this.#canvas.getContext("2d");
    if (pen === null) return;
    pen.fillStyle = "#101413";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    const cells = [...this.#cells.values()];
    grid(cells.length, WIDTH, HEIGHT).forEach((place, index) => {
      const cell = cells[index];
      if (cell) drawCell(pen, cell, place);
    });
  }
}

function playing(track: MediaStreamTrack): HTMLVideoElement {
  const element = document.createElement("video");
  element.muted = true;
  element.playsInline = true;
  element.srcObject = new MediaStream([track]);
  void element.play().catch(() => {});
  return element;
}

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Places for so many people: as square as it goes, the last row in the middle. */
export function grid(count: number, width: number, height: number): Place[] {
  if (count === 0) return [];
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const cell = { width: width / columns, height: height / rows };
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = row === rows - 1 ? count - row * columns : columns;
    const left = (width - inRow * cell.width) / 2;
    return { x: left + (index % columns) * cell.width, y: row * cell.height, ...cell };
  });
}

/** The part of a picture that fits into a place, whole and undistorted. */
export function fit(width: number, height: number, place: Place): Place {
  const scale = Math.min(place.width / width, place.height / height);
  const [w, h] = [width * scale, height * scale];
  return { x: place.x + (place.width - w) / 2, y: place.y + (place.height - h) / 2, width: w, height: h };
}

function drawCell(pen: CanvasRenderingContext2D, { person, picture }: Cell, place: Place): void {
  const inner = { x: place.x + 4, y: place.y + 4, width: place.width - 8, height: place.height - 8 };
  pen.fillStyle = "#1f2624";
  pen.fillRect(inner.x, inner.y, inner.width, inner.height);
  const seen = picture !== undefined && picture.videoWidth > 0;
  if (seen) {
    const to = fit(picture.videoWidth, picture.videoHeight, inner);
    pen.drawImage(picture, to.x, to.y, to.width, to.height);
  }
  pen.fillStyle = "#f2f5f3";
  pen.textBaseline = "middle";
  pen.textAlign = seen ? "left" : "center";
  pen.font = seen ? "20px system-ui, sans-serif" : "36px system-ui, sans-serif";
  const x = seen ? inner.x + 16 : inner.x + inner.width / 2;
  const y = seen ? inner.y + inner.height - 24 : inner.y + inner.height / 2;
  pen.shadowColor = "#000";
  pen.shadowBlur = 6;
  pen.fillText(person.name, x, y, inner.width - 32);
  pen.shadowBlur = 0;
}
