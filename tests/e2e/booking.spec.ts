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
/** One of the day's times. The page may offer the next free time of all under the same clock. */
const time = (page: Page, clock: string) => times(page).filter({ hasText: clock });
const dateOf = (at: number, timeZone: string) => new Intl.DateTimeFormat("sv-SE", { timeZone }).format(at);

/** Turns the pages of the calendar to a day, and chooses it. The first page may turn by itself meanwhile. */
async function chooseDay(page: Page, date: string): Promise<void> {
  const month = Date.parse(`${date.slice(0, 7)}-01`);
  const heading = page.locator(".book-month-head h2");
  await expect(page.locator(".book-month")).not.toHaveAttribute("aria-busy");
  for (;;) {
    const before = (await heading.textContent()) ?? "";
    const shown = Date.parse(`1 ${before} UTC`);
    if (shown === month) break;
    await page.getByRole("button", { name: shown < month ? "Next month" : "Month before" }).click();
    await expect(heading).not.toHaveText(before);
  }
  await day(page, date).click();
  await expect(day(page, date)).toHaveAttribute("aria-pressed", "true");
}

/** How many hours Berlin is ahead of Greenwich. */
function berlin(at: number): number {
  const words = new Intl.DateTimeFormat("en", { timeZone: "Europe/Berlin", timeZoneName: "shortOffset" }).format(at);
  return Number(/GMT\+(\d)/.exec(words)![1]);
}

/** The next noon in Berlin after which its clocks are another hour ahead. */
function nextChange(): number {
  let at = Math.ceil(Date.now() / DAY) * DAY + 11 * HOUR + 3 * DAY;
  while (berlin(at) === berlin(at + DAY)) at += DAY;
  return at;
}

test("a client in Nairobi books a host in Berlin over a change of clocks", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser, { zone: "Europe/Berlin" });
    await becomeHost(server, host);
    const page = await offer(host);

    // A stranger reads the host's page, and comes from there.
    const client = await member(server, browser, "Brian Otieno", { zone: "Africa/Nairobi" });
    const stranger = await arrive(browser, { zone: "Africa/Nairobi", phone: true });
    await stranger.page.goto(server.url + page.replace(/^\/book(\/[^/]+).*/, "/hosts$1"));
    await expect(stranger.page.getByRole("heading", { name: "Dr Amina Njeri" })).toBeVisible();
    await expect(stranger.page.getByRole("link", { name: "Find a host" })).toBeHidden();
    await inspect(stranger.page, "host-of-a-stranger");
    await stranger.page.getByRole("link", { name: "Book First talk" }).click();
    await expect(stranger.page.getByText("Times in Nairobi (GMT+3)")).toBeVisible();
    await inspect(stranger.page, "book-times");
    await stranger.context.close();

    const change = nextChange();
    const [before, after] = [change - 2 * DAY, change + 2 * DAY];
    // Nine by Berlin's clock, by that of Nairobi, which never changes.
    const nine = (at: number) => `${String(9 - berlin(at) + 3).padStart(2, "0")}:00`;
    expect(nine(before)).not.toBe(nine(after));
    await client.page.goto(server.url + page);
    await chooseDay(client.page, dateOf(before, "Africa/Nairobi"));
    await expect(times(client.page).first()).toHaveText(`${nine(before)}Berlin 09:00`);
    await chooseDay(client.page, dateOf(after, "Africa/Nairobi"));
    await expect(times(client.page).first()).toHaveText(`${nine(after)}Berlin 09:00`);

    // The zone can be changed, and is named.
    await client.page.getByRole("button", { name: "Change" }).click();
    await client.page.getByLabel("Show times in").selectOption("Europe/Berlin");
    await expect(times(client.page).first()).toHaveText("09:00");
    await client.page.getByRole("button", { name: "Change" }).click();
    await client.page.getByLabel("Show times in").selectOption("Africa/Nairobi");

    await times(client.page).first().click();
    await expect(client.page.getByText("This time is kept for you for")).toBeVisible();
    await expect(client.page.getByText(/For Dr Amina Njeri: 09:00\s?–\s?10:00, Berlin/)).toBeVisible();
    await client.page.getByLabel("Words for Dr Amina Njeri").fill("About the exam.");
    await inspect(client.page, "book-details");
    await client.page.getByRole("button", { name: "Book this time" }).click();
    await expect(client.page.getByRole("heading", { name: "You are booked" })).toBeVisible();
    await expect(client.page.locator(".book-when")).toContainText(nine(after));
    await inspect(client.page, "book-done");

    // The right hour on both sides: on the host's page, in the mail, and in the calendar.
    const id = client.page.url().split("/").pop()!;
    await host.page.goto(`${server.url}/meetings/${id}`);
    await expect(host.page.getByText(/09:00\s?–\s?10:00/)).toBeVisible();
    const starts = Date.parse(`${dateOf(after, "Europe/Berlin")}T09:00:00Z`) - berlin(after) * HOUR;
    const utc = new Date(starts).toISOString().replace(/[-:]|\.\d+/g, "");
    expect(await ask<string>(client, "GET", `/api/meetings/${id}/calendar.ics`)).toContain(`DTSTART:${utc}`);
    expect((await server.mail("brian.otieno@mail.example", /First talk/)).text).toContain(nine(after));
    expect((await server.mail("amina@practice.example", /First talk/)).text).toContain("09:00");
  } finally {
    await server.stop();
  }
});

