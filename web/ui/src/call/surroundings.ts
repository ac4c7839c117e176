/**
 * Signs of this browser that the network may be another one now, or that time was lost: it came
 * back, Wi-Fi became mobile, somebody looks at the page again, the machine slept. They only say
 * "look"; what is well is left alone.
 */
const TICK_MS = 2_000;
/** A timer this late means that the machine slept; a busy or hidden page is late by less. */
const SLEPT_MS = 10_000;

type Connection = EventTarget & { type?: string };

/** Calls `run` at each sign; returns the unsubscriber. */
export function onNetworkChange(run: () => void): () => void {
  window.addEventListener("online", run);
  const { connection } = navigator as Navigator & { connection?: Connection };
  // It also tells of every new estimate of the speed, which is no change of the network.
  let type = connection?.type;
  const changed = () => {
    if (connection?.type === type) return;
    type = connection?.type;
    if (type !== "none") run();
  };
  connection?.addEventListener?.("change", changed);
  let last = Date.now();
  const tick = setInterval(() => {
    const now = Date.now();
    if (now - last > TICK_MS + SLEPT_MS && document.visibilityState === "visible") run();
    last = now;
  }, TICK_MS);
  return () => {
    window.removeEventListener("online", run);
    connection?.removeEventListener?.("change", changed);
    clearInterval(tick);
  };
}

export function onVisible(run: () => void): () => void {
  const seen = () => document.visibilityState === "visible" && run();
  document.addEventListener("visibilitychange", seen);
  return () => document.removeEventListener("visibilitychange", seen);
}
