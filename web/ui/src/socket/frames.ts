/**
 * The envelope of rtc.v1: one JSON object per text frame. Everything unknown is ignored, never an
 * error: the server may be newer than this page.
 */
import { named } from "../i18n/erased";

export type Json = Record<string, unknown>;

/** What arrives. */
export interface Incoming {
  type: string;
  /** Correlates a reply with its request. */
  id: string | undefined;
  /** Set on reliable events only; contiguous from 1 within a session. */
  seq: number | undefined;
  data: Json;
}

/** The frame in the text, or undefined when it is none. */
export function parseFrame(text: unknown): Incoming | undefined {
  if (typeof text !== "string") return undefined;
  let frame: unknown;
  try {
    frame = JSON.parse(text, named);
  } catch {
    return undefined;
  }
  if (!isObject(frame) || typeof frame.type !== "string") return undefined;
  return {
    type: frame.type,
    id: typeof frame.id === "string" ? frame.id : undefined,
    seq: typeof frame.seq === "number" ? frame.seq : undefined,
    data: isObject(frame.data) ? frame.data : {},
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A request that was refused, lost, or never answered. */
export class RequestError extends Error {
  constructor(
    /** A code of the protocol, or `timeout` / `disconnected` from this side. */
    readonly code: string,
    message: string,
    readonly retryable: boolean,
    readonly retryAfterMs: number = 0,
    /** Everything else the server said, e.g. `opensAt`. */
    readonly details: Json = {},
  ) {
    super(message);
    this.name = "RequestError";
  }

  static from(data: Json): RequestError {
    return new RequestError(
      typeof data.code === "string" ? data.code : "internal",
      typeof data.message === "string" ? data.message : "",
      data.retryable === true,
      typeof data.retryAfterMs === "number" ? data.retryAfterMs : 0,
      data,
    );
  }
}
