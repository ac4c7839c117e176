// What is between a host and nobody else, and how an admin enters a room of others: for a reason that
// everybody inside reads before the door opens.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrange, arrive, becomeHost, enter, invite, member, takeCalls, talk } from "./people";
import { Server } from "./server";
import { test } from "./test";

const HOST = "Dr Amina Njeri";
const REASON = "Somebody in it asked us for help.";

test("a host's notes are saved while they type, and never over what another page wrote", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host, HOST);
    await arrange(server, "brian@mail.example");
    const { page } = host;
    await page.goto(`${server.url}/meetings`);
    await page.getByRole("main").getByRole("link", { name: /Talk|Details|Open/ }).first().click();
    const about = page.getByLabel(/^About brian@mail\.example, in every meeting/);
    await about.fill("Prefers mornings.\nAsks for the bill by mail.");
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await page.getByRole("heading", { name: "Private notes" }).scrollIntoViewIfNeeded();
    await inspect(page, "notes");

    // Another page writes over what this one read.
    const other = await host.context.newPage();
    await other.goto(page.url());
    const theirs = other.getByLabel(/^About brian@mail\.example, in every meeting/);
    await expect(theirs).toHaveValue(/Prefers mornings/);
    await theirs.fill("Prefers evenings.");
    await expect(other.getByText("Saved", { exact: true })).toBeVisible();
    await about.fill("Prefers mornings, and tea.");
    await expect(page.getByText("This note was changed on another page or device.")).toBeVisible();
    await expect(page.getByText("Prefers evenings.")).toBeVisible();
    await inspect(page, "notes-clash");
    await page.getByRole("button", { name: "Keep mine" }).click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await other.reload();
    await expect(theirs).toHaveValue("Prefers mornings, and tea.");
  } finally {
    await server.stop();
  }
});

test("an admin enters a call of others when both have read why, and the log has it", async ({ browser }) => {
  test.setTimeout(420_000);
  const server = await Server.start({ MEETINGS__BREAK_GLASS: "true" });
  try {
    const { host, guest } = await talk(server, browser);
    // A second admin, who is nobody in this meeting: logged out by getting the right, and in again.
    const admin = await member(server, browser, "Wanjiku Kamau");
    await makeAdmin(server, "wanjiku.kamau@mail.example");
    const { page } = admin;
    await page.goto(`${server.url}/login`);
    await page.getByLabel("E-mail address").fill("wanjiku.kamau@mail.example");
    await page.getByLabel("Password", { exact: true }).fill("green tea at seven");
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("heading", { name: /Hello/ })).toBeVisible();

    await page.goto(`${server.url}/admin/live`);
    await page.getByRole("button", { name: "Enter…" }).click();
    const dialog = page.getByRole("dialog", { name: "Enter this call as admin" });
    await inspect(page, "entry-dialog");
    await dialog.getByLabel(/^Why\?/).fill(REASON);
    await dialog.getByRole("button", { name: "Tell them and enter" }).click();
    // Before she is in, both know who comes, why, and until when.
    for (const { page: inside } of [host, guest]) {
      await expect(inside.getByText(new RegExp(`^Wanjiku Kamau, who runs this server.*${REASON}`))).toBeVisible();
    }
    await expect(page.getByRole("toolbar", { name: "Call controls" })).toHaveCount(0);
    await inspect(guest.page, "entry-guest");
    await enter(admin);
    await expect(page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
    await expect(host.page.getByText("Wanjiku Kamau").nth(1)).toBeVisible();
    // A host has been on other pages, whose rules must not reach in here.
    expect((await host.page.locator(".call-notices").boundingBox())!.width).toBeGreaterThan(1_000);
    await inspect(host.page, "entry-inside");

    const log = await admin.context.newPage();
    await log.goto(`${server.url}/admin/audit`);
    await expect(log.getByText(REASON).first()).toBeVisible();
    await inspect(log, "entry-audit");
  } finally {
    await server.stop();
  }
});

test("who calls or comes by a link while that is held back reads why", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host, HOST);
    await takeCalls(host);
    const link = await invite(host);
    const client = await member(server, browser, "Carla Mendes");
    await arrange(server, "carla.mendes@mail.example");
    await client.page.goto(server.url);
    await client.page.getByRole("main").getByRole("link", { name: /Talk|Details|Open/ }).first().click();
    await expect(client.page.getByRole("group", { name: `Call ${HOST} now` })).toBeVisible();
    const message = "We move house until 17:00. Calls that go on are not touched.";
    await asAdmin(server, "PUT", "/api/admin/maintenance", { message, joins: true, bookings: false, payments: false });
    // The page was open before: the server says it at the call.
    await client.page.getByRole("button", { name: /Video call/ }).click();
    await expect(client.page.getByText("Nobody can call at the moment because of maintenance.")).toBeVisible();
    await expect(client.page.getByText(message)).toBeVisible();
    await inspect(client.page, "held-call");
    const guest = await arrive(browser, { phone: true });
    await guest.page.goto(link);
    await expect(guest.page.getByText(message)).toBeVisible();
    await expect(guest.page.getByText("Nobody can join at the moment because of maintenance")).toBeVisible();
    await expect(guest.page.getByRole("button", { name: /Continue/ })).toHaveCount(0);
    await inspect(guest.page, "held-link");
  } finally {
    await server.stop();
  }
});

test("an admin without the second step that the server asks for is told on every page", async ({ browser }) => {
  const server = await Server.start({ ACCOUNTS__ADMINS_NEED_SECOND_FACTOR: "true" });
  try {
    const admin = await arrive(browser);
    await becomeHost(server, admin, HOST);
    const due = admin.page.locator(".second-factor-due");
    await expect(due).toBeVisible();
    await inspect(admin.page, "second-step-due");
    await due.getByRole("link").click();
    await expect(admin.page.getByRole("region", { name: "Two-step login" })).toBeVisible();
    await admin.page.goto(`${server.url}/admin`);
    await expect(due).toBeVisible();
    await inspect(admin.page, "second-step-due-admin");
  } finally {
    await server.stop();
  }
});

/** As the first admin, on some other device. */
async function asAdmin(server: Server, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const ask = async (method: string, path: string, body?: unknown, token = "") => {
    const headers = { "content-type": "application/json", origin: server.url, ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(server.url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    expect(answer.status, path).toBeLessThan(300);
    return (await answer.json()) as Record<string, unknown>;
  };
  const { accessToken } = await ask("POST", "/api/auth/login", { email: "amina@practice.example", password: "a quiet little room" });
  return ask(method, path, body, String(accessToken));
}

async function makeAdmin(server: Server, email: string): Promise<void> {
  const found = await asAdmin(server, "GET", `/api/admin/people?words=${encodeURIComponent(email)}`);
  const { userId } = (found["people"] as { userId: string }[])[0]!;
  await asAdmin(server, "PUT", `/api/admin/people/${userId}/admin`, { admin: true, reason: "She helps to run this." });
}
