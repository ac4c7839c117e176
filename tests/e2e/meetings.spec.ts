// What both sides see of a booking after it stands: the links of its mails on a phone, moving and calling
// off, a request answered from its mail, and who did not come; with what each of it does to the money.
import { type Browser, type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrive, becomeHost, member } from "./people";
import { linkIn, postOffice } from "./post-office";
import { Server } from "./server";
import { test } from "./test";

const DAY = 86_400_000;
const PRICE = 20_000;

/** Noon so many days from now, by Greenwich: an hour later is the same day everywhere. */
const noonIn = (days: number) => (Math.floor(Date.now() / DAY) + days + 0.5) * DAY;

type Json = Record<string, any>;

async function ask(server: Server, method: string, path: string, body: unknown, token?: string): Promise<Json> {
  const headers = { "content-type": "application/json", origin: server.url, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const answer = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Json);
}

/** A host who can be booked at any time, with a talk that costs and one on request. */
class Desk {
  private constructor(
    readonly server: Server,
    readonly token: string,
    readonly host: string,
    readonly paid: string,
    readonly asked: string,
  ) {}

  static async open(server: Server): Promise<Desk> {
    const login = await ask(server, "POST", "/api/auth/login", { email: "amina@practice.example", password: "a quiet little room" });
    const token = login.accessToken as string;
    await ask(server, "PUT", "/api/availability", { timeZone: "Africa/Nairobi", week: Array(7).fill([{ from: 0, to: 1440 }]) }, token);
    const usual = { durationMinutes: 30, stepMinutes: 5, noticeMinutes: 0, bufferAfterMinutes: 0, movesMax: 2, lobby: false };
    const cancellation = [
      { noticeMinutes: 2880, refundBps: 10_000 },
      { noticeMinutes: 720, refundBps: 5_000 },
    ];
    const paid = await ask(server, "POST", "/api/services", { ...usual, title: "Counselling", priceMc: PRICE, cancellation }, token);
    const asked = await ask(server, "POST", "/api/services", { ...usual, title: "First talk", approval: true }, token);
    return new Desk(server, token, login.user.userId, paid.serviceId, asked.serviceId);
  }

  async free(service: string, from: number): Promise<number> {
    const { slots } = await ask(this.server, "GET", `/api/hosts/${this.host}/slots?service=${service}&from=${from}&to=${from + DAY}`, undefined);
    return slots[0] as number;
  }

  async book(service: string, startsAt: number, who: Json, token?: string): Promise<Json> {
    const { meetings } = await ask(this.server, "POST", "/api/bookings", { hostId: this.host, serviceId: service, startsAt, ...who }, token);
    return meetings[0] as Json;
  }
}

async function client(server: Server, browser: Browser, name: string): Promise<Person & { token: string; email: string }> {
  const person = await member(server, browser, name, { phone: true });
  const email = `${name.toLowerCase()}@mail.example`;
  const login = await ask(server, "POST", "/api/auth/login", { email, password: "green tea at seven" });
  return { ...person, token: login.accessToken as string, email };
}

const wallet = (page: Page, coins: string) => expect(page.getByRole("link", { name: `Wallet: ${coins} coins` })).toBeVisible();

