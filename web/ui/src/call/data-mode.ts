/**
 * How much data a person wants to spend: kept in this browser, since it belongs to the line and not
 * to the call.
 */
const KEPT = "parlor.lessData";

/** What was chosen here last; else what the browser's own data saver says. */
export function recallLessData(): boolean {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept !== null) return kept === "1";
  } catch {
    // a browser that keeps nothing
  }
  return (globalThis.navigator as { connection?: { saveData?: boolean } } | undefined)?.connection?.saveData === true;
}

export function rememberLessData(on: boolean): void {
  try {
    localStorage.setItem(KEPT, on ? "1" : "0");
  } catch {
    // said above
  }
}
