/**
 * Gives a recording its length. Browsers write WebM as if it went on for ever, so players show no
 * duration and cannot seek. A `Duration` element is put into the first piece, empty, and filled in
 * when the end is known. Only the few bytes before the first picture are looked at.
 */
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const DURATION = 0x4489;
/** Id (2 bytes), size (1), a 64-bit float (8). */
const ELEMENT_BYTES = 11;

export interface Opened {
  bytes: Uint8Array<ArrayBuffer>;
  /** Where the 64-bit float of the duration stands in the file. */
  at: number;
}

/** The first piece with room for the duration; undefined when it is not what we know. */
export function withRoomForDuration(piece: Uint8Array): Opened | undefined {
  const info = findInfo(piece);
  if (info === undefined || info.end > piece.length) return undefined;
  if (holds(piece, info.start, info.end, DURATION)) return undefined;
  const sizeBytes = encodeSize(info.end - info.start + ELEMENT_BYTES, info.start - info.sizeAt);
  if (sizeBytes === undefined) return undefined;
  const bytes = new Uint8Array(piece.length + ELEMENT_BYTES);
  bytes.set(piece.subarray(0, info.sizeAt));
  bytes.set(sizeBytes, info.sizeAt);
  bytes.set(piece.subarray(info.start, info.end), info.start);
  bytes.set([0x44, 0x89, 0x88], info.end);
  bytes.set(piece.subarray(info.end), info.end + ELEMENT_BYTES);
  return { bytes, at: info.end + 3 };
}

/** A duration as it stands in the file, in ms: browsers count WebM in milliseconds. */
export function durationBytes(ms: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, ms);
  return bytes;
}

interface Found {
  /** Where its size is written. */
  sizeAt: number;
  start: number;
  end: number;
}

function findInfo(bytes: Uint8Array): Found | undefined {
  let at = 0;
  while (at < bytes.length) {
    const id = readId(bytes, at);
    if (id === undefined) return undefined;
    const size = readSize(bytes, id.next);
    if (size === undefined) return undefined;
    if (id.value === SEGMENT) {
      at = size.next; // go in
    } else if (id.value === INFO) {
      return size.value === undefined
        ? undefined
        : { sizeAt: id.next, start: size.next, end: size.next + size.value };
    } else if (size.value === undefined) {
      return undefined; // pictures already
    } else {
      at = size.next + size.value;
    }
  }
  return undefined;
}

function holds(bytes: Uint8Array, start: number, end: number, wanted: number): boolean {
  let at = start;
  while (at < end) {
    const id = readId(bytes, at);
    const size = id && readSize(bytes, id.next);
    if (id === undefined || size?.value === undefined) return false;
    if (id.value === wanted) return true;
    at = size.next + size.value;
  }
  return false;
}

/** How many bytes a number takes, by its first byte. */
const width = (first: number): number => Math.clz32(first) - 24 + 1;

function readId(bytes: Uint8Array, at: number): { value: number; next: number } | undefined {
  const count = width(bytes[at] ?? 0);
  if (count > 4 || at + count > bytes.length) return undefined;
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return { value, next: at + count };
}

/** `value` is undefined for "until the end". */
function readSize(bytes: Uint8Array, at: number): { value: number | undefined; next: number } | undefined {
  const first = bytes[at] ?? 0;
  const count = width(first);
  if (count > 8 || at + count > bytes.length) return undefined;
  let value = first & (0xff >> count);
  let all = value === 0xff >> count;
  for (let i = 1; i < count; i++) {
    const byte = bytes[at + i] ?? 0;
    all &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return { value: all ? undefined : value, next: at + count };
}

/** The size in exactly so many bytes; undefined when it does not fit. */
function encodeSize(size: number, count: number): Uint8Array | undefined {
  if (size >= 2 ** (7 * count) - 1) return undefined;
  const bytes = new Uint8Array(count);
  let left = size;
  for (let i = count - 1; i >= 0; i--) {
    bytes[i] = left % 256;
    left = Math.floor(left / 256);
  }
  bytes[0] = (bytes[0] ?? 0) | (0x80 >> (count - 1));
  return bytes;
}
