// A page that shows meetings hears of new ones, also when another device or person made them.
import { expect } from "@playwright/test";
import { arrive, becomeHost, invite } from "./people";
import { Server } from "./server";
import { test } from "./test";

test("a meeting that is made elsewhere appears on the start page by itself", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const home = await host.context.newPage();
    const greeted = home.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
    await home.goto(server.url);
    await greeted;
    await invite(host);
    await expect(home.getByText("First conversation").first()).toBeVisible();
    // One line serves all pages, however many want to hear something, and goes with the login.
    await home.getByRole("button", { name: "Menu" }).click();
    await home.getByRole("link", { name: "Account" }).click();
    await expect(home.getByRole("heading").first()).toBeVisible();
    const open = () => home.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.filter((it) => it.readyState < 2).length);
    await expect.poll(open).toBe(1);
    await home.getByRole("button", { name: "Log out", exact: true }).click();
    await expect.poll(open).toBe(0);
  } finally {
    await server.stop();
  }
});
