/**
 * Where a recording goes: straight to a file that the person chose, where the browser can do that,
 * else into memory and to the downloads at the end. Never to a server.
 */
import { durationBytes, withRoomForDuration } from "./webm";

export interface Sink {
  write(piece: Blob): Promise<void>;
  /** The recording is complete; `ms` is what it lasts. */
  close(ms: number): Promise<void>;
}

interface FileWriter {
  write(data: Blob | Uint8Array<ArrayBuffer> | { type: "write"; position: number; data: Uint8Array<ArrayBuffer> }): Promise<void>;
  close(): Promise<void>;
}

type Picker = (options: object) => Promise<{ createWritable(): Promise<FileWriter> }>;

/**
 * Asks where to write; must be called by a click. Undefined when the person thought better of it.
 */
export async function chooseSink(name: string): Promise<Sink | undefined> {
  const picker = (window as { showSaveFilePicker?: Picker }).showSaveFilePicker;
  if (picker === undefined) return new MemorySink(name);
  try {
    const file = await picker({
      suggestedName: name,
      types: [{ description: "WebM", accept: { "video/webm": [".webm"] } }],
    });
    return new FileSink(await file.createWritable());
  } catch (error) {
    if ((error as Error).name === "AbortError") return undefined;
    return new MemorySink(name); // the browser forbids it here; downloads still work
  }
}

/** Enough of the beginning to hold everything before the first picture. Browsers may give less at once. */
const HEAD_BYTES = 4_096;

class FileSink implements Sink {
  #head: Blob | undefined = new Blob();
  #durationAt: number | undefined;

  constructor(private readonly writer: FileWriter) {}

  async write(piece: Blob): Promise<void> {
    if (this.#head === undefined) return this.writer.write(piece);
    this.#head = new Blob([this.#head, piece]);
    if (this.#head.size >= HEAD_BYTES) await this.#open();
  }

  async close(ms: number): Promise<void> {
    await this.#open();
    if (this.#durationAt !== undefined)
      await this.writer.write({ type: "write", position: this.#durationAt, data: durationBytes(ms) });
    await this.writer.close();
  }

  async #open(): Promise<void> {
    if (this.#head === undefined) return;
    const bytes = new Uint8Array(await this.#head.arrayBuffer());
    this.#head = undefined;
    const opened = withRoomForDuration(bytes);
    this.#durationAt = opened?.at;
    await this.writer.write(opened?.bytes ?? bytes);
  }
}

class MemorySink implements Sink {
  readonly #pieces: Blob[] = [];

  constructor(private readonly name: string) {}

  async write(piece: Blob): Promise<void> {
    this.#pieces.push(piece); // browsers keep large blobs on disk
  }

  async close(ms: number): Promise<void> {
    const whole = new Blob(this.#pieces, { type: "video/webm" });
    if (whole.size === 0) return;
    const bytes = new Uint8Array(await whole.slice(0, HEAD_BYTES).arrayBuffer());
    const opened = withRoomForDuration(bytes);
    opened?.bytes.set(durationBytes(ms), opened.at);
    save(new Blob([opened?.bytes ?? bytes, whole.slice(HEAD_BYTES)], { type: "video/webm" }), this.name);
  }
}

/** Into the downloads of the browser. */
function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** `Algebra 2026-11-21 09-30.webm`: sorts by day, and every file system takes it. */
export function fileName(title: string, now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const clean = title.replace(/[\\/:*?"<>|\u0000-\u001f]+/g, " ").replace(/\s+/g, " ").trim().slice(0, 60) || "Parlor";
  return `${clean} ${day} ${two(now.getHours())}-${two(now.getMinutes())}.webm`;
}
