// Terms and privacy notice: nobody is asked without texts; with them a sign-up, a booking of a stranger and a
// join link ask, and everybody is asked once more when a text changed. Looked at by eye and by axe.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { admit, arrive, becomeHost, enter, greenRoom, invite, member, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

const EMAIL = "brian.otieno@mail.example";
const PASSWORD = "green tea at seven";

/** A folder with both texts, as an operator writes them. */
function texts(): { folder: string; settings: Record<string, string>; change: (terms: string) => void } {
  const folder = mkdtempSync(join(tmpdir(), "parlor-texts-"));
  const file = (name: string) => join(folder, name);
  const change = (terms: string) => writeFileSync(file("terms.md"), terms);
  change("# Terms of the practice\n\nBe kind, and **be on time**.\n\n## Calling off\n\n- up to a day before: free\n- later: the whole price\n\nMore: https://practice.example/terms");
  writeFileSync(file("privacy.md"), "We keep little.\n\nRiver Road 4  \nNairobi");
  writeFileSync(file("privacy.de.md"), "# Datenschutz\n\nWir bewahren wenig auf.");
  return { folder, change, settings: { CONSENT__TERMS_FILE: file("terms.md"), CONSENT__PRIVACY_FILE: file("privacy.md") } };
}

test("without texts nobody is asked, and the privacy page says what the server keeps", async ({ browser }) => {
  const server = await Server.start();
  try {
    const { page } = await arrive(browser);
    await page.goto(`${server.url}/signup`);
    await expect(page.getByLabel("Your name")).toBeVisible();
    await expect(page.getByRole("checkbox", { name: /agree/ })).toHaveCount(0);
    await page.goto(server.url);
    await page.getByRole("navigation", { name: "Terms and privacy" }).getByRole("link", { name: "Privacy notice" }).click();
    await expect(page.getByRole("heading", { name: "Privacy notice" })).toBeVisible();
    await expect(page.getByText("Call records: kept 180 days after it is done")).toBeVisible();
    await inspect(page, "privacy-own");
    await page.goto(`${server.url}/terms`);
    await expect(page.getByRole("heading", { name: "Terms" })).toHaveCount(0);
    const { page: ada } = await member(server, browser, "Ada");
    await ada.goto(`${server.url}/account`);
    await expect(ada.getByRole("heading", { name: "Your account" })).toBeVisible();
    await expect(ada.getByRole("heading", { name: "Terms and privacy notice" })).toHaveCount(0);
  } finally {
    await server.stop();
  }
});

test("who signs up agrees, and is asked again when a text changed, but in no call", async ({ browser }) => {
  test.setTimeout(240_000);
  const house = texts();
  const server = await Server.start(house.settings);
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);

    const { page } = await arrive(browser);
    await page.goto(`${server.url}/terms`);
    await expect(page.getByRole("heading", { name: "Terms of the practice", level: 1 })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Calling off", level: 2 })).toBeVisible();
    await inspect(page, "terms");
    await page.getByLabel("Language").selectOption("de");
    await page.getByRole("link", { name: "Datenschutzerklärung" }).click();
    await expect(page.getByText("Wir bewahren wenig auf.")).toBeVisible();
    await page.getByLabel("Sprache").selectOption("en");
    await page.emulateMedia({ media: "print" });
    await expect(page.getByRole("banner")).toBeHidden();
    await page.emulateMedia({ media: "screen" });

    await page.goto(`${server.url}/signup`);
    await page.getByLabel("Your name").fill("Brian Otieno");
    await page.getByLabel("E-mail address").fill(EMAIL);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    const agree = page.getByRole("checkbox", { name: /I agree to the terms/ });
    await expect(agree).not.toBeChecked();
    await inspect(page, "signup-agree");
    const opened = page.context().waitForEvent("page");
    await page.locator(".agree").getByRole("link", { name: "privacy notice" }).click();
    const beside = await opened;
    await expect(beside.getByText("We keep little.")).toBeVisible();
    await beside.close();
    await page.getByRole("button", { name: "Create account" }).click();
    expect(await agree.evaluate((it: HTMLInputElement) => it.validity.valueMissing)).toBe(true);
    await agree.check();
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByText(EMAIL)).toBeVisible();
    const link = /http\S+\/verify\/\S+/.exec((await server.mail(EMAIL, /./)).text)![0];
    await page.goto(link);
    await page.getByRole("button", { name: "Confirm and go on" }).click();
    await expect(page.getByRole("heading", { name: /Hello Brian/ })).toBeVisible();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await page.goto(`${server.url}/account`);
    await expect(page.getByText("when signing up")).toBeVisible();

    // The text changes while a call goes on.
    const guestLink = await invite(host);
    await startMeeting(host);
    const guest = await arrive(browser, { phone: true });
    await guest.page.goto(guestLink);
    await expect(guest.page.getByText("By joining you agree to the terms and the privacy notice.")).toBeVisible();
    await inspect(guest.page, "join-agree");
    await guest.page.getByRole("button", { name: /Continue/ }).click();
    await guest.page.waitForURL(/video-call/);
    await enter(guest);
    await admit(host, "Brian Otieno");
    await expect(guest.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
    await server.kill();
    house.change("# Terms of the practice\n\nBe kind, and be early.");
    await server.restart();
    await guest.page.reload();
    await (await greenRoom(guest)).click();
    await expect(guest.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
    await expect(guest.page.getByRole("dialog")).toHaveCount(0);
    await guest.context.close();

    await page.goto(server.url);
    const dialog = page.getByRole("dialog", { name: "Please read and agree" });
    await expect(dialog).toContainText("be early");
    await page.keyboard.press("Escape");
    await expect(dialog).toBeVisible();
    await inspect(page, "agree-again");
    await dialog.getByRole("link", { name: /Delete your account/ }).click();
    await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
    await expect(dialog).toHaveCount(0);
    await page.goto(server.url);
    await dialog.getByRole("button", { name: "I agree" }).click();
    await expect(dialog).toHaveCount(0);
    await page.reload();
    await expect(page.getByRole("heading", { name: /Hello Brian/ })).toBeVisible();
    await expect(dialog).toHaveCount(0);

    // Both are shown, and the first one as it was then.
    await page.goto(`${server.url}/account`);
    await expect(page.getByText("when asked again")).toBeVisible();
    await inspect(page, "account-agreed");
    const first = page.getByRole("listitem").filter({ hasText: "when signing up" });
    await first.getByRole("link", { name: "Terms" }).click();
    await expect(page.getByText("be on time")).toBeVisible();
    await page.getByRole("link", { name: "Read it as it is now" }).click();
    await expect(page.getByText("be early")).toBeVisible();

    // The operator sees it, and is asked nothing.
    await host.page.goto(`${server.url}/admin/people`);
    await expect(host.page.getByRole("dialog")).toHaveCount(0);
    await host.page.getByRole("link", { name: /Brian Otieno/ }).click();
    await expect(host.page.getByRole("heading", { name: "Terms and privacy notice" })).toBeVisible();
    await inspect(host.page, "person-agreed");
  } finally {
    await server.stop();
    rmSync(house.folder, { recursive: true, force: true });
  }
});

