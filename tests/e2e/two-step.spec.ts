// Two-step login: set up with a code as an app computes it, asked for at the door of another device, which is
// then logged out from the first one, comes back with a recovery code, and the step is switched off again.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

const EMAIL = "amina@practice.example";
const PASSWORD = "a quiet little room";

/** What an authenticator app shows (RFC 6238), so many steps from now. */
function code(secret: string, steps = 0): string {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac("sha1", key).update(counter).digest();
  const number = (digest.readUInt32BE(digest[19]! & 15) & 0x7fff_ffff) % 1_000_000;
  return String(number).padStart(6, "0");
}

async function typePassword(page: Page, server: Server): Promise<void> {
  await page.goto(`${server.url}/login`);
  await page.getByLabel("E-mail address").fill(EMAIL);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page.getByRole("heading", { name: "One more step" })).toBeVisible();
}

test("a second step is set up, asked for, recovered and switched off", async ({ browser }) => {
  const server = await Server.start();
  try {
    const { page } = await arrive(browser);
    await becomeHost(server, { context: page.context(), page });
    await page.goto(`${server.url}/account`);
    const card = page.getByRole("region", { name: "Two-step login" });
    await card.getByRole("button", { name: "Set up" }).click();
    await card.getByLabel("Current password").fill("not my password");
    await card.getByRole("button", { name: "Continue" }).click();
    await expect(card).toContainText("This is not your current password.");
    await card.getByLabel("Current password").fill(PASSWORD);
    await card.getByRole("button", { name: "Continue" }).click();
    await expect(card.getByRole("img", { name: /QR code/ })).toBeVisible();
    const secret = await card.getByLabel("Or type this key into the app").inputValue();
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    await card.getByRole("img", { name: /QR code/ }).scrollIntoViewIfNeeded();
    await inspect(page, "two-step-set-up");
    await card.getByLabel("Code from the app").fill("000000");
    await card.getByRole("button", { name: "Switch on" }).click();
    await expect(card).toContainText("This code is not right");
    await card.getByLabel("Code from the app").fill(code(secret));
    await card.getByRole("button", { name: "Switch on" }).click();

    await expect(card.getByRole("heading", { name: "Your recovery codes" })).toBeFocused();
    const codes = await card.getByRole("listitem").allTextContents();
    expect(new Set(codes).size).toBe(10);
    await inspect(page, "two-step-recovery-codes");
    const saving = page.waitForEvent("download");
    await card.getByRole("button", { name: "Save as a file" }).click();
    const saved = readFileSync(await (await saving).path(), "utf8");
    for (const one of codes) expect(saved).toContain(one);
    await card.getByRole("button", { name: "I have kept them" }).click();
    await expect(card).toContainText("10 recovery codes are left.");

    // Elsewhere the password alone is not enough, and a code that was used is none.
    const elsewhere = (await arrive(browser, { phone: true })).page;
    await typePassword(elsewhere, server);
    await inspect(elsewhere, "two-step-login");
    const typed = elsewhere.getByLabel("Code from the app, or a recovery code");
    await typed.fill("000000");
    await elsewhere.getByRole("button", { name: "Continue" }).click();
    await expect(elsewhere.getByText("This code is not right")).toBeVisible();
    await typed.fill(code(secret, 1));
    await elsewhere.getByRole("button", { name: "Continue" }).click();
    await expect(elsewhere.getByRole("heading", { name: /Hello/ })).toBeVisible();

    // The first device sees the other one, and ends it: the page there shows the door at once.
    await page.reload();
    const devices = page.getByRole("region", { name: "Devices" });
    await expect(devices.getByRole("listitem")).toHaveCount(2);
    await expect(devices.getByRole("listitem").first()).toContainText("This device");
    await devices.scrollIntoViewIfNeeded();
    await inspect(page, "two-step-devices");
    await devices.getByRole("button", { name: "Log out all others" }).click();
    await expect(devices.getByRole("listitem")).toHaveCount(1);
    await expect(elsewhere.getByRole("navigation").getByRole("link", { name: "Log in" })).toBeVisible();

    // Without the phone: a recovery code, in whatever way it was written down.
    await typePassword(elsewhere, server);
    await typed.fill(codes[0]!.toLowerCase().replace("-", " "));
    await elsewhere.getByRole("button", { name: "Continue" }).click();
    await expect(elsewhere.getByRole("heading", { name: /Hello/ })).toBeVisible();

    // Switched off by password and code; the other device needs no second step any more.
    await page.reload();
    await expect(card).toContainText("9 recovery codes are left.");
    await card.getByRole("button", { name: "Switch off" }).click();
    const dialog = page.getByRole("dialog");
    await inspect(page, "two-step-off");
    await dialog.getByLabel("Current password").fill(PASSWORD);
    await dialog.getByLabel("Code from the app, or a recovery code").fill(codes[1]!);
    await dialog.getByRole("button", { name: "Switch off" }).click();
    await expect(card.getByRole("button", { name: "Set up" })).toBeVisible();
  } finally {
    await server.stop();
  }
});