test("a booking is moved, called off, answered and judged by both sides", async ({ browser }) => {
  test.setTimeout(240_000);
  const { net, texts, settings } = await postOffice();
  const server = await Server.start({ ...settings, BOOKING__NO_SHOW_AFTER_MIN: "1" });
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const desk = await Desk.open(server);
    const brian = await client(server, browser, "Brian");

    // Nia is there, her host is not; who did not come is known a minute after the start.
    const nia = await client(server, browser, "Nia");
    const missed = await desk.book(desk.paid, await desk.free(desk.paid, Date.now() + 60_000), { pay: true }, nia.token);
    await ask(server, "POST", `/api/bookings/${missed.meetingId}/move`, { startsAt: Date.now() + 3_000 }, desk.token);
    await ask(server, "POST", `/api/meetings/${missed.meetingId}/join`, undefined, nia.token);
    await wallet(nia.page, "30");

    await test.step("a request is answered from its mail", async () => {
      const wish = await desk.book(desk.asked, await desk.free(desk.asked, Date.now() + 5 * DAY), { note: "Is this the right place for a couple?" }, brian.token);
      // The host hears of it on every page.
      await expect(host.page.getByRole("link", { name: "1 request waits for your answer" })).toBeVisible();
      const link = await linkIn(texts, "amina@practice.example", "/requests/");
      await brian.page.goto(link);
      await expect(brian.page.getByRole("heading", { name: "This request is for another account" })).toBeVisible();
      await brian.page.goto(`${server.url}/meetings/${wish.meetingId}`);
      await expect(brian.page.getByText("Asked for")).toBeVisible();
      const elsewhere = (await arrive(browser, { phone: true })).page;
      await elsewhere.goto(link);
      await elsewhere.getByLabel("E-mail address").fill("amina@practice.example");
      await elsewhere.getByLabel("Password", { exact: true }).fill("a quiet little room");
      await elsewhere.getByRole("button", { name: "Log in" }).click();
      await expect(elsewhere.getByRole("heading", { name: "Request of Brian" })).toBeVisible();
      await expect(elsewhere.getByText("Is this the right place for a couple?")).toBeVisible();
      await inspect(elsewhere, "request");
      await elsewhere.getByRole("button", { name: "Accept Brian" }).click();
      await elsewhere.getByLabel("A word for Brian").fill("Gladly, both of you.");
      await elsewhere.getByRole("dialog").getByRole("button", { name: "Accept" }).click();
      await expect(elsewhere.getByText("You said yes to Brian.")).toBeVisible();
      // Everybody sees it without asking.
      await expect(brian.page.getByText("Confirmed")).toBeVisible();
      await expect(brian.page.getByText("Gladly, both of you.")).toBeVisible();
      await expect(host.page.getByRole("link", { name: /waits? for your answer/ })).toBeHidden();
      await elsewhere.context().close();
    });

    await test.step("the mail's link opens the join page on a phone", async () => {
      await ask(server, "PUT", `/api/services/${desk.asked}`, { title: "First talk", durationMinutes: 30, stepMinutes: 5, noticeMinutes: 0, lobby: false }, desk.token);
      await desk.book(desk.asked, await desk.free(desk.asked, Date.now() + 40 * 60_000), { email: "gus@home.example", name: "Gus" });
      const phone = (await arrive(browser, { phone: true })).page;
      await phone.goto(await linkIn(texts, "gus@home.example", "/j/"));
      await expect(phone.getByRole("heading", { name: "Your meeting with Dr Amina Njeri" })).toBeVisible();
      await expect(phone.getByRole("timer")).toBeVisible();
      await phone.context().close();
    });

    await test.step("moving by the link of the mail kills the old link", async () => {
      await desk.book(desk.asked, await desk.free(desk.asked, Date.now() + 3 * DAY), { email: "zoe@home.example", name: "Zoe" });
      const first = await linkIn(texts, "zoe@home.example", "/b/");
      const phone = (await arrive(browser, { phone: true })).page;
      await phone.goto(first);
      await expect(phone.getByRole("heading", { name: "Your booking with Dr Amina Njeri" })).toBeVisible();
      await inspect(phone, "manage");
      const sent = texts.length;
      await phone.getByRole("button", { name: "Move", exact: true }).click();
      const dialog = phone.getByRole("dialog");
      await expect(dialog.getByRole("button", { name: "Move it" })).toBeDisabled();
      await dialog.locator(".book-time").nth(7).click();
      await inspect(phone, "manage-move");
      await dialog.getByRole("button", { name: "Move it" }).click();
      await expect(phone.getByText("It is moved. A mail with the new time")).toBeVisible();
      expect(phone.url()).not.toBe(first);
      const second = await linkIn(texts, "zoe@home.example", "/b/", sent);
      expect(phone.url()).toBe(second);
      await phone.goto(first);
      await expect(phone.getByRole("heading", { name: "This link was replaced" })).toBeVisible();
      await expect(phone.getByText("The newest mail about it has the link that works.")).toBeVisible();
      await phone.goto(second);
      await phone.getByRole("button", { name: "Call off" }).click();
      await expect(phone.getByText("Nothing was paid, so nothing is owed.")).toBeVisible();
      await phone.getByLabel(/^Why\?/).fill("I am ill.");
      await phone.getByRole("button", { name: "Call it off" }).click();
      await expect(phone.getByText("It is called off, and Dr Amina Njeri is told.")).toBeVisible();
      // The link says so still; nothing can be done with it.
      await phone.reload();
      await expect(phone.getByText("Cancelled")).toBeVisible();
      await expect(phone.getByRole("button", { name: "Move", exact: true })).toBeHidden();
      await phone.context().close();
      await host.page.goto(`${server.url}/meetings?show=off`);
      await host.page.getByRole("link", { name: "First talk" }).first().click();
      await expect(host.page.getByText("I am ill.")).toBeVisible();
    });

    await test.step("a host moves the rest of a series, and calls a group off as one", async () => {
      const { page } = host;
      const plain = { durationMinutes: 60, stepMinutes: 60, noticeMinutes: 0, bufferAfterMinutes: 0, lobby: false };
      const weekly = await ask(server, "POST", "/api/services", { ...plain, title: "Weekly talk" }, desk.token);
      const circle = await ask(server, "POST", "/api/services", { ...plain, title: "Circle", capacity: 3 }, desk.token);
      const begin = await desk.free(weekly.serviceId, noonIn(7));
      const series = await desk.book(weekly.serviceId, begin, { email: "lea@home.example", name: "Lea", timeZone: "Asia/Kolkata", series: { everyWeeks: 1, count: 3 } });
      await page.goto(`${server.url}/meetings/${series.meetingId}`);
      await expect(page.getByText(/^For Lea: .*Kolkata/)).toBeVisible();
      await page.getByRole("button", { name: "Move", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("This one and all that follow, by the same amount").check();
      await dialog.locator(`.book-time[data-at="${begin + DAY / 24}"]`).click();
      await inspect(page, "series-move");
      await dialog.getByRole("button", { name: "Move it" }).click();
      await expect(dialog).toBeHidden();
      const { meetings } = await ask(server, "GET", "/api/meetings?from=0", undefined, desk.token);
      const moved = meetings.filter((it: Json) => it.booking?.seriesId === series.meetingId).map((it: Json) => (it.scheduledAt - begin) / (DAY / 24));
      expect(moved.sort((a: number, b: number) => a - b)).toEqual([1, 169, 337]);

      const at = await desk.free(circle.serviceId, noonIn(9));
      await desk.book(circle.serviceId, at, { email: "max@home.example", name: "Max" });
      const seat = await desk.book(circle.serviceId, at, { email: "kim@home.example", name: "Kim" });
      await page.goto(`${server.url}/meetings/${seat.meetingId}`);
      await expect(page.getByText("2 of 3 places taken")).toBeVisible();
      await page.getByRole("button", { name: "Call off" }).click();
      await dialog.getByLabel("The whole session, 2 places").check();
      await page.screenshot({ path: "test-results/pages/group-off.png" });
      await dialog.getByRole("button", { name: "Call 2 off" }).click();
      await expect(page.getByText("Cancelled")).toBeVisible();
      const off = await ask(server, "GET", "/api/meetings?from=0", undefined, desk.token);
      expect(off.meetings.filter((it: Json) => it.subject === "Circle").map((it: Json) => it.status)).toEqual(["cancelled", "cancelled"]);
    });

    await test.step("calling off says what comes back before, and it arrives", async () => {
      const { page } = brian;
      const booked = await desk.book(desk.paid, await desk.free(desk.paid, Date.now() + DAY), { pay: true }, brian.token);
      await page.goto(`${server.url}/meetings`);
      await expect(page.getByRole("heading", { name: "My meetings" })).toBeVisible();
      await wallet(page, "30");
      await inspect(page, "my-meetings");
      await page.goto(`${server.url}/meetings/${booked.meetingId}`);
      await page.getByRole("button", { name: "Call off" }).click();
      // A day before: half of it.
      await expect(page.getByRole("dialog").getByText("You get back")).toBeVisible();
      await expect(page.getByRole("dialog").getByText("10 coins").first()).toBeVisible();
      await page.getByRole("button", { name: "Call it off" }).click();
      await expect(page.getByText("10 coins went back to you")).toBeVisible();
      await wallet(page, "40");
    });

    await test.step("who did not come settles, and can be set right by the other side", async () => {
      const { page } = nia;
      const path = `${server.url}/meetings/${missed.meetingId}`;
      await page.goto(path);
      await host.page.goto(path);
      await expect(page.getByText("20 coins went back to you")).toBeVisible({ timeout: 90_000 });
      await wallet(page, "50");
      await expect(host.page.getByText("20 coins went back to Nia")).toBeVisible();
      await expect(host.page.getByText("You missed it")).toBeVisible();
      await inspect(page, "who-came");
      await page.getByRole("button", { name: "It did take place" }).click();
      await expect(page.getByText("Nia pays 20 coins, and Dr Amina Njeri earns it less the fee.")).toBeVisible();
      await page.getByRole("dialog").getByRole("button", { name: "It did take place" }).click();
      await expect(page.getByText("20 coins went to Dr Amina Njeri")).toBeVisible();
      await wallet(page, "30");
      await expect(host.page.getByText("You earned 16 coins")).toBeVisible();
      // And back, by the one who would lose by it.
      await host.page.getByRole("button", { name: "I was not there" }).click();
      await host.page.getByRole("dialog").getByRole("button", { name: "I was not there" }).click();
      await expect(page.getByText("20 coins went back to you")).toBeVisible();
      await wallet(page, "50");
    });
  } finally {
    await server.stop();
    net.close();
  }
});
