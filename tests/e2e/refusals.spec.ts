// Who must not get in, and what must still work without devices.
import { chromium, expect } from "@playwright/test";
import { admit, arrive, becomeHost, enter, followLink, greenRoom, invite, picture, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

test("a stranger with the room's address is refused, and a guest is outside until admitted", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const link = await invite(host);
    await startMeeting(host);
    const address = host.page.url();

    const stranger = await arrive(browser);
    await stranger.page.goto(address);
    await expect(stranger.page.getByRole("heading", { name: "Log in to join" })).toBeVisible();

    // Somebody with another meeting's link has a token, but not for this room.
    const second = await invite({ ...host, page: await host.context.newPage().then(async (page) => (await page.goto(server.url), page)) }, "eve@mail.example", "Eve");
    await followLink(stranger, second);
    await stranger.page.goto(address);
    await expect(stranger.page.getByRole("heading", { name: /Unauthorized access|Session not found/ })).toBeVisible();

    const guest = await arrive(browser);
    await followLink(guest, link);
    await enter(guest);
    await expect(guest.page.getByRole("heading", { name: "Waiting room" })).toBeVisible();
    expect(await picture(guest)).toBeUndefined();
    await expect(host.page.getByText("Brian Otieno").first()).toBeVisible();
    await host.page.getByRole("button", { name: "Not now" }).click();
    await host.page.getByRole("textbox", { name: "Message" }).fill("Ten minutes, please");
    await host.page.getByRole("button", { name: "Send" }).click();
    await expect(guest.page.getByText("Ten minutes, please")).toBeVisible();
    await guest.page.getByRole("button", { name: "Ask again" }).click();
    await admit(host, "Brian Otieno");
    await expect(guest.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
  } finally {
    await server.stop();
  }
});

for (const [what, flags, words] of [
  ["permission is denied", ["--use-fake-ui-for-media-stream=deny", "--use-fake-device-for-media-stream"], "Camera Access Required"],
  ["there is no device", ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0"], "No camera was found"],
] as const) {
  test(`${what}: it is said in words, and one can join without`, async () => {
    const server = await Server.start();
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      ignoreDefaultArgs: ["--use-fake-ui-for-media-stream"],
      args: ["--no-sandbox", "--disable-background-networking", "--no-first-run", ...flags],
    });
    try {
      const context = await browser.newContext();
      const host = { context, page: await context.newPage() };
      await becomeHost(server, host);
      await invite(host);
      await host.page.getByRole("link", { name: "Open the meeting" }).click();
      await host.page.getByRole("link", { name: "Join" }).click();
      const join = await greenRoom(host);
      await expect(host.page.getByText(words).first()).toBeVisible();
      const help = host.page.getByRole("dialog");
      if (await help.isVisible()) await help.getByRole("button", { name: "Cancel" }).click();
      await join.click();
      await expect(host.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
    } finally {
      await browser.contexts()[0]?.pages()[0]?.screenshot({ path: `test-results/without-${words.split(" ")[0]}.png` });
      await browser.close();
      await server.stop();
    }
  });
}
