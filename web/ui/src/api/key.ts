/**
 * A fresh name for a command, by which the server knows a repeat. 128 random bits in hex, since
 * `crypto.randomUUID` is missing on pages that came over plain http.
 */
export function commandKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
