// A host's own pages: hours and services by clicking, and what a client is offered because of them.
import { type ConsoleMessage, expect, type Page } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost, member } from "./people";
import { Server } from "./server";
import { test } from "./test";

/** Asks as somebody who is logged in. */
async function asking(server: Server, email: string, password: string) {
  const send = async (method: string, path: string, body?: unknown, token?: string) => {
    const headers = { "content-type": "application/json", origin: server.url, ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const text = await answer.text();
    return (text === "" ? undefined : JSON.parse(text)) as never;
  };
  const { accessToken, user } = await send("POST", "/api/auth/login", { email, password }) as { accessToken: string; user: { userId: string } };
  return { id: user.userId, ask: <T>(method: string, path: string, body?: unknown) => send(method, path, body, accessToken) as Promise<T> };
}

/** A browser without a page yet asks for an icon that is nowhere named. */
const isFault = (message: ConsoleMessage) => message.type() === "error" && !message.location().url.endsWith("/favicon.ico");

const picture = (page: Page, name: string) => page.screenshot({ path: `test-results/pages/${name}.png`, fullPage: true });

test("hours and services by clicking", async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    const { page } = host;
    const faults: string[] = [];
    // What is refused below is refused on purpose.
    page.on("console", (message) => isFault(message) && !message.text().includes("400") && faults.push(message.text()));
    await becomeHost(server, host);

    // The hours of the week, in a zone that is found by its name.
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "My hours" }).click();
    await expect(page.getByText("so nobody can book you")).toBeVisible();
    const zone = page.getByRole("combobox", { name: "Time zone" });
    await zone.fill("nairobi");
    await zone.press("Enter");
    await expect(zone).toHaveValue("Africa/Nairobi");
    await page.getByRole("button", { name: "Start with Monday to Friday" }).click();
    const monday = page.getByRole("group", { name: "Monday", exact: true });
    await monday.getByLabel("Monday, hours 1, from").fill("10:00");
    await monday.getByLabel("Monday, hours 2, from").fill("11:00");
    await expect(monday.getByText("This overlaps with 10:00–12:00.")).toBeVisible();
    await page.getByRole("button", { name: "Save hours" }).click();
    await expect(monday.getByLabel("Monday, hours 2, from")).toBeFocused();
    await monday.getByLabel("Monday, hours 2, from").fill("13:30");
    await monday.getByRole("button", { name: "Copy the hours of Monday" }).click();
    await monday.getByRole("checkbox", { name: "Saturday" }).check();
    await picture(page, "hours-copy");
    await monday.getByRole("button", { name: "Copy to these days" }).click();
    await expect(page.getByLabel("Saturday, hours 2, from")).toHaveValue("13:30");
    await page.getByRole("button", { name: "Add a day or holiday" }).click();
    await page.getByLabel("What for").fill("Christmas");
    await page.getByLabel("First day").fill("2026-12-25");
    await page.getByLabel("Last day").fill("2026-12-26");
    await page.getByRole("switch", { name: "Every year again" }).click();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Save hours" }).click();
    await expect(page.getByText("Everything is saved.")).toBeVisible();
    const own = await asking(server, "amina@practice.example", "a quiet little room");
    const hours = await own.ask<{ timeZone: string; week: unknown[]; exceptions: unknown[] }>("GET", "/api/availability");
    expect(hours.timeZone).toBe("Africa/Nairobi");
    expect(hours.week[5]).toEqual([{ from: 600, to: 720 }, { from: 810, to: 1020 }]);
    expect(hours.week[6]).toEqual([]);
    expect(hours.exceptions).toEqual([{ first: "2026-12-25", last: "2026-12-26", yearly: true, label: "Christmas", spans: [] }]);

    // A service, from its free times' own invitation.
    await page.getByRole("link", { name: "New service" }).click();
    await page.getByRole("button", { name: "Create service" }).click();
    await expect(page.getByLabel("Name")).toBeFocused();
    await expect(page.getByText("A service needs a name.")).toBeVisible();
    await page.getByLabel("Name").fill("First conversation");
    await page.getByLabel("Length in minutes").fill("60");
    await page.getByLabel(/^Price/).fill("500");
    await expect(page.getByText("1 hour · 500 coins · free to cancel until 24 hours before")).toBeVisible();
    await page.getByLabel("Paid in").selectOption("KES");
    await expect(page.getByText(/1 hour · \D*500\.00 · free to cancel/)).toBeVisible();
    await page.getByText("More", { exact: true }).click();
    await page.getByLabel("Starts every … minutes").fill("45");
    await page.getByLabel("Shortest notice", { exact: true }).fill("0");
    await page.getByLabel("Step 1: how long before", { exact: true }).fill("1");
    await page.getByRole("button", { name: "Create service" }).click();
    await expect(page.getByText("Whoever cancels later cannot get more back")).toBeVisible();
    await picture(page, "service-more");
    await page.getByLabel("Step 1: how long before", { exact: true }).fill("48");
    await inspect(page, "service");
    await page.getByRole("button", { name: "Create service" }).click();
    await expect(page.getByRole("heading", { name: "Your services" })).toBeVisible();
    await expect(page.getByText(/1 hour · \D*500\.00 · free to cancel until 2 days before/)).toBeVisible();
    const [priced] = await own.ask<{ priceMoney: unknown; priceMc: number }[]>("GET", "/api/services");
    expect(priced).toMatchObject({ priceMoney: { minor: 50_000, currency: "KES", digits: 2 } });
    expect(priced!.priceMc).toBeGreaterThan(0);
    await page.getByRole("button", { name: "Archive First conversation" }).click();
    await expect(page.getByRole("heading", { name: "Archived" })).toBeVisible();
    await page.getByRole("button", { name: "Offer First conversation again" }).click();
    await inspect(page, "services");

    // What a stranger is offered: only hours of these days, by the clock of Nairobi.
    const [service] = await own.ask<{ serviceId: string }[]>("GET", "/api/services");
    const slots = async () => {
      const answer = await fetch(`${server.url}/api/hosts/${own.id}/slots?service=${service!.serviceId}`);
      return ((await answer.json()) as { slots: number[] }).slots;
    };
    const offered = await slots();
    const shown = new Set(offered.map((at) => new Date(at + 3 * 3_600_000).toISOString().slice(11, 16)));
    expect([...shown].sort().filter((time) => time < "10:00" || time > "16:00")).toEqual(expect.not.arrayContaining(["08:00", "17:00"]));
    expect(offered.every((at) => new Date(at + 3 * 3_600_000).getUTCDay() !== 0)).toBe(true);
    expect(shown).toContain("10:45");

    // Time off takes the next of them away, and the page follows.
    await page.goto(`${server.url}/availability`);
    await expect(page.getByRole("heading", { name: "Next free times" })).toBeVisible();
    const first = offered.find((at) => at > Date.now() + 24 * 3_600_000)!;
    const local = new Date(first + 3 * 3_600_000).toISOString();
    await page.getByLabel("From", { exact: true }).fill(local.slice(0, 10));
    await page.getByLabel("Time (from)").fill(local.slice(11, 16));
    await page.getByLabel("Until", { exact: true }).fill(local.slice(0, 10));
    await page.getByLabel("Time (until)").fill(local.slice(11, 16));
    // A calendar of elsewhere is asked for at its address, and none inside of a network is.
    await page.getByLabel("Secret iCal address").fill("ftp://calendar.example/a.ics");
    await page.getByRole("button", { name: "Add calendar" }).click();
    await expect(page.getByText("An address that begins with https:// or webcal://")).toBeVisible();
    await page.getByLabel("Secret iCal address").fill("https://127.0.0.1/secret.ics");
    await page.getByRole("button", { name: "Add calendar" }).click();
    await expect(page.getByLabel("Secret iCal address")).toHaveAttribute("aria-invalid", "true");
    await expect(page.getByText("An address that begins with https:// or webcal://")).toBeHidden();
    await page.getByRole("button", { name: "Take time off" }).click();
    await expect(page.getByText("The end is not after the beginning.")).toBeVisible();
    await page.getByLabel("Time (until)").fill("23:00");
    await page.getByRole("button", { name: "Take time off" }).click();
    await expect(page.getByRole("button", { name: /^Give back/ })).toBeVisible();
    expect(await slots()).not.toContain(first);
    await inspect(page, "hours");
    await picture(page, "hours-whole");
    await page.setViewportSize({ width: 390, height: 844 });
    await picture(page, "hours-whole-390");
    await page.getByRole("button", { name: /^Give back/ }).click();
    await expect(page.getByRole("button", { name: /^Give back/ })).toBeHidden();
    expect(await slots()).toContain(first);
    expect(faults).toEqual([]);
  } finally {
    await server.stop();
  }
});

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NAIROBI = 3 * HOUR;

