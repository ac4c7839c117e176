/**
 * Makes the app installable, says in words when there is no network, and shows notifications when no
 * page does (`push`). It keeps two kinds of files that are the same for everybody: the offline page and the hashed files of one build.
 * It must never keep a page, an answer of the API or anything else that is somebody's own, and
 * leaves all of those to the browser.
 */
import { followPush } from "./push";

declare const self: ServiceWorkerGlobalScope;
/** Changes when any file of the build does; put in when it is built. */
declare const BUILD: string;

const CACHE = `parlor-${BUILD}`;
const OFFLINE = "/offline.html";
const ALWAYS = [OFFLINE, "/offline.css", "/offline.js", "/icon.svg"];

followPush();

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(ALWAYS)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOtherBuilds());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => offlineFile(OFFLINE)));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(hashedFile(request));
  else if (ALWAYS.includes(url.pathname)) event.respondWith(fetch(request).catch(() => offlineFile(url.pathname)));
});

async function forgetOtherBuilds(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function offlineFile(path: string): Promise<Response> {
  return (await caches.match(path)) ?? Response.error();
}

/** A name with a hash in it always means the same bytes. */
async function hashedFile(request: Request): Promise<Response> {
  const found = await caches.match(request);
  if (found) return found;
  const fresh = await fetch(request);
  if (fresh.ok) {
    const copy = fresh.clone();
    const cache = await caches.open(CACHE);
    await cache.put(request, copy).catch(() => undefined); // a full disk costs the cache, not the page
  }
  return fresh;
}
