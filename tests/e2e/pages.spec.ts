// Every page at phone and desktop width, light and dark: no serious fault for assistive technology,
// nothing wider than the screen, and a screenshot to look at (test-results/pages).
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";
import { type Person, admit, arrive, becomeHost, enter, followLink, invite, press, seesAndHears, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

const WIDTHS = [390, 1280];

async function inspect(page: Page, name: string): Promise<void> {
  const was = page.viewportSize()!;
  for (const width of WIDTHS) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
      await page.screenshot({ path: `test-results/pages/${name}-${width}-${colorScheme}.png` });
      const faults = (await new AxeBuilder({ page }).analyze()).violations.filter((fault) =>
        ["serious", "critical"].includes(fault.impact ?? ""),
      );
      expect(faults.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target).join(" ")}`), `${name} ${width} ${colorScheme}`).toEqual([]);
      await expectNoWiderThanScreen(page, name);
    }
  }
  // WCAG 1.4.10: a window of 1280 x 1024 at 400 % is 320 x 256.
  await page.setViewportSize({ width: 320, height: 256 });
  await expectNoWiderThanScreen(page, name);
  await page.screenshot({ path: `test-results/pages/${name}-zoom-400.png` });
  await page.setViewportSize(was);
}

async function expectNoWiderThanScreen(page: Page, name: string): Promise<void> {
  // Polled, since a page that was just made narrower may not have been laid out anew.
  const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  await expect.poll(beyond, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
}

test("every page of somebody who is not logged in", async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.start();
  try {
    const { page } = await arrive(browser);
    for (const [name, path] of [
      ["welcome", "/"], ["login", "/login"], ["signup", "/signup"], ["reset", "/reset"], ["verify", "/verify/none"],
      ["reset-new", "/reset/none"], ["join-stale", "/j/none"], ["nothing", "/nowhere"], ["check", "/check"],
      ["setup", new URL(server.setupLink).pathname],
    ]) {
      await page.goto(server.url + path);
      await expect(page.getByRole("heading").first()).toBeVisible();
      await inspect(page, name);
    }
  } finally {
    await server.stop();
  }
});

test("every page of a host, a guest, and every state of a call", async ({ browser }) => {
  test.setTimeout(360_000);
  const server = await Server.start();
  try {
    const host: Person = await arrive(browser);
    await becomeHost(server, host);
    await inspect(host.page, "home-empty");
    for (const [name, path] of [["account", "/account"], ["hosts", "/admin/hosts"], ["live-empty", "/admin/live"], ["new", "/meetings/new"]]) {
      await host.page.goto(server.url + path);
      await expect(host.page.getByRole("heading").first()).toBeVisible();
      await inspect(host.page, name);
    }
    const link = await invite(host);
    await inspect(host.page, "new-done");
    await host.page.getByRole("link", { name: "Open the meeting" }).click();
    await expect(host.page.getByRole("heading", { name: "First conversation" })).toBeVisible();
    await inspect(host.page, "meeting");
    const meeting = host.page.url();
    await host.page.goto(server.url);
    await expect(host.page.getByText("First conversation").first()).toBeVisible();
    await inspect(host.page, "home");

    const guest = await arrive(browser, { phone: true });
    await guest.page.goto(link);
    await expect(guest.page.getByRole("button", { name: /Continue/ })).toBeVisible();
    await inspect(guest.page, "join");
    await guest.page.getByRole("button", { name: /Continue/ }).click();
    await expect(guest.page.getByRole("button", { name: /Join$|Allow camera/ }).first()).toBeVisible();
    await inspect(guest.page, "green-room");
    await enter(guest);
    await expect(guest.page.getByRole("heading", { name: "Waiting room" })).toBeVisible();
    await inspect(guest.page, "waiting-room");

    await host.page.goto(meeting);
    await host.page.getByRole("link", { name: "Join" }).click();
    await enter(host);
    await expect(host.page.getByRole("button", { name: /Admit Brian/ })).toBeVisible();
    await inspect(host.page, "knock");
    await admit(host, "Brian Otieno");
    await seesAndHears(host);
    await seesAndHears(guest);
    await inspect(host.page, "call-host");
    // The first one here is the admin too: the call is seen from beside it.
    const operator = await host.context.newPage();
    await operator.goto(`${server.url}/admin/live`);
    await expect(operator.getByText(/^With /)).toBeVisible();
    await expect(operator.getByText(/Direct|Via the relay/)).toBeVisible();
    await inspect(operator, "live");
    await operator.close();
    await inspect(guest.page, "call-guest");
    await press(host, "Settings");
    await inspect(host.page, "call-settings");
    await host.page.keyboard.press("Escape");
    await press(guest, "End");
    await expect(host.page.getByRole("heading", { name: "Participant Left" })).toBeVisible();
    await inspect(host.page, "participant-left");
    await inspect(guest.page, "end-left");
    await host.page.getByRole("button", { name: "End Call" }).click();
    await expect(host.page.getByRole("heading").first()).toBeVisible();
    await inspect(host.page, "end-host");
  } finally {
    await server.stop();
  }
});
