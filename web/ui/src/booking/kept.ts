/**
 * What a tab, or all tabs of this browser, keep over a reload. A browser that keeps nothing forgets;
 * everything else works.
 */
export type Place = () => Storage;
export const tab: Place = () => sessionStorage;
export const browser: Place = () => localStorage;

export function read<T>(place: Place, key: string): T | null {
  try {
    const text = place().getItem(key);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function write(place: Place, key: string, value: unknown): void {
  try {
    place().setItem(key, JSON.stringify(value));
  } catch {
    // it is forgotten at the next reload
  }
}

export function remove(place: Place, key: string): void {
  try {
    place().removeItem(key);
  } catch {
    // it is forgotten at the next reload
  }
}
