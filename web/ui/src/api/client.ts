/**
 * Requests to our own server. Holds no state but what it is given: the access token comes from a
 * `TokenSource`, which also renews it; a request that is refused for its token is tried once more.
 */
import { ApiError } from "./error";

export interface TokenSource {
  /** A token that is still good, renewed when it is about to end; null for a stranger. */
  token(): Promise<string | null>;
  /** The server refused this one: a newer one, or null when there is none to be had. */
  renew(refused: string): Promise<string | null>;
}

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  /** A file as it is, instead of a body. */
  file?: Blob;
  /** `none` for the requests that make a login, which must not wait for one. */
  auth?: "bearer" | "none";
  /** Makes a POST safe to repeat: the server answers the same key with the same result. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface ClientParts {
  fetch: typeof fetch;
  tokens: TokenSource;
  /** How answers are read, value by value; as they are without it. */
  read?: (key: string, value: unknown) => unknown;
  wait: (ms: number) => Promise<void>;
  /** From 0 up to 1: spreads repeats, so that a restarted server is not hit by all at once. */
  random: () => number;
}

const TIMEOUT_MS = 15_000;
const ATTEMPTS_MAX = 3;
const BACKOFF_MS = 400;
const BACKOFF_MS_MAX = 4_000;

export type Request = <T>(path: string, options?: RequestOptions) => Promise<T>;

export function createClient(parts: ClientParts): Request {
  return async <T>(path: string, options: RequestOptions = {}): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await authorised(parts, path, options)) as T;
      } catch (cause) {
        const delay = cause instanceof ApiError ? delayBeforeRepeat(cause, options, attempt, parts.random) : null;
        if (delay === null) throw cause;
        await parts.wait(delay);
      }
    }
  };
}

async function authorised(parts: ClientParts, path: string, options: RequestOptions): Promise<unknown> {
  const token = options.auth === "none" ? null : await parts.tokens.token();
  try {
    return await once(parts, path, options, token);
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.status !== 401 || token === null) throw cause;
    const fresh = await parts.tokens.renew(token);
    if (fresh === null) throw cause;
    return once(parts, path, options, fresh);
  }
}

async function once({ fetch: send, read }: ClientParts, path: string, options: RequestOptions, token: string | null): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (token !== null) headers["Authorization"] = `Bearer ${token}`;
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  const init: RequestInit = { method: options.method ?? "GET", headers, credentials: "same-origin" };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  } else if (options.file !== undefined) {
    headers["Content-Type"] = options.file.type || "application/octet-stream";
    init.body = options.file;
  }
  const response = await withTimeout(send, path, init, options.signal);
  if (!response.ok) throw await ApiError.from(response);
  if (response.status === 204) return undefined;
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text, read);
}

async function withTimeout(send: typeof fetch, path: string, init: RequestInit, outer?: AbortSignal): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  const giveUp = () => stop.abort();
  outer?.addEventListener("abort", giveUp, { once: true });
  try {
    return await send(path, { ...init, signal: stop.signal });
  } catch (cause) {
    if (outer?.aborted) throw cause; // the caller no longer wants it: not a failure to show
    throw ApiError.unreachable();
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", giveUp);
  }
}

/** Null when a repeat could do something twice, would not help, or has been tried enough. */
function delayBeforeRepeat(error: ApiError, options: RequestOptions, attempt: number, random: () => number): number | null {
  if (attempt >= ATTEMPTS_MAX) return null;
  const method = options.method ?? "GET";
  const repeatable = method === "GET" || options.idempotencyKey !== undefined;
  const passing = error.status === 0 || error.status === 429 || error.status === 502 || error.status === 503;
  if (!repeatable || !passing) return null;
  const asked = error.body.retryAfterMs;
  if (typeof asked === "number") return asked <= BACKOFF_MS_MAX ? asked : null;
  return Math.min(BACKOFF_MS * 2 ** (attempt - 1), BACKOFF_MS_MAX) * (0.5 + random() / 2);
}
