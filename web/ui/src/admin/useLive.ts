/** What an admin's page shows while it is looked at: asked again every few seconds, never when hidden. */
import { useEffect } from "preact/hooks";
import { type Fetched, useFetched } from "../app/hooks";

const AGAIN_MS = 5_000;

export function useLive<T>(path: string): Fetched<T> {
  const fetched = useFetched<T>(path);
  const { reload } = fetched;
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && void reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  return fetched;
}