test("two clients see one time go, and who comes too late is shown what is free", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const page = await offer(host);
    const date = dateOf(Date.now() + 5 * DAY, "Europe/Berlin");
    const zone = "Europe/Berlin";
    const [ada, ben] = [await member(server, browser, "Ada Ochieng", { zone }), await arrive(browser, { zone, phone: true })];
    for (const person of [ada, ben]) {
      await person.page.goto(server.url + page);
      await chooseDay(person.page, date);
      await expect(times(person.page)).toHaveCount(8);
    }

    // What Ben chooses goes from Ada's page at once, with a word.
    await time(ben.page, "11:00").click();
    await expect(ben.page.getByText("This time is kept for you for")).toBeVisible();
    await expect(times(ada.page)).toHaveCount(7);
    await expect(ada.page.getByText(/11:00 has just been taken/)).toBeVisible();
    await inspect(ada.page, "book-gone");

    // Ben lets it go by a slow line: his page does not ask what is free before it is, and stays at
    // the day. Then Ada's page hears nothing more, and she is late.
    const order: string[] = [];
    ben.page.on("request", (it) => it.url().includes("/slots?") && order.push("asked"));
    await ben.page.route("**/holds/*", async (route) => {
      await new Promise((later) => setTimeout(later, 700));
      const response = await route.fetch();
      order.push("given back");
      await route.fulfill({ response });
    });
    await ben.page.getByRole("button", { name: "Choose another time" }).click();
    await expect(times(ben.page)).toHaveCount(8);
    expect(order.slice(0, 2)).toEqual(["given back", "asked"]);
    await expect(times(ada.page)).toHaveCount(8);
    await ada.page.route("**/slots?*", (route) => route.abort());
    await time(ben.page, "11:00").click();
    await expect(ben.page.getByText("This time is kept for you for")).toBeVisible();
    await time(ada.page, "11:00").click();
    await expect(ada.page.getByText("Somebody was faster: 11:00 is taken.")).toBeVisible();
    await inspect(ada.page, "book-late");
    await ada.page.unroute("**/slots?*");
    await ada.page.locator(".book-near").getByRole("button", { name: /10:00/ }).click();
    await expect(ada.page.locator(".book-chosen")).toContainText("10:00");
    await ada.page.getByRole("button", { name: "Book this time" }).click();
    await expect(ada.page.getByRole("heading", { name: "You are booked" })).toBeVisible();
  } finally {
    await server.stop();
  }
});

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

