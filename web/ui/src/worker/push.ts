/**
 * Notifications when no page of ours is looked at. A knock is put into words here, in its reader's
 * language; a click on it opens what it is about, in a page that is open already if that disturbs
 * nobody. When the browser changes its address, the server is told of the new one.
 */
import { free, shown, understood, type Words } from "./knock";

declare const self: ServiceWorkerGlobalScope;
/** By language and key; put in when it is built. */
declare const WORDS: Words;

export function followPush(): void {
  self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    const { path } = event.notification.data as { path: string };
    event.waitUntil(open(path));
  });
  self.addEventListener("pushsubscriptionchange", (event) => (event as ExtendableEvent).waitUntil(tellOfChange()));
}

const pages = (): Promise<readonly WindowClient[]> => self.clients.matchAll({ type: "window", includeUncontrolled: true });

async function show(data: PushMessageData | null): Promise<void> {
  // Whoever looks at a page of ours is told there.
  if ((await pages()).some((it) => it.visibilityState === "visible" && it.focused)) return;
  const { words, lang, tag, path } = shown(understood(read(data)), self.navigator.languages, WORDS);
  const options = { tag, lang, data: { path }, icon: "/icon-192.png", badge: "/icon-192.png", renotify: true };
  await self.registration.showNotification(words, options);
}

function read(data: PushMessageData | null): unknown {
  try {
    return data?.json();
  } catch {
    return null;
  }
}

async function open(path: string): Promise<void> {
  const all = await pages();
  const there = all.find((it) => new URL(it.url).pathname === path);
  const page = there ?? free(all);
  if (page) {
    // A page that is not under this worker cannot be led, and some browsers let none be.
    const led = there ?? (await page.navigate(path).catch(() => null));
    if (led) return void (await led.focus().catch(() => null));
  }
  await self.clients.openWindow(path);
}

/** The login is in a cookie; pages and worker take turns with it. */
async function tellOfChange(): Promise<void> {
  const renew = () => fetch("/api/auth/refresh", { method: "POST", credentials: "same-origin" });
  const session = await navigator.locks.request("parlor-refresh", renew);
  if (!session.ok) return; // nobody is logged in here
  const { accessToken } = (await session.json()) as { accessToken: string };
  const headers = { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" };
  const answer = await fetch("/api/me/push", { headers });
  if (!answer.ok) return;
  const { publicKey, on, named } = (await answer.json()) as { publicKey?: string | null; on: boolean; named: boolean };
  if (!publicKey || !on) return;
  const fresh = await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  await fetch("/api/me/push", { method: "PUT", headers, body: JSON.stringify({ ...fresh.toJSON(), named }) });
}