test("a booking is carried to another time, by pointer, finger and keys", async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    const { page } = host;
    const faults: string[] = [];
    // What is refused below is refused on purpose.
    page.on("console", (message) => isFault(message) && !message.text().includes("409") && faults.push(message.text()));
    await becomeHost(server, host);
    const brian = await member(server, browser, "Brian Otieno");
    const own = await asking(server, "amina@practice.example", "a quiet little room");
    const client = await asking(server, "brian.otieno@mail.example", "green tea at seven");
    const everyDay = { timeZone: "Africa/Nairobi", week: Array.from({ length: 7 }, () => [{ from: 8 * 60, to: 18 * 60 }]), exceptions: [] };
    await own.ask("PUT", "/api/availability", everyDay);
    const offer = (title: string, more = {}) =>
      own.ask<{ serviceId: string }>("POST", "/api/services", { title, durationMinutes: 60, stepMinutes: 15, noticeMinutes: 0, bufferAfterMinutes: 0, ...more });
    const talk = await offer("First conversation");
    const asked = await offer("Second opinion", { approval: true });
    // The day after tomorrow by the clock of Nairobi, so that every hour of it is ahead.
    const midnight = Math.floor((Date.now() + NAIROBI) / DAY) * DAY - NAIROBI + 2 * DAY;
    const date = new Date(midnight + NAIROBI).toISOString().slice(0, 10);
    type Meeting = { meetingId: string; scheduledAt: number; status: string; meetingLinks: string[] };
    const book = async (serviceId: string, startsAt: number) =>
      (await client.ask<{ meetings: Meeting[] }>("POST", "/api/bookings", { hostId: own.id, serviceId, startsAt })).meetings[0]!;
    const meeting = await book(talk.serviceId, midnight + 10 * HOUR);
    const now = () => own.ask<Meeting>("GET", `/api/meetings/${meeting.meetingId}`);
    const door = async (link: string) => {
      const headers = { "content-type": "application/json", origin: server.url };
      return fetch(`${server.url}/api/join/preview`, { method: "POST", headers, body: JSON.stringify({ token: link.split("/j/")[1] }) });
    };
    const oldLink = (await now()).meetingLinks[0]!;
    expect((await door(oldLink)).status).toBe(200);

    await page.goto(`${server.url}/calendar?view=week&date=${date}`);
    const item = page.getByRole("button", { name: /First conversation, Brian Otieno/ });
    await expect(item).toHaveAccessibleName("Confirmed, First conversation, Brian Otieno, 10:00 – 11:00");
    await expect(page.getByText("Times of Nairobi (GMT+3).")).toBeVisible();
    // Somebody books while one looks.
    const request = await book(asked.serviceId, midnight + 15 * HOUR);
    const requested = page.getByRole("button", { name: /^Request, Second opinion/ });
    await expect(requested).toBeVisible();
    // Somebody else is about to.
    const headers = { "content-type": "application/json", origin: server.url };
    const wish = JSON.stringify({ serviceId: talk.serviceId, startsAt: midnight + 13 * HOUR });
    const hold = (await (await fetch(`${server.url}/api/hosts/${own.id}/holds`, { method: "POST", headers, body: wish })).json()) as { holdId: string };
    const held = page.getByRole("button", { name: "Being booked, 13:00 – 14:00" });
    await expect(held).toBeVisible();
    await inspect(page, "calendar-week");
    await fetch(`${server.url}/api/hosts/${own.id}/holds/${hold.holdId}?startsAt=${midnight + 13 * HOUR}`, { method: "DELETE", headers });
    await expect(held).toBeHidden();

    // Carried two hours down by the mouse, asked, and left.
    const column = page.locator(`[data-date="${date}"]`);
    const carry = async (hours: number) => {
      // The morning at the top, so that the afternoon is in sight too.
      await column.evaluate((it) => it.closest(".cal-box")!.scrollTo(0, (it as HTMLElement).offsetHeight * (8.5 / 24)));
      const from = (await item.boundingBox())!;
      const hour = (await column.boundingBox())!.height / 24;
      await page.mouse.move(from.x + from.width / 2, from.y + 12);
      await page.mouse.down();
      await page.mouse.move(from.x + from.width / 2, from.y + 12 + hours * hour, { steps: 5 });
      await expect(page.locator(".cal-ghost")).toBeVisible();
      await page.mouse.up();
    };
    await carry(2);
    const question = page.getByRole("dialog", { name: "Move the meeting with Brian Otieno?" });
    await expect(question.getByText(/10:00\s*–\s*11:00/)).toBeVisible();
    await expect(question.getByText(/12:00\s*–\s*13:00/)).toBeVisible();
    await inspect(page, "calendar-move");
    await question.getByRole("button", { name: "Leave it" }).click();
    expect((await now()).scheduledAt).toBe(midnight + 10 * HOUR);
    // Onto the request: something stands there, and what is free is offered.
    await carry(5);
    await question.getByRole("button", { name: "Move it" }).click();
    await expect(question.getByText("Something else stands there.")).toBeVisible();
    await question.getByRole("button", { name: "Leave it" }).click();
    await carry(2);
    await question.getByRole("button", { name: "Move it" }).click();
    await expect(item).toHaveAccessibleName(/12:00 – 13:00$/);
    await expect(item).toBeFocused();
    const moved = await now();
    expect(moved.scheduledAt).toBe(midnight + 12 * HOUR);
    // The client's meeting has the new time, and a new link in a mail; the old one is dead.
    const newLink = moved.meetingLinks[0]!;
    expect(newLink).not.toBe(oldLink);
    expect((await door(oldLink)).status).toBeGreaterThanOrEqual(400);
    expect((await door(newLink)).status).toBe(200);
    await expect.poll(async () => (await (await fetch(`${server.url}/dev/mailbox.json`)).text()).includes(newLink.split("/j/")[1]!)).toBe(true);
    await brian.page.goto(`${server.url}/meetings/${meeting.meetingId}`);
    const local = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" }).format(midnight + 12 * HOUR);
    await expect(brian.page.getByText(local).first()).toBeVisible();

    // By keys: picked up, moved, put back; then put down.
    const said = page.locator(".cal-page [aria-live=assertive]");
    await item.press("m");
    await expect(said).toContainText("Brian Otieno is picked up");
    await page.keyboard.press("ArrowDown");
    await expect(said).toContainText(/12:15\s*–\s*13:15/);
    await page.keyboard.press("Shift+ArrowUp");
    await expect(said).toContainText(/11:15\s*–\s*12:15/);
    await page.keyboard.press("Escape");
    await expect(said).toContainText("Put back");
    await expect(item).toBeFocused();
    await item.press("m");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Shift+ArrowUp");
    await page.keyboard.press("Enter");
    await expect(question.getByText(/11:00\s*–\s*12:00/)).toBeVisible();
    await question.getByRole("button", { name: "Move it" }).press("Enter");
    await expect(item).toHaveAccessibleName(/11:00 – 12:00$/);
    expect((await now()).scheduledAt).toBe(midnight + DAY + 11 * HOUR);

    // A request is answered where it stands.
    await page.goto(`${server.url}/calendar?view=week&date=${date}`);
    await requested.click();
    await page.getByRole("dialog").getByRole("button", { name: "Accept" }).click();
    await expect(page.getByRole("button", { name: /^Confirmed, Second opinion/ })).toBeVisible();
    expect((await own.ask<Meeting>("GET", `/api/meetings/${request.meetingId}`)).status).toBe("confirmed");

    // Drawn over, empty time is taken off.
    await column.evaluate((it) => it.closest(".cal-box")!.scrollTo(0, 0));
    const box = (await column.boundingBox())!;
    const at = (hour: number) => box.y + (box.height / 24) * hour;
    await page.mouse.move(box.x + box.width / 2, at(4) + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, at(6), { steps: 5 });
    await page.mouse.up();
    const off = page.getByRole("dialog", { name: "Take this time off?" });
    await expect(off.getByText("04:00 – 06:00")).toBeVisible();
    await off.getByRole("button", { name: "Take time off" }).click();
    await expect(page.getByRole("button", { name: "Time off, 04:00 – 06:00" })).toBeVisible();

    // The month counts, and leads into a day.
    await page.getByRole("button", { name: "Month" }).click();
    await inspect(page, "calendar-month");
    await page.getByRole("button", { name: /1 meeting, Time off/ }).click();
    await expect(page.getByRole("button", { name: "Day", exact: true })).toHaveAttribute("aria-pressed", "true");
    await inspect(page, "calendar-day");
    // A week with a day of 23 hours.
    await own.ask("PUT", "/api/availability", { ...everyDay, timeZone: "Europe/Berlin" });
    await page.goto(`${server.url}/calendar?view=week&date=2027-03-28`);
    await expect(page.getByText("The clock changes: 23 hours")).toBeVisible();
    await picture(page, "calendar-clock");

    // On a phone it begins with the day, and a finger that rests picks up.
    await page.setViewportSize({ width: 390, height: 844 });
    await own.ask("PUT", "/api/availability", everyDay);
    await page.goto(`${server.url}/calendar`);
    await expect(page.getByRole("button", { name: "Day", exact: true })).toHaveAttribute("aria-pressed", "true");
    await page.goto(`${server.url}/calendar?date=${new Date(midnight + NAIROBI + DAY).toISOString().slice(0, 10)}`);
    await expect(item).toBeVisible();
    const finger = await host.context.newCDPSession(page);
    const place = (await item.boundingBox())!;
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", down = 0) =>
      finger.send("Input.dispatchTouchEvent", { type, touchPoints: type === "touchEnd" ? [] : [{ x: place.x + 60, y: place.y + 10 + down }] });
    await touch("touchStart");
    await expect(page.locator(".cal-ghost")).toBeVisible();
    await touch("touchMove", 30);
    await touch("touchMove", 60);
    await expect(page.locator(".cal-ghost")).toHaveText("12:00 – 13:00");
    await touch("touchEnd");
    await question.getByRole("button", { name: "Move it" }).click();
    await expect(item).toHaveAccessibleName(/12:00 – 13:00$/);
    expect(faults).toEqual([]);
  } finally {
    await server.stop();
  }
});
