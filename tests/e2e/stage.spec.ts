// The stage: every layout looked at with painted people, and its controls in a real call.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";
import { admit, arrive, becomeHost, enter, followLink, invite, press, seesAndHears, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

const SIZES = [[390, 844], [844, 390], [768, 1024], [1280, 800], [320, 256]] as const;
const STATES: [name: string, wish: string][] = [
  ["alone", "people=1"],
  ["two", "people=2"],
  ["two-rtl", "people=2&dir=rtl"],
  ["two-unseen", "people=2&unseen=1&silent=1"],
  ["two-away", "people=2&away=1"],
  ["two-lost", "people=2&lost=1"],
  ["two-their-screen", "people=2&screen=1"],
  ["two-own-screen", "people=2&own=1"],
  ["three", "people=3&speaks=1"],
  ["four", "people=4&speaks=2&unseen=2&silent=3"],
  ["four-screen", "people=4&screen=2&speaks=1"],
  ["five-rtl", "people=5&dir=rtl"],
  ["six", "people=6&away=3&speaks=4"],
];

test("every layout, at every size", async ({ page }) => {
  test.setTimeout(300_000);
  const [lab, url] = await painted();
  try {
    for (const [name, wish] of STATES) {
      await page.goto(`${url}/lab/stage.html?${wish}`);
      await expect(page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
      const people = Number(/people=(\d)/.exec(wish)?.[1]);
      for (const [width, height] of SIZES) {
        await page.setViewportSize({ width, height });
        await settled(page);
        await page.screenshot({ path: `test-results/stage/${name}-${width}x${height}.png` });
        expect(await outside(page), `${name} at ${width} x ${height}: what is not within the screen`).toEqual([]);
        if (people > 2) expect(await covered(page), `${name} at ${width} x ${height}: pictures that cover others`).toBe(0);
      }
      const faults = (await new AxeBuilder({ page }).analyze()).violations.map((fault) => `${fault.id}: ${fault.nodes[0]?.target}`);
      expect(faults, name).toEqual([]);
    }
  } finally {
    lab.kill();
  }
});

test("keys, a screen beside the camera, one's own picture, and away", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const link = await invite(host);
    await startMeeting(host);
    const guest = await arrive(browser, { phone: true });
    await followLink(guest, link);
    await enter(guest);
    await admit(host, "Brian Otieno");
    await seesAndHears(host);
    const { page } = host;
    const { keyboard } = page;
    const tool = (name: string) => page.getByRole("toolbar", { name: "Call controls" }).getByRole("button", { name, exact: true });

    await page.locator("body").click({ position: { x: 2, y: 2 } });
    await keyboard.press("m");
    await expect(tool("Microphone")).toHaveAttribute("aria-pressed", "false");
    await expect(guest.page.getByText("is muted")).toBeAttached();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await keyboard.down(" ");
    await expect(tool("Microphone")).toHaveAttribute("aria-pressed", "true");
    await keyboard.up(" ");
    await expect(tool("Microphone")).toHaveAttribute("aria-pressed", "false");
    await keyboard.press("v");
    await expect(tool("Camera")).toHaveAttribute("aria-pressed", "false");
    await keyboard.press("v");
    await keyboard.press("s");
    await expect(guest.page.getByText("Dr Amina Njeri’s screen")).toBeVisible();
    // Who shares is still seen: the screen came beside the camera.
    await expect(guest.page.locator(".tile:not(.tile-self) video:visible")).toHaveCount(2);
    await keyboard.press("s");
    await expect(guest.page.getByText("Dr Amina Njeri’s screen")).toHaveCount(0);

    const self = page.getByRole("group", { name: /Your own picture/ });
    await self.focus();
    const before = (await self.boundingBox())!;
    await keyboard.press("ArrowDown");
    await keyboard.press("ArrowLeft");
    await expect.poll(async () => (await self.boundingBox())!.x).toBeLessThan(before.x);
    expect((await self.boundingBox())!.y).toBeGreaterThan(before.y);

    await keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await expect(help).toBeVisible();
    await help.getByRole("switch").focus();
    await keyboard.press("Space");
    await keyboard.press("Escape");
    await expect(help).toBeHidden();
    await keyboard.press("m");
    await expect(tool("Microphone")).toHaveAttribute("aria-pressed", "false"); // switched off, they do nothing

    await tool("More").focus();
    await keyboard.press("Enter");
    await keyboard.press("ArrowDown");
    await keyboard.press("Escape");
    await expect(tool("More")).toBeFocused();
    await press(guest, "Be right back");
    await expect(page.getByText("Will be right back")).toBeVisible();
    await guest.page.getByRole("button", { name: "I am back" }).click();
    await expect(page.getByText("Will be right back")).toHaveCount(0);

    await tool("End").focus();
    await keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Leave" }).press("Enter");
    await expect(page.getByRole("heading", { name: "You left the meeting" })).toBeVisible();
  } finally {
    await server.stop();
  }
});

/** Serves the stage with painted people. */
async function painted(): Promise<[ChildProcess, string]> {
  const folder = new URL("../../web/ui", import.meta.url).pathname;
  const lab = spawn("node_modules/.bin/vite", ["--port", "0"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: lab.stdout })) {
    const url = /http:\/\/localhost:\d+/.exec(line.replace(/\u001b\[\d+m/g, ""))?.[0];
    if (url !== undefined) return [lab, url];
  }
  throw new Error("vite did not start");
}

/** Two frames: sizes are measured in one and set in the next. */
const settled = (page: Page): Promise<void> =>
  page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))));

/** Pictures and controls that are not wholly within the window. */
const outside = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".tile:not([hidden]), .self-view, .toolbar button, .call-header")]
      .filter((element) => {
        const { left, top, right, bottom } = element.getBoundingClientRect();
        return left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
      })
      .map((element) => element.className),
  );

const covered = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const boxes = [...document.querySelectorAll(".tile:not([hidden])")].map((tile) => tile.getBoundingClientRect());
    return boxes.filter((a, at) =>
      boxes.some((b, other) => other > at && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1),
    ).length;
  });
