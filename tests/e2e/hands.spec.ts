// Devices that go away in a call, and a whole call without a mouse.
import { type Page, expect } from "@playwright/test";
import { type Person, admit, arrive, becomeHost, followLink, greenRoom, invite, picture, seesAndHears, startMeeting, talk } from "./people";
import { Server } from "./server";
import { test } from "./test";

/** The camera's plug: this browser's fake devices cannot be pulled out, so the page's view of them is changed. */
async function withPlug({ context }: Person): Promise<void> {
  const wire = () => {
    const { mediaDevices } = navigator;
    const given: MediaStreamTrack[] = [];
    let plugged = true;
    const [ask, list] = [mediaDevices.getUserMedia.bind(mediaDevices), mediaDevices.enumerateDevices.bind(mediaDevices)];
    mediaDevices.getUserMedia = async (wishes) => {
      if (!plugged && wishes?.video) throw new DOMException("Requested device not found", "NotFoundError");
      const stream = await ask(wishes);
      given.push(...stream.getVideoTracks());
      return stream;
    };
    mediaDevices.enumerateDevices = async () => (await list()).filter((device) => plugged || device.kind !== "videoinput");
    const plug = (into: boolean) => {
      plugged = into;
      for (const track of into ? [] : given.splice(0)) {
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
      mediaDevices.dispatchEvent(new Event("devicechange"));
    };
    Object.assign(window, { plug });
  };
  await context.addInitScript(wire);
}

const plug = ({ page }: Person, into: boolean) =>
  page.evaluate((in_) => (window as unknown as { plug(into: boolean): void }).plug(in_), into);

test("a camera that is pulled out is told, the voice goes on, and nobody is muted by it", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const guest = await arrive(browser);
    await withPlug(guest);
    await followLink(guest, await invite(host));
    await (await greenRoom(guest)).click();
    await startMeeting(host);
    await admit(host, "Brian Otieno");
    await seesAndHears(host);

    await plug(guest, false);
    await expect(guest.page.getByText(/camera/i).and(guest.page.getByText(/not found|no camera|gone|unplugged/i)).first()).toBeVisible();
    await expect(guest.page.getByRole("button", { name: "Microphone", exact: true })).toHaveAttribute("aria-pressed", "true");
    const before = (await picture(host))!.audioEnergy;
    await expect.poll(async () => (await picture(host))?.audioEnergy ?? 0).toBeGreaterThan(before);
  } finally {
    await server.stop();
  }
});

test("a permission that is taken back in the call does not end it", async ({ browser }) => {
  const server = await Server.start();
  try {
    const { host, guest } = await talk(server, browser);
    const own = await guest.context.newCDPSession(guest.page);
    const { browserContextId } = (await own.send("Target.getTargetInfo")).targetInfo;
    const session = await browser.newBrowserCDPSession();
    await session.send("Browser.setPermission", {
      browserContextId,
      origin: new URL(server.url).origin,
      permission: { name: "camera" },
      setting: "denied",
    });
    await expect
      .poll(() => guest.page.evaluate(async () => (await navigator.permissions.query({ name: "camera" })).state))
      .toBe("denied");
    // The voice is still there.
    const before = (await picture(host))!.audioEnergy;
    await expect.poll(async () => (await picture(host))?.audioEnergy ?? 0).toBeGreaterThan(before);
    await expect(guest.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
  } finally {
    await server.stop();
  }
});

/** Tab, as often as it takes to reach a control by its words; then Enter. */
async function tabAndEnter(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    const words = await page.evaluate(() => {
      const at = document.activeElement as HTMLElement | null;
      return at ? `${at.getAttribute("aria-label") ?? ""} ${at.textContent ?? ""}` : "";
    });
    if (name.test(words)) return page.keyboard.press("Enter");
  }
  throw new Error(`60 tabs did not reach ${name}`);
}

test("a whole call by keyboard alone", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const link = await invite(host);
    const guest = await arrive(browser);
    const { page } = guest;
    await page.goto(link);
    await expect(page.getByRole("button", { name: /Continue/ })).toBeVisible();
    await tabAndEnter(page, /Continue/);
    await page.waitForURL(/video-call/);
    const allow = page.getByRole("button", { name: "Allow camera and microphone" });
    const join = page.getByRole("button", { name: "Join", exact: true });
    await expect(allow.or(join.and(page.locator(":enabled"))).first()).toBeVisible();
    if (await allow.isVisible()) await tabAndEnter(page, /Allow camera/);
    await expect(join).toBeEnabled();
    await tabAndEnter(page, /^\s*Join\s*$/);
    await startMeeting(host);
    await expect(host.page.getByRole("button", { name: /Admit Brian Otieno/ })).toBeVisible();
    await tabAndEnter(host.page, /Admit Brian Otieno/);
    await seesAndHears(guest);

    const toolbar = page.getByRole("toolbar", { name: "Call controls" });
    const microphone = toolbar.getByRole("button", { name: "Microphone", exact: true });
    const camera = toolbar.getByRole("button", { name: "Camera", exact: true });
    await page.keyboard.press("m");
    await expect(microphone).toHaveAttribute("aria-pressed", "false");
    await expect(host.page.getByText(/is muted/).first()).toBeVisible();
    // Held, Space lets the muted speak.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.down("Space");
    await expect(microphone).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.up("Space");
    await expect(microphone).toHaveAttribute("aria-pressed", "false");
    await page.keyboard.press("m");
    await expect(microphone).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.press("v");
    await expect(camera).toHaveAttribute("aria-pressed", "false");
    await page.keyboard.press("v");
    await expect(camera).toHaveAttribute("aria-pressed", "true");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await tabAndEnter(page, /(^|\s)End\s*$/);
    await expect(page.getByRole("heading", { name: /You left/ })).toBeVisible();
    await tabAndEnter(page, /Rejoin/);
    await seesAndHears(host);
  } finally {
    await server.stop();
  }
});
