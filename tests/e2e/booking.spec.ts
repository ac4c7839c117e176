// Booking as a client does: a free time in one's own zone, kept, booked and paid, while others do the
// same; and the host's button on somebody else's page.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { Paysim } from "./paysim";
import { type Person, arrive, becomeHost, member } from "./people";
import { Server } from "./server";
import { test } from "./test";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Asks as this person's page would. */
async function ask<T>({ page }: Person, method: string, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const renewed = await fetch("/api/auth/refresh", { method: "POST" });
      const { accessToken } = (await renewed.json()) as { accessToken: string };
      const headers = { authorization: `Bearer ${accessToken}`, "content-type": "application/json" };
      const answer = await fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text) as T;
    },
    { method, path, body },
  );
}

/** The host is there every day from nine to five by Berlin's clock, and offers a talk of an hour. */
async function offer(host: Person, more: Record<string, unknown> = {}): Promise<string> {
  const week = Array.from({ length: 7 }, () => [{ from: 9 * 60, to: 17 * 60 }]);
  await ask(host, "PUT", "/api/availability", { timeZone: "Europe/Berlin", week });
  const terms = { title: "First talk", details: "We find out whether we fit.", durationMinutes: 60, stepMinutes: 60, bufferAfterMinutes: 0, noticeMinutes: 60, horizonDays: 365, ...more };
  const { hostId, serviceId } = await ask<{ hostId: string; serviceId: string }>(host, "POST", "/api/services", terms);
  return `/book/${hostId}/${serviceId}`;
}

const day = (page: Page, date: string) => page.locator(`button[data-day="${date}"]`);
const times = (page: Page) => page.locator(".book-time");
const dateOf = (at: number, timeZone: string) => new Intl.DateTimeFormat("sv-SE", { timeZone }).format(at);

/** Turns the pages of the calendar to a day, and chooses it. */
async function chooseDay(page: Page, date: string): Promise<void> {
  const month = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(Date.parse(`${date}T12:00:00Z`));
  const heading = page.locator(".book-month-head h2");
  await expect(page.locator(".book-month")).not.toHaveAttribute("aria-busy");
  while ((await heading.textContent()) !== month) {
    const before = await heading.textContent();
    await page.getByRole("button", { name: "Next month" }).click();
    await expect(heading).not.toHaveText(before ?? "");
  }
  await day(page, date).click();
  await expect(day(page, date)).toHaveAttribute("aria-pressed", "true");
}

test("a guest's kept time runs out, is kept again, and is booked once by two presses", async ({ browser }) => {
  const server = await Server.start({ BOOKING__HOLD_S: "5" });
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const page = await offer(host);
    const guest = await arrive(browser, { zone: "Europe/Berlin", phone: true });
    await guest.page.goto(server.url + page);
    await chooseDay(guest.page, dateOf(Date.now() + 5 * DAY, "Europe/Berlin"));
    await times(guest.page).first().click();
    await expect(guest.page.getByText("This time is kept for you for")).toBeVisible();
    await guest.page.getByLabel("Your name").fill("Gus Kamau");
    await guest.page.getByLabel("Your e-mail address").fill("gus@mail.example");

    // A reload in the middle goes on where it was.
    await guest.page.reload();
    await expect(guest.page.getByLabel("Your name")).toHaveValue("Gus Kamau");
    await expect(guest.page.getByText("This time is no longer kept for you.")).toBeVisible();
    await expect(guest.page.getByRole("button", { name: "Book this time" })).toBeDisabled();
    await inspect(guest.page, "book-expired");
    await guest.page.getByRole("button", { name: "Keep it again" }).click();
    await guest.page.getByRole("button", { name: "Book this time" }).dblclick();
    await expect(guest.page.getByRole("heading", { name: "You are booked" })).toBeVisible();
    await expect(guest.page.getByRole("link", { name: "Move or cancel" })).toHaveAttribute("href", /^\/b\//);
    await inspect(guest.page, "book-done-guest");
    const { meetings } = await ask<{ meetings: { client: { name: string } }[] }>(host, "GET", "/api/meetings");
    expect(meetings.map((it) => it.client.name)).toEqual(["Gus Kamau"]);
    expect((await server.mail("gus@mail.example", /First talk/)).text).toContain("/j/");

    // And again after a reload, from what the tab kept.
    await guest.page.reload();
    await expect(guest.page.getByRole("heading", { name: "You are booked" })).toBeVisible();
    await guest.page.getByText("Add to calendar").click();
    const file = guest.page.waitForEvent("download");
    await guest.page.getByRole("button", { name: /file/i }).click();
    expect((await file).suggestedFilename()).toBe("meeting.ics");
  } finally {
    await server.stop();
  }
});

