/**
 * The connection test: two peer connections in this page talk to each other through the relay and
 * only through it. What fails is named, because "connection failed" helps nobody: a refused
 * credential, an unreachable port and a server that is away need three different people.
 */
import type { IceServer } from "../generated/protocol";
import { browserServer } from "../rtc/config";

export type LoopbackResult =
  | { ok: true; connectMs: number; rttMs: number; protocol: string }
  | { ok: false; reason: LoopbackFault; code: number | undefined; url: string | undefined };

export type LoopbackFault =
  /** The list of servers has no relay. */
  | "no-relay"
  /** The relay did not accept the credentials (401, 403, 441). */
  | "refused"
  /** The relay has no room (486, 508). */
  | "full"
  /** No answer from the relay: blocked on the way, or it is not running (701). */
  | "unreachable"
  /** Both ends have a relay address and still no packet arrived. */
  | "blocked"
  | "unsupported";

export interface IceFailure {
  errorCode: number;
  url: string;
}

const TIMEOUT_MS = 8_000;
const PINGS = 3;

/** The fault that these failures tell of, the most telling first. `answered`: the relay gave an address. */
export function faultOfFailures(
  failures: IceFailure[],
  answered: boolean,
): { reason: LoopbackFault; code?: number; url?: string } {
  const find = (...codes: number[]) => failures.find((failure) => codes.includes(failure.errorCode));
  const told = (reason: LoopbackFault, failure: IceFailure) => ({ reason, code: failure.errorCode, url: failure.url });
  const refused = find(401, 403, 438, 441);
  if (refused !== undefined) return told("refused", refused);
  const full = find(486, 508);
  if (full !== undefined) return told("full", full);
  const unreachable = find(701);
  if (answered) return { reason: "blocked" };
  return unreachable === undefined ? { reason: "unreachable" } : told("unreachable", unreachable);
}

export async function testLoopback(servers: IceServer[], timeoutMs = TIMEOUT_MS): Promise<LoopbackResult> {
  const fail = (reason: LoopbackFault, code?: number, url?: string): LoopbackResult => ({
    ok: false,
    reason,
    code,
    url,
  });
  if (typeof RTCPeerConnection === "undefined") return fail("unsupported");
  const relays = servers.filter((server) => server.urls.some((url) => /^turns?:/.test(url)));
  if (relays.length === 0) return fail("no-relay");

  const config: RTCConfiguration = { iceServers: relays.map(browserServer), iceTransportPolicy: "relay" };
  const near = new RTCPeerConnection(config);
  const far = new RTCPeerConnection(config);
  const failures: IceFailure[] = [];
  let answered = false;
  for (const [pc, other] of [
    [near, far],
    [far, near],
  ] as const) {
    pc.onicecandidate = ({ candidate }) => {
      if (candidate?.type === "relay") answered = true;
      void other.addIceCandidate(candidate ?? undefined).catch(() => {});
    };
    pc.onicecandidateerror = ({ errorCode, url }) => failures.push({ errorCode, url });
  }
  far.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data as string);
  };
  const begin = performance.now();
  try {
    const channel = near.createDataChannel("test");
    const opened = once(channel, "open");
    await near.setLocalDescription();
    await far.setRemoteDescription(near.localDescription as RTCSessionDescription);
    await far.setLocalDescription();
    await near.setRemoteDescription(far.localDescription as RTCSessionDescription);
    if (!(await within(opened, timeoutMs, () => near.iceGatheringState === "complete" && !answered))) {
      const { reason, code, url } = faultOfFailures(failures, answered);
      return fail(reason, code, url);
    }
    const connectMs = Math.round(performance.now() - begin);
    const rttMs = await roundTrip(channel, timeoutMs);
    return { ok: true, connectMs, rttMs, protocol: await relayProtocol(near) };
  } catch {
    const { reason, code, url } = faultOfFailures(failures, answered);
    return fail(reason, code, url);
  } finally {
    near.close();
    far.close();
  }
}

function once(target: EventTarget, type: string): Promise<Event> {
  return new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
}

async function within(promise: Promise<unknown>, timeoutMs: number, giveUp: () => boolean): Promise<boolean> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const begin = performance.now();
  const late = new Promise<false>((resolve) => {
    timer = setInterval(() => {
      if (performance.now() - begin > timeoutMs || giveUp()) resolve(false);
    }, 100);
  });
  const outcome = await Promise.race([promise.then(() => true), late]);
  clearInterval(timer);
  return outcome;
}

async function roundTrip(channel: RTCDataChannel, timeoutMs: number): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < PINGS; i++) {
    const begin = performance.now();
    const answer = once(channel, "message");
    channel.send(String(i));
    if (!(await within(answer, timeoutMs, () => false))) break;
    best = Math.min(best, performance.now() - begin);
  }
  return Math.round(best);
}

async function relayProtocol(pc: RTCPeerConnection): Promise<string> {
  const report = await pc.getStats();
  for (const entry of report.values()) {
    if (entry.type !== "transport" || !entry.selectedCandidatePairId) continue;
    const pair = report.get(entry.selectedCandidatePairId);
    return String(report.get(pair?.localCandidateId)?.relayProtocol ?? "");
  }
  return "";
}
