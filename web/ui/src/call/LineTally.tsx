/** Counts how good our line is while we are in, for the one word about it afterwards. Shows nothing. */
import { useEffect } from "preact/hooks";
import type { InCall } from "./panels";

const EVERY_MS = 2_000;

export function LineTally({ call }: InCall) {
  useEffect(() => {
    const timer = setInterval(() => {
      const level = call.quality.own.peek();
      if (level !== undefined) call.gathering.tally[level - 1] = (call.gathering.tally[level - 1] ?? 0) + 1;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [call]);
  return null;
}
