/** A soft note for what is new, unless it is switched off in this browser. */
import { effect, signal } from "@preact/signals";

const KEY = "parlor.notice-sound";
const NOTE_HZ = 660;
const LOUDNESS = 0.08;
const SECONDS = 0.35;

function kept(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // private mode
  }
}

export const noticeSound = signal(kept());

effect(() => {
  try {
    if (noticeSound.value) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // No storage: it holds until the page is closed.
  }
});

/** Nothing where the browser does not let a page make a sound before somebody touched it. */
export function ring(): void {
  if (!noticeSound.value || typeof AudioContext === "undefined") return;
  const context = new AudioContext();
  if (context.state !== "running") return void context.close();
  const [note, volume] = [context.createOscillator(), context.createGain()];
  note.frequency.value = NOTE_HZ;
  volume.gain.setValueAtTime(LOUDNESS, context.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + SECONDS);
  note.connect(volume).connect(context.destination);
  note.onended = () => void context.close();
  note.start();
  note.stop(context.currentTime + SECONDS);
}
