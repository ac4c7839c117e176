/**
 * The ports from outside: this browser tries each address of the relay by itself, as a call would, and
 * reports which of them gave it an address. No DOM in here, and nothing is decided: the server says what
 * it means.
 */
import type { IceServer } from "../generated/protocol";

export interface WaySeen {
  url: string;
  arrived: boolean;
  code: number | null;
}

/** Longer than a browser's own patience with a silent port. */
const TIMEOUT_MS = 12_000;
type Connect = (config: RTCConfiguration) => RTCPeerConnection;

/** Every address once, with the credential that it needs. */
export const oneByOne = (servers: IceServer[]): RTCIceServer[] =>
  servers.flatMap(({ urls, username, credential }) =>
    urls.map((url) => (username == null || credential == null ? { urls: [url] } : { urls: [url], username, credential })),
  );

/** Tries all, a few at once; `onDone` hears how many are done. */
export async function tryAll(servers: IceServer[], onDone: (done: number) => void, connect?: Connect): Promise<WaySeen[]> {
  let done = 0;
  const all = oneByOne(servers).map(async (server) => {
    const seen = await tryOne(server, connect);
    onDone(++done);
    return seen;
  });
  return Promise.all(all);
}

export async function tryOne(
  server: RTCIceServer,
  connect: Connect = (config) => new RTCPeerConnection(config),
  timeoutMs = TIMEOUT_MS,
): Promise<WaySeen> {
  const url = [server.urls].flat()[0] ?? "";
  const stun = url.startsWith("stun:");
  const pc = connect({ iceServers: [server], iceTransportPolicy: stun ? "all" : "relay" });
  let code: number | null = null;
  try {
    return await new Promise<WaySeen>((resolve, reject) => {
      const end = (arrived: boolean) => resolve({ url, arrived, code: arrived ? null : code });
      pc.onicecandidateerror = ({ errorCode }) => {
        code = errorCode;
      };
      pc.onicecandidate = ({ candidate }) => {
        if (candidate?.type === (stun ? "srflx" : "relay")) end(true);
        // A browser that has the address which STUN sees leaves that candidate out: no error is an answer.
        else if (candidate === null) end(stun && code === null);
      };
      setTimeout(() => end(false), timeoutMs);
      pc.createDataChannel("doctor");
      pc.setLocalDescription().catch(reject);
    });
  } catch {
    return { url, arrived: false, code };
  } finally {
    pc.close();
  }
}
