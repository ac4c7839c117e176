/**
 * The one polite voice of the call: what is said here is read out by a screen reader, in the region
 * that `LiveRegion` keeps on the page. Two things said at once are said together; the same words
 * said again are read again.
 */
import { signal } from "@preact/signals";

export const announced = signal<{ words: string; at: number }>({ words: "", at: 0 });

const TOGETHER_MS = 150;
let spoken = 0;

export function announce(words: string, now = Date.now()): void {
  const { words: before, at } = announced.peek();
  const more = now - at < TOGETHER_MS && before !== "" && before !== words ? `${before}. ${words}` : words;
  spoken = now;
  announced.value = { words: more, at: spoken };
}
