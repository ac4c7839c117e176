/**
 * This browser as one that may be knocked at (Web Push): how it stands, and switching it on and off.
 * The permission is asked for only by `allow`, which follows a press. What was agreed to is noted
 * here, so that a subscription which the browser or the server lost is made again without asking.
 */
import { request, session } from "../api";
import type { components } from "../generated/rest";

type State = components["schemas"]["PushBody"];

export type Standing =
  /** This browser cannot. */
  | { is: "unable" }
  /** On iOS only an installed app can. */
  | { is: "install-first" }
  /** The operator does not offer it. */
  | { is: "closed" }
  /** The reader, or a private window, said no. */
  | { is: "denied" }
  | { is: "off" }
  | { is: "on"; named: boolean };

const PATH = "/api/me/push";
const KEPT = "parlor.push";
const DAY_MS = 24 * 60 * 60 * 1000;

/** The browser did not subscribe: no service of its own, a private window, or no network. */
export class NotSubscribed extends Error {}

const able = (): boolean => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** iPads say that they are Macs, but for their fingers. */
function isApple(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iP(hone|ad|od)/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
}

export async function standing(): Promise<Standing> {
  if (!able()) return { is: isApple() ? "install-first" : "unable" };
  const { publicKey, on, named } = await request<State>(PATH);
  if (!publicKey) return { is: "closed" };
  if (Notification.permission === "denied") return { is: "denied" };
  const has = Notification.permission === "granted" && (await subscription()) !== null;
  return has && on ? { is: "on", named } : { is: "off" };
}

/** Asks for the permission if there is none yet, and tells the server. Gives how it stands then. */
export async function allow(named: boolean): Promise<Standing> {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return { is: permission === "denied" ? "denied" : "off" };
  const { publicKey } = await request<State>(PATH);
  if (!publicKey) return { is: "closed" };
  const own = await subscribed(publicKey);
  await request(PATH, { method: "PUT", body: { ...own.toJSON(), named } });
  keep({ user: me(), named, at: Date.now() });
  return { is: "on", named };
}

export async function forbid(): Promise<Standing> {
  keep(null);
  await request(PATH, { method: "DELETE" });
  await (await subscription())?.unsubscribe();
  return { is: "off" };
}

/** At the start of a page: whoever had it on in this browser has it on, once a day said again. */
export async function renew(): Promise<void> {
  const before = kept();
  if (!able() || before === null || before.user !== me() || Notification.permission !== "granted") return;
  const fresh = Date.now() - before.at < DAY_MS;
  if (fresh && (await standing()).is === "on") return;
  await allow(before.named);
}

/** Takes what was shown off the screen of this device. */
export async function clear(): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration();
  for (const it of (await worker?.getNotifications()) ?? []) it.close();
}

/** Tells when the reader changes the permission in the browser's own settings. */
export function onPermission(changed: () => void): () => void {
  let status: PermissionStatus | null = null;
  let over = false;
  void navigator.permissions?.query({ name: "notifications" }).then(
    (it) => {
      if (over) return;
      status = it;
      it.addEventListener("change", changed);
    },
    () => undefined,
  );
  return () => {
    over = true;
    status?.removeEventListener("change", changed);
  };
}

async function subscription(): Promise<PushSubscription | null> {
  const worker = await navigator.serviceWorker.getRegistration();
  return (await worker?.pushManager.getSubscription()) ?? null;
}

async function subscribed(publicKey: string): Promise<PushSubscription> {
  try {
    await navigator.serviceWorker.register("/sw.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const key = bytes(publicKey);
    const old = await pushManager.getSubscription();
    if (old && isFor(old, key)) return old;
    // The server has another key than at that time: what was made with the old one is void.
    await old?.unsubscribe();
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (cause) {
    throw new NotSubscribed("the browser did not subscribe", { cause });
  }
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(text, (it) => it.charCodeAt(0));
}

function isFor({ options }: PushSubscription, key: Uint8Array): boolean {
  const had = new Uint8Array(options?.applicationServerKey ?? new ArrayBuffer(0));
  return had.length === key.length && had.every((it, at) => it === key[at]);
}

interface Kept {
  user: string;
  named: boolean;
  at: number;
}

const me = (): string => {
  const identity = session.identity.peek();
  return identity.kind === "member" ? identity.user.userId : "";
};

function kept(): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function keep(it: Kept | null): void {
  try {
    if (it) localStorage.setItem(KEPT, JSON.stringify(it));
    else localStorage.removeItem(KEPT);
  } catch {
    // No storage: a lost subscription is not made again by itself.
  }
}
