// How much a phone on a weak line must fetch before the person behind a join link sees themselves.
import { expect } from "@playwright/test";
import { arrive, becomeHost, followLink, invite } from "./people";
import { Server } from "./server";
import { test } from "./test";

const BYTES_MAX = 100 * 1024;
const REQUESTS_MAX = 20;

test("the join link's pages fetch little before the preview shows", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const link = await invite(host);
    const guest = await arrive(browser, { phone: true });
    // What goes through a service worker is counted nowhere; a newcomer has none yet anyway.
    await guest.context.addInitScript(() => delete (Navigator.prototype as { serviceWorker?: unknown }).serviceWorker);
    // The browser's own count, of what really came over the wire, headers and compression included.
    const wire = await guest.context.newCDPSession(guest.page);
    await wire.send("Network.enable");
    const cached = new Set<string>();
    const urls = new Map<string, string>();
    let bytes = 0;
    wire.on("Network.requestServedFromCache", ({ requestId }) => cached.add(requestId));
    wire.on("Network.responseReceived", ({ requestId, response }) => {
      const local = response.fromDiskCache || cached.has(requestId) || /^(data|blob):/.test(response.url);
      if (!local) urls.set(requestId, new URL(response.url).pathname);
    });
    wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (urls.has(requestId)) bytes += encodedDataLength;
    });
    await followLink(guest, link);
    const allow = guest.page.getByRole("button", { name: "Allow camera and microphone" });
    const preview = guest.page.locator("video");
    await expect(allow.or(preview).first()).toBeVisible();
    if (await allow.isVisible()) await allow.click();
    await expect.poll(() => preview.first().evaluate((video: HTMLVideoElement) => video.videoWidth)).toBeGreaterThan(0);
    console.log(`RESULT join-link bytes=${bytes} requests=${urls.size}`);
    const all = [...urls.values()].join("\n");
    expect(bytes, all).toBeLessThanOrEqual(BYTES_MAX);
    expect(urls.size, all).toBeLessThanOrEqual(REQUESTS_MAX);
  } finally {
    await server.stop();
  }
});
