/** Something that is kept true as long as anybody shows it: followed by the first, forgotten after the last. */
import { useEffect } from "preact/hooks";

/** A hook around `follow`, which gives what ends it; `forget` clears what nobody shows any more. */
export function followed<A extends unknown[]>(follow: (...how: A) => () => void, forget: () => void): (...how: A) => void {
  let followers = 0;
  let stop: (() => void) | undefined;
  return (...how) =>
    useEffect(() => {
      followers += 1;
      if (followers === 1) stop = follow(...how);
      return () => {
        followers -= 1;
        if (followers > 0) return;
        stop?.();
        forget();
      };
    }, []);
}