test("a stranger logs in without losing the kept time, and pays at a gateway's page", async ({ browser }) => {
  const paysim = await Paysim.start();
  const server = await Server.start(paysim.settings, ["--demo"]);
  try {
    await paysim.script({ webhookBase: `${server.url}/api/payment/webhook` });
    const host = await arrive(browser);
    await logIn(host.page, server, "host");
    const cancellation = [
      { noticeMinutes: 2_880, refundBps: 10_000 },
      { noticeMinutes: 120, refundBps: 5_000 },
    ];
    const page = await offer(host, { priceMc: 90_000, cancellation });
    const client = await arrive(browser, { phone: true });
    await client.page.goto(server.url + page);
    await times(client.page).first().click();
    await expect(client.page.getByText("This costs 90 coins")).toBeVisible();
    await expect(client.page.getByText("Cancel at least 2 days before: you get everything back.")).toBeVisible();
    await inspect(client.page, "book-account");
    const chosen = await client.page.locator(".book-when").textContent();
    await client.page.getByRole("main").getByRole("link", { name: "Log in" }).click();
    await fillLogin(client.page, "client");
    await expect(client.page.locator(".book-when")).toHaveText(chosen!);
    await expect(client.page.getByText("This time is kept for you for")).toBeVisible();
    await inspect(client.page, "book-cost");
    await client.page.getByRole("button", { name: "Go on to payment" }).click();
    await expect(client.page.getByRole("heading", { name: "One step left" })).toBeVisible();
    await client.page.getByRole("radio", { name: "Stripe" }).check();
    await client.page.getByRole("radio", { name: "INR" }).check();
    await inspect(client.page, "book-pay");
    await client.page.getByRole("link", { name: /^100 coins/ }).click();
    await client.page.getByRole("button", { name: "Cancel" }).click();
    await expect(client.page.getByRole("heading", { name: "You cancelled the payment" })).toBeVisible();
    await client.page.getByRole("link", { name: "Try again" }).click();
    await expect(client.page.getByRole("heading", { name: "One step left" })).toBeVisible();
    await client.page.getByRole("radio", { name: "Stripe" }).check();
    await client.page.getByRole("radio", { name: "INR" }).check();
    await client.page.getByRole("link", { name: /^100 coins/ }).click();
    await client.page.getByRole("button", { name: "Success" }).click();
    await expect(client.page.getByRole("heading", { name: "You are booked" })).toBeVisible();
    await inspect(client.page, "book-paid");
    expect(await paysim.violations()).toEqual([]);
  } finally {
    await server.stop();
    await paysim.stop();
  }
});

async function logIn(page: Page, server: Server, who: string): Promise<void> {
  await page.goto(`${server.url}/login`);
  await fillLogin(page, who);
  await expect(page).toHaveURL(`${server.url}/`);
}

async function fillLogin(page: Page, who: string): Promise<void> {
  await page.getByLabel("E-mail address").fill(`${who}@demo.parlor.example`);
  await page.getByLabel("Password", { exact: true }).fill("parlor demo 2026");
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
}

/** Somebody's own website, with the lines that they were given. */
async function website(lines: () => string): Promise<{ url: string; close: () => void }> {
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(`<!doctype html><html lang="en"><title>A practice</title><h1>A practice</h1>${lines()}`));
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

test("the button stands on a page that the operator named, and on no other", async ({ browser }) => {
  let lines = "";
  const [named, other] = [await website(() => lines), await website(() => lines)];
  const server = await Server.start({ SERVER__FRAME_ORIGINS: named.url });
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const page = await offer(host);
    await host.page.goto(`${server.url}/account/host`);
    lines = await host.page.getByLabel("Lines for your website").inputValue();
    expect(lines).toContain("/embed.js");

    const visitor = await arrive(browser);
    await visitor.page.goto(named.url);
    const frame = visitor.page.frameLocator("iframe");
    await expect(frame.getByRole("heading", { name: "Dr Amina Njeri" })).toBeVisible();
    await visitor.page.screenshot({ path: "test-results/pages/embed-1280.png" });
    const opened = visitor.context.waitForEvent("page");
    await frame.getByRole("link", { name: "Book" }).click();
    await expect((await opened).getByRole("link", { name: "Book First talk" })).toBeVisible();

    const embed = server.url + page.replace(/^\/book(\/[^/]+).*/, "/embed$1");
    await visitor.page.goto(embed);
    await expect(visitor.page.getByRole("heading", { name: "Dr Amina Njeri" })).toBeVisible();
    await inspect(visitor.page, "embed");

    const refused = visitor.page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
    await visitor.page.goto(other.url);
    await refused;
    await expect(frame.getByRole("heading", { name: "Dr Amina Njeri" })).toBeHidden();
  } finally {
    await server.stop();
    named.close();
    other.close();
  }
});
