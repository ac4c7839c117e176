// Every page at phone and desktop width, light and dark: no serious fault for assistive technology,
// nothing wider than the screen, and a screenshot to look at (test-results/pages).
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, admit, arrive, becomeHostByHand, enter, followLink, invite, press, seesAndHears, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

test("every page of somebody who is not logged in", async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.start();
  try {
    const { page } = await arrive(browser);
    for (const [name, path] of [
      ["welcome", "/"], ["login", "/login"], ["signup", "/signup"], ["reset", "/reset"], ["verify", "/verify/none"],
      ["reset-new", "/reset/none"], ["join-stale", "/j/none"], ["nothing", "/nowhere"], ["check", "/check"], ["api", "/docs/api#redeem"],
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
    await becomeHostByHand(server, host);
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
    for (const panel of ["Chat", "People", "Connection"]) {
      await press(host, panel);
      await expect(host.page.getByRole("heading", { name: panel, exact: true })).toBeVisible();
      await inspect(host.page, `call-${panel.toLowerCase()}`);
      await host.page.getByRole("button", { name: `Close ${panel}` }).click();
    }
    await guest.context.setOffline(true);
    await server.kill();
    await expect(host.page.getByText("Reconnecting", { exact: false }).first()).toBeVisible();
    await inspect(host.page, "call-reconnecting");
    await server.restart();
    await guest.context.setOffline(false);
    await seesAndHears(host);
    await seesAndHears(guest);
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
