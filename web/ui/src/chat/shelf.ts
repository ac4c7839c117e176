/**
 * Files that are to go along with the next message: each is given to the server as soon as it is
 * chosen, two at once, and stays here until the message is sent or somebody takes it away. No DOM
 * in here: how a file is given, forgotten and shown is handed in.
 */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ChatFile } from "../generated/protocol";
import { troubleOf, type Upload } from "./upload";

/** As the server has it for one message. */
export const FILES_MAX = 10;
const AT_ONCE = 2;

export interface Shelved {
  key: string;
  name: string;
  size: number;
  /** An address of the own picture, to look at before it is sent. */
  preview: string | undefined;
  state: "waiting" | "loading" | "ready" | "failed";
  /** How much of it has left, from 0 to 1. */
  progress: number;
  /** The server's copy. */
  file: ChatFile | undefined;
  /** Why not; `again` when the same file may be taken another time. */
  trouble: { code: string; message: string; again: boolean } | undefined;
}

export interface ShelfParts {
  bytesMax: () => number;
  upload: Upload;
  /** Takes back what the server has and nobody sends. */
  forget: (fileId: string) => void;
  /** Keeps what is ready over a reload. */
  keep: (files: ChatFile[]) => void;
  preview: (file: File) => string | undefined;
}

export class Shelf {
  readonly items = signal<readonly Shelved[]>([]);
  /** Something is on its way. */
  readonly busy: ReadonlySignal<boolean>;
  readonly ready: ReadonlySignal<readonly ChatFile[]>;
  /** So many files were one too many, lately. */
  readonly tooMany = signal(false);
  readonly #parts: ShelfParts;
  readonly #files = new Map<string, File>();
  readonly #stops = new Map<string, AbortController>();
  #count = 0;

  constructor(parts: ShelfParts, drafts: readonly ChatFile[] = []) {
    this.#parts = parts;
    this.busy = computed(() => this.items.value.some((it) => it.state === "waiting" || it.state === "loading"));
    this.ready = computed(() => this.items.value.flatMap((it) => (it.file === undefined ? [] : [it.file])));
    this.items.value = drafts.map((file) => ({ ...this.#item(file.name, file.size), state: "ready", file }));
  }

  add(files: readonly File[]): void {
    const fits = files.slice(0, Math.max(0, FILES_MAX - this.items.value.length));
    this.tooMany.value = fits.length < files.length;
    const most = this.#parts.bytesMax();
    for (const file of fits) {
      const item = this.#item(file.name, file.size);
      this.#files.set(item.key, file);
      // Known here already: nothing of it is sent.
      const trouble = file.size > most ? { code: "payload_too_large", message: "", again: false } : undefined;
      const preview = trouble === undefined ? this.#parts.preview(file) : undefined;
      this.items.value = [...this.items.value, { ...item, preview, trouble, state: trouble === undefined ? "waiting" : "failed" }];
    }
    this.#next();
  }

  /** Cancels what is on its way, and takes back what the server has. */
  remove(key: string): void {
    const item = this.items.value.find((it) => it.key === key);
    this.#stops.get(key)?.abort();
    this.#files.delete(key);
    this.items.value = this.items.value.filter((it) => it.key !== key);
    this.tooMany.value = false;
    if (item?.file !== undefined) this.#parts.forget(item.file.fileId);
    this.#kept();
    this.#next();
  }

  retry(key: string): void {
    this.#change(key, { state: "waiting", progress: 0, trouble: undefined });
    this.#next();
  }

  /** What is ready goes with a message now; what failed stays to be looked at. */
  take(): ChatFile[] {
    const files = [...this.ready.value];
    this.items.value = this.items.value.filter((it) => it.file === undefined);
    this.tooMany.value = false;
    this.#kept();
    return files;
  }

  #next(): void {
    const under = this.items.value.filter((it) => it.state === "loading").length;
    const next = this.items.value.find((it) => it.state === "waiting");
    const file = next && this.#files.get(next.key);
    if (next === undefined || file === undefined || under >= AT_ONCE) return;
    void this.#give(next.key, file);
    this.#next();
  }

  async #give(key: string, file: File): Promise<void> {
    const stop = new AbortController();
    this.#stops.set(key, stop);
    this.#change(key, { state: "loading" });
    try {
      const given = await this.#parts.upload(file, (progress) => this.#change(key, { progress }), stop.signal);
      if (stop.signal.aborted) this.#parts.forget(given.fileId);
      this.#change(key, { state: "ready", progress: 1, file: given, name: given.name });
      this.#kept();
    } catch (cause) {
      const { code, message } = troubleOf(cause);
      const again = !["payload_too_large", "bad_request", "files_full", "not_found"].includes(code);
      this.#change(key, { state: "failed", trouble: { code, message, again } });
    } finally {
      this.#stops.delete(key);
      this.#next();
    }
  }

  #kept(): void {
    this.#parts.keep([...this.ready.value]);
  }

  #change(key: string, change: Partial<Shelved>): void {
    this.items.value = this.items.value.map((it) => (it.key === key ? { ...it, ...change } : it));
  }

  #item(name: string, size: number): Shelved {
    this.#count += 1;
    const none = { preview: undefined, file: undefined, trouble: undefined };
    return { key: String(this.#count), name, size, state: "waiting", progress: 0, ...none };
  }
}
