/**
 * Calls that ring: one's own, and those to oneself. Keeps what stands in signals and says what a
 * person decides over the line that all pages share. No component in here.
 */
import { signal } from "@preact/signals";
import { liveSocket, onLive } from "../app/live";
import { navigate } from "../app/router";
import { toast } from "../components";
import type { CallIncoming, CallInviteAck, MediaKind } from "../generated/protocol";
import type { SocketClient } from "../socket/client";
import type { RequestError } from "../socket/frames";
import { tp } from "./words";

export type Incoming = CallIncoming & { answering: boolean };

/** Why a call of ours came to nothing. */
export interface CallOver {
  reason: string;
  shortfallMc?: number;
  mayWait?: boolean;
  waitMs?: number;
}

export interface Outgoing {
  hostId: string;
  hostName: string;
  media: MediaKind;
  stage: "asking" | "ringing" | "queued" | "over";
  ack?: CallInviteAck;
  devices: number;
  place: number;
  waitMs: number | undefined;
  over?: CallOver;
}

export const incoming = signal<Incoming | undefined>(undefined);
export const outgoing = signal<Outgoing | undefined>(undefined);
/** Grows when there is something new in the list of calls. */
export const callNews = signal(0);

/** Until the line stands; a press of a button must not be lost because a page is new. */
const LINE_TIMEOUT_MS = 8_000;
/** The server says when a ring is over; this is for when it cannot. */
const LATE_MS = 3_000;

/** What rang when the server went away; it says what became of it once it is back. */
let cut: Incoming | undefined;
let lateTimer: ReturnType<typeof setTimeout> | undefined;

/** Listens while somebody is signed in; returns the way to stop. */
export function startCenter(): () => void {
  const off = onLive((socket) => [
    socket.on("call-incoming", (data) => {
      if (incoming.peek()?.callId === data.callId) return;
      incoming.value = { ...data, answering: false };
      socket.send("call-ringing", { callId: data.callId });
      clearTimeout(lateTimer);
      lateTimer = setTimeout(() => quiet(data.callId), Math.max(0, data.expiresAt - Date.now()) + LATE_MS);
      news();
    }),
    socket.on("call-ringing", (data) => change(data.callId, { stage: "ringing", devices: data.devices })),
    socket.on("call-queued", (data) => change(data.callId, { stage: "queued", place: data.place, waitMs: data.waitMs ?? undefined })),
    socket.on("call-accepted", (data) => {
      if (outgoing.peek()?.ack?.callId !== data.callId) return;
      outgoing.value = undefined;
      navigate(`/call/${data.callId}`);
    }),
    ...(["call-declined", "call-cancelled", "call-missed"] as const).map((name) =>
      socket.on(name, (data) => unanswered(data.callId, data.reason)),
    ),
    socket.on("call-ended", news),
    socket.onWelcome(({ lost }) => {
      if (!lost) return;
      // The server does not know our call any more: it may have been restarted.
      const mine = outgoing.peek();
      if (mine !== undefined && mine.stage !== "over") outgoing.value = { ...mine, stage: "over", over: { reason: "gone" } };
      cut = incoming.peek();
      incoming.value = undefined;
      news();
    }),
  ]);
  const vanish = () => {
    const callId = outgoing.peek()?.ack?.callId;
    if (callId !== undefined) liveSocket()?.send("call-cancel", { callId });
  };
  window.addEventListener("pagehide", vanish);
  return () => {
    off();
    window.removeEventListener("pagehide", vanish);
    clearTimeout(lateTimer);
    incoming.value = undefined;
    outgoing.value = undefined;
  };
}

export async function call(hostId: string, hostName: string, media: MediaKind, wait = false): Promise<void> {
  const fresh: Outgoing = { hostId, hostName, media, stage: "asking", devices: 0, place: 0, waitMs: undefined };
  outgoing.value = fresh;
  try {
    const socket = await line();
    const words = { hostId, media, ...(wait ? { wait: true } : {}) };
    const ack = await socket.request("call-invite", words, { again: true });
    if (outgoing.peek() === undefined) return void socket.send("call-cancel", { callId: ack.callId });
    const queued = ack.place != null;
    outgoing.value = {
      ...fresh,
      ack,
      stage: queued ? "queued" : "ringing",
      place: ack.place ?? 0,
      waitMs: ack.waitMs ?? undefined,
    };
  } catch (cause) {
    if (outgoing.peek() === undefined) return;
    outgoing.value = { ...fresh, stage: "over", over: overOf(cause as RequestError) };
    news();
  }
}

export function cancel(): void {
  const mine = outgoing.peek();
  outgoing.value = undefined;
  if (mine?.ack !== undefined && mine.stage !== "over") liveSocket()?.send("call-cancel", { callId: mine.ack.callId });
}

export async function answer(media: MediaKind): Promise<void> {
  const it = incoming.peek();
  if (it === undefined || it.answering) return;
  incoming.value = { ...it, answering: true };
  try {
    const socket = await line();
    await socket.request("call-accept", { callId: it.callId, media }, { again: true });
    incoming.value = undefined;
    navigate(`/call/${it.callId}`);
  } catch {
    incoming.value = undefined;
    toast(tp("incoming.late"));
  }
}

export function decline(): void {
  const it = incoming.peek();
  incoming.value = undefined;
  if (it !== undefined) liveSocket()?.send("call-decline", { callId: it.callId });
}

function unanswered(callId: string, reason: string): void {
  const it = incoming.peek() ?? cut;
  if (it?.callId === callId && !it.answering) {
    incoming.value = cut = undefined;
    if (reason === "answered_elsewhere") toast(tp("incoming.taken"));
    else if (reason !== "declined" && reason !== "busy") toast(tp("incoming.missed", { name: it.userName }));
  }
  const mine = outgoing.peek();
  if (mine?.ack?.callId === callId && mine.stage !== "over") outgoing.value = { ...mine, stage: "over", over: { reason } };
  news();
}

function quiet(callId: string): void {
  if (incoming.peek()?.callId === callId) incoming.value = undefined;
}

function change(callId: string, to: Partial<Outgoing>): void {
  const mine = outgoing.peek();
  if (mine?.ack?.callId === callId && mine.stage !== "over") outgoing.value = { ...mine, ...to };
}

function news(): void {
  callNews.value += 1;
}

function overOf(error: RequestError): CallOver {
  const { details } = error;
  const number = (value: unknown) => (typeof value === "number" ? value : undefined);
  const [shortfallMc, waitMs] = [number(details?.["shortfallMc"]), number(details?.["waitMs"])];
  return {
    reason: error.code,
    mayWait: details?.["mayWait"] === true,
    ...(shortfallMc === undefined ? {} : { shortfallMc }),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

async function line(): Promise<SocketClient> {
  const end = Date.now() + LINE_TIMEOUT_MS;
  for (;;) {
    const socket = liveSocket();
    if (socket !== undefined) return socket;
    if (Date.now() > end) throw Object.assign(new Error("no line"), { code: "disconnected", details: {} });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