test("a full day is waited for, found again by its mail, and paid in the host's currency", async ({ browser }) => {
  const paysim = await Paysim.start();
  const server = await Server.start(paysim.settings, ["--demo"]);
  try {
    await paysim.script({ webhookBase: `${server.url}/api/payment/webhook` });
    const host = await arrive(browser);
    await logIn(host.page, server, "host");
    const page = await offer(host, { title: "Swahili lesson", priceMoney: { minor: 49_900, currency: "INR" } });
    const date = dateOf(Date.now() + 5 * DAY, "Europe/Berlin");
    const noon = Date.parse(`${date}T12:00:00Z`);
    // The whole of the month after the next one is taken, too.
    const first = (months: number) => Date.UTC(new Date(noon).getUTCFullYear(), new Date(noon).getUTCMonth() + months, 1);
    const middle = first(2) + 14 * DAY;
    await ask(host, "POST", "/api/availability/time-off", { from: first(2) - 12 * HOUR, to: middle });
    await ask(host, "POST", "/api/availability/time-off", { from: middle, to: first(3) + 12 * HOUR });
    const off = await ask<{ timeOffId: string; from: number }>(host, "POST", "/api/availability/time-off", { from: noon - 8 * HOUR, to: noon + 8 * HOUR });

    // A guest waits, stops, and waits again.
    const guest = await arrive(browser, { zone: "Europe/Berlin", phone: true });
    await guest.page.goto(server.url + page);
    await chooseDay(guest.page, date);
    await expect(guest.page.getByRole("heading", { name: /^Nothing free on / })).toBeVisible();
    const tell = (page: Page) => page.getByRole("button", { name: "Tell me when something gets free" });
    const told = (page: Page) => page.getByText(/^You get a mail when something gets free on /);
    await guest.page.getByLabel("Your name").fill("Gus Kamau");
    await guest.page.getByLabel("Your e-mail address").fill("gus@mail.example");
    await inspect(guest.page, "book-full");
    await tell(guest.page).click();
    await expect(told(guest.page)).toBeVisible();
    await inspect(guest.page, "book-waited");
    await guest.page.reload();
    await guest.page.getByRole("button", { name: /^Stop waiting/ }).click();
    await expect(told(guest.page)).toBeHidden();
    await chooseDay(guest.page, dateOf(first(1) + 9 * DAY, "Europe/Berlin"));
    await guest.page.getByRole("button", { name: "Next month" }).click();
    await expect(guest.page.getByRole("heading", { name: /^No free times in / })).toBeVisible();
    await expect(guest.page.getByLabel("Which day?").getByRole("option")).toHaveCount(new Date(first(3) - DAY).getUTCDate());
    await expect(tell(guest.page)).toBeEnabled();
    await inspect(guest.page, "book-full-month");

    // Who has an account finds the service by its words, and waits by one press.
    const client = await arrive(browser, { zone: "Europe/Berlin" });
    await logIn(client.page, server, "client");
    await client.page.goto(`${server.url}/hosts?search=swahili`);
    await expect(client.page.getByRole("heading", { name: "What you can book" })).toBeVisible();
    await expect(client.page.getByText(/₹499\.00 \(504.*coins\)/)).toBeVisible();
    await inspect(client.page, "services-found");
    await client.page.getByRole("link", { name: "Book Swahili lesson" }).click();
    await chooseDay(client.page, date);
    await tell(client.page).click();
    await expect(told(client.page)).toBeVisible();
    await client.page.reload();
    await expect(told(client.page)).toBeVisible();

    // The day is free again: the mail's link leads to it.
    await ask(host, "DELETE", `/api/availability/time-off/${off.timeOffId}?from=${off.from}`);
    const mail = await server.mail("client@demo.parlor.example", /Swahili lesson/);
    const link = /https?:\/\/\S+\/book\/\S+/.exec(mail.text)![0];
    await client.page.goto(server.url + new URL(link).pathname);
    await expect(told(client.page)).toBeHidden();
    await chooseDay(client.page, date);
    await times(client.page).first().click();
    await expect(client.page.getByText("You pay it in INR in the next step.")).toBeVisible();
    await client.page.getByRole("button", { name: "Go on to payment" }).click();
    await expect(client.page.getByRole("link", { name: "Pay ₹499.00 with Stripe" })).toBeVisible();
    await inspect(client.page, "book-pay-money");
    await client.page.getByRole("link", { name: "Pay ₹499.00 with Stripe" }).click();
    await client.page.getByRole("button", { name: "Success" }).click();
    await expect(client.page.getByRole("heading", { name: "You are booked" })).toBeVisible();
    await expect(client.page.getByText(/₹499\.00 \(504.*coins\)/)).toBeVisible();
    await inspect(client.page, "book-paid-money");
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
