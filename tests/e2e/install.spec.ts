// The app as an app of the device: installable, honest without a network, and never a keeper of private pages.
import { expect } from "@playwright/test";
import { arrive, becomeHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
});
test.afterAll(() => server.stop());

test("the app can be installed, speaks without a network, and keeps nothing private", async ({ browser }) => {
  const host = await arrive(browser);
  const { page } = host;
  await becomeHost(server, host);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload(); // from here on the worker stands between page and network
  await expect(page.getByRole("heading", { name: /Hello/ })).toBeVisible();
  await page.goto(`${server.url}/account`);
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();

  await test.step("the browser finds nothing wrong", async () => {
    const devtools = await host.context.newCDPSession(page);
    const manifest = await devtools.send("Page.getAppManifest");
    expect(manifest.errors).toEqual([]);
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // Test contexts are private windows, which cannot install anything.
    expect(installabilityErrors.map((it) => it.errorId).filter((id) => id !== "in-incognito")).toEqual([]);
  });

  await test.step("only what is the same for everybody is kept", async () => {
    const kept = await page.evaluate(async () => {
      const all: string[] = [];
      for (const name of await caches.keys())
        for (const request of await (await caches.open(name)).keys()) all.push(new URL(request.url).pathname);
      return all;
    });
    expect(kept).toContain("/offline.html");
    expect(kept.some((path) => path.startsWith("/assets/"))).toBe(true);
    expect(kept.filter((path) => !path.startsWith("/assets/") && !/^\/(offline\.(html|css|js)|icon\.svg)$/.test(path))).toEqual([]);
  });

  await test.step("without a network it says so, and comes back by itself", async () => {
    await host.context.setOffline(true);
    await page.goto(`${server.url}/account`).catch(() => undefined);
    await expect(page.getByRole("heading", { name: "No connection" })).toBeVisible();
    await page.screenshot({ path: "test-results/install/offline.png" });
    await host.context.setOffline(false);
    await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
  });
  await host.context.close();
});

test("a guest chooses the language, and it stays", async ({ browser }) => {
  const { page, context } = await arrive(browser, { phone: true });
  await page.goto(`${server.url}/login`);
  await page.getByLabel("Language").selectOption({ label: "Deutsch" });
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await context.close();
});
