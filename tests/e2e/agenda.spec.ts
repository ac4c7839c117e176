// A host's own pages: hours and services by clicking, and what a client is offered because of them.
import { expect, type Page } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost } from "./people";
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

const picture = (page: Page, name: string) => page.screenshot({ path: `test-results/pages/${name}.png`, fullPage: true });

test("hours and services by clicking", async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    const { page } = host;
    const faults: string[] = [];
    page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
    await becomeHost(server, host);

    // The hours of the week, in a zone that is found by its name.
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "My hours" }).click();
    await expect(page.getByText("nobody can book you")).toBeVisible();
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
    await page.getByLabel("Price in coins").fill("500");
    await expect(page.getByText("1 hour · 500 coins · free to cancel until 24 hours before")).toBeVisible();
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
    await expect(page.getByText("1 hour · 500 coins · free to cancel until 2 days before")).toBeVisible();
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
