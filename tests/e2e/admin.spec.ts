// The operator's pages: one navigation leads to each of them, and each is looked at; what is held back
// is told to everybody.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Browser, arrange, arrive, becomeHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

/** A server with an admin, who is a host with a meeting ahead, and what their pages complained about. */
async function house(browser: Browser) {
  const server = await Server.start();
  const admin = await arrive(browser);
  const { page } = admin;
  const faults: string[] = [];
  page.on("console", (line) => line.type() === "error" && !/ERR_CONNECTION|WebSocket/.test(line.text()) && faults.push(line.text()));
  page.on("pageerror", (error) => faults.push(error.message));
  await becomeHost(server, admin);
  await arrange(server, "brian@client.example");
  return { server, page, faults };
}

test("an admin walks through every page of the administration", async ({ browser }) => {
  test.setTimeout(300_000);
  const { server, page, faults } = await house(browser);
  try {
    await page.getByRole("button", { name: "Menu" }).click();
    await page.getByRole("link", { name: "Administration" }).click();
    await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    const ways = page.getByRole("navigation", { name: "Administration" }).getByRole("link");
    const all = await ways.evaluateAll((links) => links.map((link) => link.getAttribute("href")!));
    for (const [index, path] of all.entries()) {
      await ways.nth(index).click();
      await expect(page.locator(".admin-page h1")).toBeVisible();
      await expect(page.locator(".admin-nav [aria-current=page]")).toHaveAttribute("href", path);
      await inspect(page, path.slice(1).replaceAll("/", "-"));
    }
    // Where there is no room beside the page, the ways on are folded above it.
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.url}/admin/mail`);
    await page.getByRole("button", { name: /^Administration/ }).click();
    await inspect(page, "admin-ways");
    await ways.first().click();
    await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
    expect(faults).toEqual([]);
  } finally {
    await server.stop();
  }
});

test("an admin finds a person, a setting and a meeting, and holds calls back", async ({ browser }) => {
  test.setTimeout(240_000);
  const { server, page, faults } = await house(browser);
  try {
    const link = /http\S+\/j\/\S+/.exec((await server.mail("brian@client.example", /./)).text)![0];
    // One person, found by a part of the address; rights are asked for with a reason, and never one's own.
    await page.goto(`${server.url}/admin/people`);
    await page.getByLabel("Name, address or id").fill("AMINA@");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "Dr Amina Njeri" }).click();
    await expect(page.getByText("This is you: another admin changes your rights.")).toBeVisible();
    await inspect(page, "admin-person");

    // The settings say what was set where.
    await page.goto(`${server.url}/admin/settings`);
    await page.getByLabel("Search").fill("relay.port_min");
    await expect(page.getByText("PARLOR__RELAY__PORT_MIN")).toBeVisible();
    await expect(page.getByRole("heading", { level: 3 })).toHaveCount(1);

    // A meeting is called off with words, and what it is about is not shown.
    await page.goto(`${server.url}/admin/meetings`);
    await expect(page.getByText("Talk")).toHaveCount(0);
    await page.getByRole("button", { name: /^Call off: Dr Amina Njeri with brian/ }).click();
    await inspect(page, "admin-meeting-off");
    await page.getByRole("button", { name: "Keep it" }).click();

    // What is held back is told to everybody, also to a guest who opens the link of a mail.
    await page.goto(`${server.url}/admin/maintenance`);
    await page.getByLabel("Message on every page").fill("We move house until 5 <pm>.");
    await page.getByText("Nobody joins or calls").click();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("On: people see this.")).toBeVisible();
    const guest = await arrive(browser, { phone: true });
    await guest.page.goto(link);
    await expect(guest.page.getByText("We move house until 5 <pm>.")).toBeVisible();
    await inspect(guest.page, "held-join");
    await inspect(page, "admin-maintenance-on");
    await server.kill();
    await server.restart();
    await guest.page.goto(server.url);
    await expect(guest.page.getByText("We move house until 5 <pm>.")).toBeVisible();
    await page.reload();
    await page.getByRole("button", { name: "Everything as usual" }).click();
    await expect(page.getByText("Off: everything is as usual.")).toBeVisible();
    await expect(page.getByText("We move house until 5 <pm>.")).toHaveCount(0);
    await guest.page.reload();
    await expect(guest.page.getByRole("link", { name: "Log in" }).first()).toBeVisible();
    await expect(guest.page.getByText("We move house until 5 <pm>.")).toHaveCount(0);
    expect(faults).toEqual([]);
  } finally {
    await server.stop();
  }
});
