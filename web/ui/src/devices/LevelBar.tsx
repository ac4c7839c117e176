/** How loud the microphone is, as a bar that moves. Set by script on the element, never as a style attribute. */
import { useEffect, useRef } from "preact/hooks";
import { t } from "../call/words";
import { meter } from "./sound";

/** Speech, not the hum of a room. */
const HEARD = 0.35;

export function LevelBar({ track, onHeard }: { track: MediaStreamTrack; onHeard?: () => void }) {
  const bar = useRef<HTMLSpanElement>(null);
  const root = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let heard = 0;
    return meter(track, (level) => {
      bar.current?.style.setProperty("transform", `scaleX(${level.toFixed(2)})`);
      root.current?.setAttribute("aria-valuenow", String(Math.round(level * 10) * 10));
      heard = level > HEARD ? heard + 1 : 0;
      if (heard === 2) onHeard?.();
    });
  }, [track]);
  return (
    <span
      ref={root}
      class="level"
      role="meter"
      aria-label={t("device.level")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    >
      <span ref={bar} class="level-bar" />
    </span>
  );
}
