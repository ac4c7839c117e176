/**
 * A number that two people can read to each other to know that nobody sits between them. It is made
 * of the certificates that both ends showed in the descriptions: media is encrypted from one
 * certificate to the other, so whoever sat between would have other ones, and another number.
 */
const GROUPS = 5;
const DIGITS = 5;

/** The certificate that a description names, upper case; undefined when it names none. */
export function fingerprintOf(sdp: string): string | undefined {
  const found = /^a=fingerprint:(\S+) ([0-9a-f:]+)\s*$/im.exec(sdp);
  return found === null ? undefined : `${found[1]?.toLowerCase()} ${found[2]?.toUpperCase()}`;
}

/** Five groups of five digits (83 bits), the same on both sides. */
export async function safetyNumber(ours: string, theirs: string): Promise<string> {
  const both = new TextEncoder().encode(`parlor safety number 1\n${[ours, theirs].sort().join("\n")}`);
  const hash = new DataView(await crypto.subtle.digest("SHA-256", both));
  // 48 bits a group: what is left over after division by 100000 favours no digit measurably.
  const group = (index: number) => (hash.getUint16(index * 6) * 2 ** 32 + hash.getUint32(index * 6 + 2)) % 10 ** DIGITS;
  return Array.from({ length: GROUPS }, (_, index) => String(group(index)).padStart(DIGITS, "0")).join(" ");
}

/** Of a connection; undefined before both descriptions stand, or without a secure page. */
export async function safetyNumberOf(pc: {
  currentLocalDescription: { sdp: string } | null;
  currentRemoteDescription: { sdp: string } | null;
}): Promise<string | undefined> {
  const ours = fingerprintOf(pc.currentLocalDescription?.sdp ?? "");
  const theirs = fingerprintOf(pc.currentRemoteDescription?.sdp ?? "");
  if (ours === undefined || theirs === undefined || globalThis.crypto?.subtle === undefined) return undefined;
  return safetyNumber(ours, theirs);
}
