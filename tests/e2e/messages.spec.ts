// Messages between two people, one of whom has two browsers and a phone: offline and online, said on one, seen on all.
import { type Browser, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrive, becomeHost, member, takeCalls, writeToHost } from "./people";
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

/** The same person on another device: logged in there too. */
async function alsoOn(server: Server, browser: Browser, device: { phone: boolean }): Promise<Person> {
  const phone = await arrive(browser, device);
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
    await writeToHost(server, client);
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
    const phone = await alsoOn(server, browser, { phone: true });
    const desk = await alsoOn(server, browser, { phone: false });
    const mine = [client, desk, phone];
    for (const each of [phone, desk]) await row(each, "Dr Amina Njeri").click();
    for (const each of mine) await expect(message(each, "Of coruse")).toBeVisible();
    await act(host, "Of coruse", "Edit");
    await host.page.getByLabel("Write a message").fill("Of course");
    await host.page.keyboard.press("Enter");
    for (const each of mine) await expect(message(each, "Of course")).toContainText("edited");
    await write(phone, "Written on teh phone");
    for (const each of [...mine, host]) await expect(message(each, "Written on teh phone")).toHaveCount(1);
    await act(desk, "Written on teh phone", "Edit");
    await desk.page.getByLabel("Write a message").fill("Written on the phone");
    await desk.page.keyboard.press("Enter");
    for (const each of [...mine, host]) await expect(message(each, "Written on the phone")).toContainText("edited");
    await act(client, "Written on the phone", "Delete");
    for (const each of [...mine, host]) await expect(message(each, "Message deleted")).toBeVisible();
    await write(desk, "Said at the desk");
    await expect(message(client, "Said at the desk").getByRole("img", { name: "Read" })).toBeVisible();

    // Offline: shown at once, sent once when the line is back; a draft stays.
    await client.context.setOffline(true);
    await client.page.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.forEach((it) => it.close()));
    await write(client, "Written in a tunnel");
    await expect(message(client, "Written in a tunnel").getByRole("img", { name: "Sending" })).toBeVisible();
    await client.page.getByLabel("Write a message").fill("not yet");
    // What the others do meanwhile is there afterwards: said, changed and taken back.
    await write(host, "While you were away");
    await act(host, "Of course", "Edit");
    await host.page.getByLabel("Write a message").fill("Of course, ask");
    await host.page.keyboard.press("Enter");
    await act(phone, "Said at the desk", "Delete");
    await expect(message(desk, "Message deleted")).toHaveCount(2);
    await expect(message(client, "While you were away")).toHaveCount(0);
    await client.context.setOffline(false);
    await expect(message(client, "While you were away")).toHaveCount(1);
    await expect(message(client, "Of course, ask")).toContainText("edited");
    await expect(message(client, "Message deleted")).toHaveCount(2);
    for (const each of [host, desk, phone]) await expect(message(each, "Written in a tunnel")).toHaveCount(1);
    await expect(message(client, "Written in a tunnel").getByRole("img", { name: /Delivered|Read/ })).toBeVisible();
    await client.page.reload();
    await expect(client.page.getByLabel("Write a message")).toHaveValue("not yet");
    await expect(message(client, "Written in a tunnel")).toHaveCount(1);
    await inspect(client.page, "messages-open");

    // A number for what came while one was elsewhere, and a line above it; read on one, read on all.
    await phone.page.getByRole("link", { name: "All conversations" }).click();
    await desk.page.goto(`${server.url}/`);
    await client.page.getByRole("banner").getByRole("link", { name: /^Wallet/ }).click();
    await expect(client.page.getByRole("heading", { level: 1, name: "Wallet" })).toBeVisible();
    await write(host, "Are you still there?");
    await expect(sign(client, "Messages, 1 unread")).toBeVisible();
    await expect(client.page.getByText("New message from Dr Amina Njeri")).toBeVisible();
    await expect(client.page).toHaveTitle(/^\(1\) /);
    await expect(row(phone, "1 unread message")).toBeVisible();
    await expect(sign(desk, "Messages, 1 unread")).toBeVisible();
    await inspect(phone.page, "messages-list");
    await client.page.getByRole("button", { name: "Notifications, 1 unread" }).click();
    await inspect(client.page, "bell");
    await client.page.getByRole("banner").getByRole("link", { name: /New message from Dr Amina Njeri/ }).first().click();
    await expect(log(client).getByText("New messages")).toBeVisible();
    await expect(row(phone, "1 unread message")).toHaveCount(0);
    await expect(sign(desk, "Messages")).toBeVisible();
    for (const each of mine) await expect(each.page.getByRole("button", { name: "Notifications", exact: true })).toBeVisible();

    // Found again, put away, and back by itself.
    await host.page.getByLabel("Search messages").fill("TUNNEL");
    await expect(host.page.getByRole("status").filter({ hasText: "1 result" })).toBeVisible();
    await row(host, "Written in a tunnel").press("Enter");
    await expect(message(host, "Written in a tunnel")).toBeFocused();
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

test("what somebody hides never leaves for the other", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await takeCalls(host);
    const client = await member(server, browser, "Carla Mendes");
    await writeToHost(server, client);
    await write(client, "Good morning");
    await host.page.goto(`${server.url}/messages`);
    await row(host, "Carla Mendes").click();
    await expect(message(client, "Good morning").getByRole("img", { name: "Read" })).toBeVisible();

    await client.page.goto(`${server.url}/account`);
    for (const name of ["Show others when I type", /^Show others what I have read/]) {
      const kept = client.page.waitForResponse((it) => it.url().endsWith("/api/me/privacy") && it.request().method() === "PUT");
      await client.page.getByRole("switch", { name }).click();
      expect((await kept).status()).toBe(200);
    }
    await inspect(client.page, "privacy");
    // Another device knows it, and every frame that reaches the host is looked at.
    const heard: string[] = [];
    host.page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => void heard.push(String(payload))));
    await host.page.reload();
    await write(host, "Are you there?");
    const phone = await alsoOn(server, browser, { phone: true });
    await row(phone, "Dr Amina Njeri").click();
    await expect(message(phone, "Are you there?")).toBeVisible();
    await expect(sign(client, "Messages")).toBeVisible();
    await phone.page.getByLabel("Write a message").pressSequentially("I am");
    await phone.page.keyboard.press("Enter");
    await expect(message(host, "I am")).toBeVisible();
    expect(heard.filter((frame) => /"(user-typing|message-read)"/.test(frame))).toEqual([]);
    // Nor does it say the other's.
    await expect(message(phone, "I am").getByRole("img", { name: "Delivered" })).toBeVisible();
    await expect(message(phone, "I am").getByRole("img", { name: "Read" })).toHaveCount(0);
  } finally {
    await server.stop();
  }
});
