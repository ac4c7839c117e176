/**
 * `window.parlorDebug`: what the connections say about themselves, to look at and to test with.
 * Opened only when the server says that it runs for development, or when it runs on this very
 * machine (development listens on loopback only); read-only in any case.
 */
import type { CallSession } from "./session";

export interface ParlorDebug {
  report: CallSession["line"]["report"];
  status: () => string;
  socket: () => string;
}

declare global {
  interface Window {
    parlorDebug?: ParlorDebug;
  }
}

export function mayDebug(features: readonly string[], hostname = location.hostname): boolean {
  return features.includes("dev") || hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

export function openDebugWindow(call: CallSession): () => void {
  window.parlorDebug = Object.freeze({
    report: () => call.line.report(),
    status: () => call.status.peek(),
    socket: () => call.socketState.peek().name,
  });
  return () => {
    delete window.parlorDebug;
  };
}
