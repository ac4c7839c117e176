/** Ties the protocol client to this browser: address, device, tokens, and the signs of a new network. */
import { accessToken, presentToken, renewAccessToken } from "../api";
import { SignedOut, SocketClient, type Surroundings, type TokenSource } from "../socket/client";
import { onNetworkChange, onVisible } from "./surroundings";

const DEVICE_KEY = "parlor.device";

/** `part`: what of this tab speaks, when it is not the call. */
export function openSocket(part = ""): SocketClient {
  return new SocketClient({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
    device: { id: part === "" ? deviceId() : `${deviceId()}-${part}`, kind: "web" },
    token: tokens(),
    surroundings: browserSurroundings,
    reachable,
  });
}

const REACHABLE_WITHIN_MS = 3_000;

async function reachable(): Promise<boolean> {
  try {
    await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(REACHABLE_WITHIN_MS) });
    return true; // whatever it says of itself: it answers
  } catch {
    return false;
  }
}

/** One per tab: two tabs of one person are two devices and must not push each other out. */
function deviceId(): string {
  let id = sessionStorage.getItem(DEVICE_KEY);
  if (id === null) {
    id = crypto.randomUUID();
    sessionStorage.setItem(DEVICE_KEY, id);
  }
  return id;
}

function tokens(): TokenSource {
  let last: string | undefined;
  return async ({ fresh }) => {
    const token = fresh && last !== undefined ? await renewAccessToken(last) : await accessToken();
    if (token === null) throw new SignedOut();
    last = token;
    return token;
  };
}

export const browserSurroundings: Surroundings = { onOnline: onNetworkChange, onVisible };

/** Leaves a room on another way than the socket: for a page that is being closed. */
export function farewell(roomId: string, sessionId: string | undefined): void {
  const token = presentToken();
  if (token === null || sessionId === undefined) return;
  void fetch(`/api/rooms/${encodeURIComponent(roomId)}/leave`, {
    method: "POST",
    keepalive: true,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ sessionId }),
  }).catch(() => {});
}
