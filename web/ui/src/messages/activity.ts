/** Says whether somebody is in front of this device: not after five minutes without a sign of it. */
import { onLive } from "../app/live";

const IDLE_AFTER_MS = 5 * 60_000;
const SIGNS = ["pointerdown", "keydown", "wheel", "touchstart"] as const;

export function watchActivity(): () => void {
  let idle = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let say: (() => void) | undefined;
  const turn = (to: boolean) => {
    if (idle === to) return;
    idle = to;
    say?.();
  };
  const seen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => turn(true), IDLE_AFTER_MS);
    turn(false);
  };
  const looked = () => document.visibilityState === "visible" && seen();
  for (const sign of SIGNS) document.addEventListener(sign, seen, { passive: true });
  document.addEventListener("visibilitychange", looked);
  seen();
  const off = onLive((socket) => {
    say = () => socket.state.name === "ready" && socket.send("activity", { idle });
    say();
    return [socket.onWelcome(() => say?.())];
  });
  return () => {
    off();
    say = undefined;
    clearTimeout(timer);
    for (const sign of SIGNS) document.removeEventListener(sign, seen);
    document.removeEventListener("visibilitychange", looked);
  };
}
