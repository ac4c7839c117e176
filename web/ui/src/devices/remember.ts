/**
 * What this browser remembers about its devices: which ones, whether they are on, and when the
 * check was passed. Nothing of it leaves the browser.
 */
export interface Remembered {
  cameraId: string;
  microphoneId: string;
  speakerId: string;
  cameraOn: boolean;
  microphoneOn: boolean;
  /** Epoch ms of the last check that was all well; 0 when never. */
  passedAt: number;
  /** Single-key shortcuts may be switched off (WCAG 2.1.4). */
  shortcuts: boolean;
}

const KEY = "parlor.devices";
/** A check that is older proves nothing any more. */
const PASS_LASTS_MS = 14 * 24 * 60 * 60 * 1000;

const NOTHING: Remembered = {
  cameraId: "",
  microphoneId: "",
  speakerId: "",
  cameraOn: true,
  microphoneOn: true,
  passedAt: 0,
  shortcuts: true,
};

export function recall(storage: Pick<Storage, "getItem"> = localStorage): Remembered {
  try {
    const stored = JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Record<keyof Remembered, unknown>>;
    const text = (key: keyof Remembered) => (typeof stored[key] === "string" ? (stored[key] as string) : "");
    const flag = (key: keyof Remembered) => (typeof stored[key] === "boolean" ? (stored[key] as boolean) : true);
    return {
      cameraId: text("cameraId"),
      microphoneId: text("microphoneId"),
      speakerId: text("speakerId"),
      cameraOn: flag("cameraOn"),
      microphoneOn: flag("microphoneOn"),
      passedAt: typeof stored.passedAt === "number" ? stored.passedAt : 0,
      shortcuts: flag("shortcuts"),
    };
  } catch {
    return NOTHING; // private mode, or something else wrote there
  }
}

export function remember(change: Partial<Remembered>, storage: Storage = localStorage): void {
  try {
    storage.setItem(KEY, JSON.stringify({ ...recall(storage), ...change }));
  } catch {
    // No storage: the next visit asks again, nothing else is lost.
  }
}

export const hasPassed = (remembered: Remembered, now: number): boolean => now - remembered.passedAt < PASS_LASTS_MS;