test("a stranger books and waits by agreeing", async ({ browser }) => {
  const house = texts();
  const server = await Server.start({ ...house.settings, CONSENT__VERSION: "2026-11" });
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const { hostId, serviceId } = await host.page.evaluate(async () => {
      const renewed = await fetch("/api/auth/refresh", { method: "POST" });
      const { accessToken } = (await renewed.json()) as { accessToken: string };
      const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
      const week = Array.from({ length: 7 }, () => [{ from: 12 * 60, to: 13 * 60 }]);
      await fetch("/api/availability", { method: "PUT", headers, body: JSON.stringify({ timeZone: "UTC", week }) });
      const offer = { title: "First talk", durationMinutes: 60, stepMinutes: 60, bufferAfterMinutes: 0 };
      const made = await fetch("/api/services", { method: "POST", headers, body: JSON.stringify(offer) });
      return (await made.json()) as { hostId: string; serviceId: string };
    });
    const { page } = await arrive(browser, { phone: true });
    await page.goto(`${server.url}/book/${hostId}/${serviceId}`);
    await page.locator("button[data-day]:not([disabled])").last().click();
    await page.locator(".book-time").first().click();
    await page.getByLabel("Your name").fill("Gus");
    await page.getByLabel("Your e-mail address").fill("gus@mail.example");
    const agree = page.getByRole("checkbox", { name: /I agree to the terms/ });
    await inspect(page, "book-agree");
    await page.getByRole("button", { name: "Book this time" }).click();
    expect(await agree.evaluate((it: HTMLInputElement) => it.validity.valueMissing)).toBe(true);

    // Whoever asks past the page is told which field it is.
    const refused = await page.evaluate(async ({ hostId, serviceId }) => {
      const body = JSON.stringify({ hostId, serviceId, startsAt: Date.now(), email: "gus@mail.example", name: "Gus" });
      const answer = await fetch("/api/bookings", { method: "POST", headers: { "content-type": "application/json" }, body });
      return { status: answer.status, ...((await answer.json()) as { code: string; field: string }) };
    }, { hostId, serviceId });
    expect(refused).toMatchObject({ status: 400, code: "agreement_needed", field: "agreedTo" });

    await agree.check();
    await page.getByRole("button", { name: "Book this time" }).click();
    await expect(page.getByRole("heading", { name: "You are booked" })).toBeVisible();

    // The day has nothing left; who waits for it leaves an address, too.
    await page.goto(`${server.url}/book/${hostId}/${serviceId}`);
    const full = page.locator("button.book-full");
    await expect(async () => {
      // On a month's last day the calendar goes on to the next one, where something is free.
      if (!(await full.isVisible())) await page.getByRole("button", { name: "Month before" }).click({ timeout: 1_000 });
      await expect(full).toBeVisible({ timeout: 2_000 });
    }).toPass();
    await full.click();
    await page.getByLabel("Your name").fill("Gus");
    await page.getByLabel("Your e-mail address").fill("gus@mail.example");
    await inspect(page, "wait-agree");
    const wait = page.getByRole("button", { name: "Tell me when something gets free" });
    await wait.click();
    expect(await agree.evaluate((it: HTMLInputElement) => it.validity.valueMissing)).toBe(true);
    await agree.check();
    await wait.click();
    await expect(page.getByText(/You get a mail when something gets free/)).toBeVisible();
  } finally {
    await server.stop();
    rmSync(house.folder, { recursive: true, force: true });
  }
});
