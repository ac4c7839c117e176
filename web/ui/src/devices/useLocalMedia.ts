/** Our devices for as long as a component stands: started at once when that asks nobody anything. */
import { useEffect, useState } from "preact/hooks";
import { LocalMedia } from "./local-media";
import { mediaPermission } from "./permission";

/** `asking`: the person must be told why before the browser asks. */
export type Readiness = "looking" | "asking" | "started";

export function useStarted(media: LocalMedia, want: { audio: boolean; video: boolean }) {
  const [readiness, setReadiness] = useState<Readiness>("looking");
  const start = async () => {
    setReadiness("started");
    await media.start(want);
  };
  useEffect(() => {
    let wanted = true;
    void (async () => {
      const permission = await mediaPermission();
      await media.refreshDevices();
      if (!wanted) return;
      if (permission === "prompt" || permission === "unknown") setReadiness("asking");
      else await start();
    })();
    return () => {
      wanted = false;
    };
  }, [media]);
  return { readiness, start, skip: () => setReadiness("started") };
}
