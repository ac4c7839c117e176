/** For forms that the server may refuse for a while (429): the button rests until it is worth another try. */
import { useEffect, useState } from "preact/hooks";
import type { ApiError } from "../api";

/** Timers of browsers run out at once beyond this. */
const WAIT_MS_MAX = 2_000_000_000;

export interface Patience {
  resting: boolean;
  /** Takes note of a refusal, if it is one that says how long. */
  note: (error: ApiError) => void;
}

export function usePatience(): Patience {
  const [until, setUntil] = useState(0);
  useEffect(() => {
    if (until === 0) return undefined;
    const timer = setTimeout(() => setUntil(0), Math.min(Math.max(0, until - Date.now()), WAIT_MS_MAX));
    return () => clearTimeout(timer);
  }, [until]);
  const note = (error: ApiError) => {
    const wait = error.body.retryAfterMs;
    if (error.status === 429 && wait) setUntil(Date.now() + wait);
  };
  return { resting: until > 0, note };
}
