// The mail as its operator sees it, calendars as their owners take them along, and reminders that
// somebody does not want, against a mail server that refuses one address.
import { readFileSync } from "node:fs";
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost } from "./people";
import { postOffice } from "./post-office";
import { Server } from "./server";
import { test } from "./test";

test("mail, calendars and reminders", async ({ browser }) => {
  test.setTimeout(300_000);
  const { net, port, texts, settings } = await postOffice();
  const server = await Server.start(settings);
  try {
    const host = await arrive(browser);
    const { page } = host;
    const faults: string[] = [];
    // A frame that may run nothing refuses this test's own scripts too, and says so.
    page.on("console", (message) => message.type() === "error" && !message.text().includes("frame is sandboxed") && faults.push(message.text()));
    await becomeHost(server, host);

    const ask = async (path: string, body: unknown, token?: string) => {
      const headers = { "content-type": "application/json", origin: server.url, ...(token ? { authorization: `Bearer ${token}` } : {}) };
      return (await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) })).json() as Promise<Record<string, string>>;
    };
    const { accessToken } = await ask("/api/auth/login", { email: "amina@practice.example", password: "a quiet little room" });
    const meet = (clientEmail: string, seconds: number) =>
      ask("/api/meetings/create", { subject: "First talk", scheduledAt: Date.now() + seconds * 1000, durationMinutes: 50, clientEmail, clientName: "Brian" }, accessToken);
    // The reminder of fifteen minutes is due in a moment.
    const soon = await meet("brian@home.example", 15 * 60 + 4);
    await meet("nobody@home.example", 24 * 3600);
    const reminder = await server.mail("brian@home.example", /Starting Soon/);

    await page.goto(`${server.url}/admin/mail`);
    await expect(page.getByText(`127.0.0.1:${port}, as`)).toBeVisible();
    const refused = page.getByRole("button", { name: "Send again to nobody@home.example" });
    await expect(refused).toBeVisible();
    await page.getByRole("button", { name: "Look at: Invitation, to brian@home.example" }).click();
    const paper = page.frameLocator('iframe[title="The mail as its reader sees it"]');
    await expect(paper.getByText("Hello Brian,")).toBeVisible();
    await expect(paper.getByText(`${server.url}/j/…`)).toBeVisible();
    expect(await paper.locator("a").first().evaluate((link) => getComputedStyle(link).backgroundColor)).toBe("rgb(31, 95, 191)");
    await page.screenshot({ path: "test-results/pages/mail-letter.png", fullPage: true });
    // axe would wait for ever in a frame that may run nothing.
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await expect(page.getByText("This is your personal link")).toBeVisible();
    await inspect(page, "mail");
    await page.getByRole("button", { name: "Look at: Invitation, to nobody@home.example" }).click();
    await page.getByRole("button", { name: "Try again" }).click();
    // The address stays shut until somebody opens it.
    await expect(page.getByText(/the address refused mail before/)).toBeVisible({ timeout: 20_000 });
    await refused.click();
    await expect(page.getByText("Every address gets mail.")).toBeVisible();
    const before = texts.length;
    await page.getByRole("button", { name: "Send a test mail" }).click();
    await expect.poll(() => texts.length).toBeGreaterThan(before);
    expect(texts.at(-1)).toContain("Subject: Test mail from");
    const entry = texts.find((text) => text.includes("To: Brian <brian@") && text.includes("text/calendar"));
    expect(entry).toContain("method=REQUEST");

    // The same appointment as a file, and at its owner's own calendar.
    await page.goto(`${server.url}/meetings/${soon["meetingId"]}`);
    await page.getByText("Add to calendar").click();
    await inspect(page, "meeting-calendar");
    const google = await page.getByRole("link", { name: "Google Calendar" }).getAttribute("href");
    expect(new URL(google!).searchParams.get("location")).toBe(`${server.url}/video-call/${soon["meetingId"]}`);
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Calendar file" }).click()]);
    expect(readFileSync(await file.path(), "utf8")).toContain(`UID:${soon["meetingId"]}@parlor`);
    await page.goto(`${server.url}/account`);
    await page.getByRole("button", { name: "Make a secret address" }).click();
    const address = page.getByLabel("Secret address of your calendar");
    await expect(address).toBeVisible();
    const feed = await address.inputValue();
    expect(await (await fetch(feed)).text()).toContain("SUMMARY:First talk (Brian)");
    // The switch turns when the server has kept it.
    await page.getByLabel("Keep titles private").click();
    await expect.poll(async () => (await fetch(feed)).text()).toContain("SUMMARY:Busy");
    await address.scrollIntoViewIfNeeded();
    await inspect(page, "calendar-feed");
    await page.getByRole("button", { name: "Stop the feed" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Stop the feed" }).click();
    await expect(page.getByRole("button", { name: "Make a secret address" })).toBeVisible();
    expect((await fetch(feed)).status).toBe(404);

    // The reader of the reminder wants no more of them.
    const guest = await arrive(browser, { phone: true });
    const away = reminder.text.match(/http\S+\/reminders\/\S+/)![0];
    await guest.page.goto(away);
    await expect(guest.page.getByText("About the mailbox b…@home.example")).toBeVisible();
    await guest.page.getByRole("button", { name: "No more reminders" }).click();
    await expect(guest.page.getByText("We do not remind you any more.")).toBeVisible();
    await inspect(guest.page, "reminders-off");
    await guest.page.goto(reminder.text.match(/http\S+\/j\/\S+/)![0]);
    await expect(guest.page.getByRole("button", { name: /Continue/ })).toBeVisible();
    expect(faults).toEqual([]);
  } finally {
    await server.stop();
    net.close();
  }
});
