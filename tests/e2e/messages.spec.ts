// Messages between two people: two browsers and a phone of one of them, offline and online.
import { type Browser, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrive, becomeHost, member, takeCalls } from "./people";
import { Server } from "./server";
import { test } from "./test";

const log = ({ page }: Person) => page.getByRole("log", { name: "Messages" });
const message = (person: Person, text: string) => log(person).getByRole("listitem").filter({ hasText: text });
const row = ({ page }: Person, name: string) => page.getByRole("region", { name: "Messages" }).getByRole("link", { name: new RegExp(name) });
const sign = ({ page }: Person, name: string) => page.getByRole("banner").getByRole("link", { name, exact: true });

async function write({ page }: Person, text: string): Promise<void> {
  await page.getByLabel("Write a message").fill(text);
  await page.keyboard.press("Enter");
}

async function act(person: Person, text: string, action: string): Promise<void> {
  const it = message(person, text);
  await it.getByRole("button", { name: "Actions for this message" }).click();
  await it.getByRole("button", { name: action, exact: true }).click();
}

/** The same person on a phone: logged in there too. */
async function phoneOf(server: Server, browser: Browser): Promise<Person> {
  const phone = await arrive(browser, { phone: true });
  await phone.page.goto(`${server.url}/login?next=${encodeURIComponent("/messages")}`);
  await phone.page.getByLabel("E-mail address").fill("carla.mendes@mail.example");
  await phone.page.getByLabel("Password", { exact: true }).fill("green tea at seven");
  await phone.page.getByRole("button", { name: "Log in" }).click();
  await expect(phone.page.getByRole("heading", { name: "Messages" })).toBeVisible();
  return phone;
}

test("a client and a host write to each other, and a phone shows the same", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await takeCalls(host);
    const client = await member(server, browser, "Carla Mendes");

    // From the host's page to an empty conversation.
    await client.page.goto(`${server.url}/messages`);
    await expect(client.page.getByText("No conversations yet")).toBeVisible();
    await client.page.goto(`${server.url}/hosts`);
    await client.page.getByRole("main").getByRole("link", { name: /Amina/ }).first().click();
    await client.page.getByRole("link", { name: "Message", exact: true }).click();
    await expect(client.page.getByText("Say hello to Dr Amina Njeri")).toBeVisible();
    await write(client, "Good morning, may I ask something?");
    await expect(message(client, "Good morning").getByRole("img", { name: "Delivered" })).toBeVisible();

    // The host is told on whatever page that is, and what was read is seen.
    await sign(host, "Messages, 1 unread").click();
    await row(host, "Carla Mendes").click();
    await expect(message(host, "Good morning")).toBeVisible();
    await expect(sign(host, "Messages")).toBeVisible();
    await expect(message(client, "Good morning").getByRole("img", { name: "Read" })).toBeVisible();
    await expect(client.page.locator(".presence-words")).toHaveText("Online");
    await host.page.getByLabel("Write a message").pressSequentially("Of coruse");
    await expect(client.page.getByText("Dr Amina Njeri is typing…")).toBeVisible();
    await host.page.keyboard.press("Enter");

    // Said, changed and taken back on one, seen on all.
    const phone = await phoneOf(server, browser);
    await row(phone, "Dr Amina Njeri").click();
    for (const each of [client, phone]) await expect(message(each, "Of coruse")).toBeVisible();
    await act(host, "Of coruse", "Edit");
    await host.page.getByLabel("Write a message").fill("Of course");
    await host.page.keyboard.press("Enter");
    for (const each of [client, phone]) await expect(message(each, "Of course")).toContainText("edited");
    await write(phone, "Written on the phone");
    for (const each of [client, host]) await expect(message(each, "Written on the phone")).toBeVisible();
    await act(client, "Written on the phone", "Delete");
    for (const each of [phone, host]) await expect(message(each, "Message deleted")).toBeVisible();

    // Offline: shown at once, sent once when the line is back; a draft stays.
    await client.context.setOffline(true);
    await client.page.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.forEach((it) => it.close()));
    await write(client, "Written in a tunnel");
    await expect(message(client, "Written in a tunnel").getByRole("img", { name: "Sending" })).toBeVisible();
    await client.page.getByLabel("Write a message").fill("not yet");
    await client.context.setOffline(false);
    for (const each of [host, phone]) await expect(message(each, "Written in a tunnel")).toHaveCount(1);
    await expect(message(client, "Written in a tunnel").getByRole("img", { name: /Delivered|Read/ })).toBeVisible();
    await client.page.reload();
    await expect(client.page.getByLabel("Write a message")).toHaveValue("not yet");
    await expect(message(client, "Written in a tunnel")).toHaveCount(1);
    await inspect(client.page, "messages-open");

    // A number for what came while one was elsewhere, and a line above it; read on one, read on all.
    await phone.page.getByRole("link", { name: "All conversations" }).click();
    await client.page.getByRole("banner").getByRole("link", { name: /^Wallet/ }).click();
    await expect(client.page.getByRole("heading", { level: 1, name: "Wallet" })).toBeVisible();
    await write(host, "Are you still there?");
    await expect(sign(client, "Messages, 1 unread")).toBeVisible();
    await expect(client.page.getByText("New message from Dr Amina Njeri")).toBeVisible();
    await expect(client.page).toHaveTitle(/^\(1\) /);
    await expect(row(phone, "1 unread message")).toBeVisible();
    await inspect(phone.page, "messages-list");
    await client.page.getByRole("button", { name: "Notifications, 1 unread" }).click();
    await inspect(client.page, "bell");
    await client.page.getByRole("banner").getByRole("link", { name: /New message from Dr Amina Njeri/ }).first().click();
    await expect(log(client).getByText("New messages")).toBeVisible();
    await expect(row(phone, "1 unread message")).toHaveCount(0);
    for (const each of [client, phone]) await expect(each.page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();

    // Found again, put away, and back by itself.
    await host.page.getByLabel("Search messages").fill("TUNNEL");
    await expect(host.page.getByRole("status").filter({ hasText: "1 result" })).toBeVisible();
    await expect(row(host, "Written in a tunnel")).toBeVisible();
    await host.page.getByLabel("Search messages").fill("");
    await host.page.goto(`${server.url}/messages`);
    await row(host, "Carla Mendes").click();
    await host.page.getByRole("button", { name: /More about this conversation/ }).click();
    await host.page.getByRole("button", { name: "Archive", exact: true }).click();
    await host.page.goto(`${server.url}/messages`);
    await expect(host.page.getByRole("button", { name: "Archive (1)" })).toBeVisible();
    await expect(row(host, "Carla Mendes")).toHaveCount(0);
    await write(client, "One more thing");
    await expect(row(host, "One more thing")).toBeVisible();

    // Blocked: nobody writes, and what was said stays.
    await row(host, "Carla Mendes").click();
    await host.page.getByRole("button", { name: /More about this conversation/ }).click();
    await host.page.getByRole("button", { name: /Block/ }).click();
    await host.page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
    await expect(host.page.getByText("You cannot write to Carla Mendes now.")).toBeVisible();
    await expect(message(host, "One more thing")).toBeVisible();
    await write(client, "Hello?");
    await expect(message(client, "Hello?").getByRole("alert")).toContainText("Not sent");
  } finally {
    await server.stop();
  }
});
