// Writing in a call: two browsers and one conversation, and who waits before the door.
import { expect } from "@playwright/test";
import { admit, arrive, becomeHost, enter, followLink, invite, type Person, press, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

const log = ({ page }: Person) => page.getByRole("log", { name: "Messages" });
const message = (person: Person, text: string) => log(person).getByRole("listitem").filter({ hasText: text });

async function write({ page }: Person, text: string): Promise<void> {
  await page.getByLabel("Write a message").fill(text);
  await page.keyboard.press("Enter");
}

/** The button says how many are new. */
const openNews = ({ page }: Person) => page.getByRole("button", { name: "Chat, one new" }).click();

async function act(person: Person, text: string, action: string): Promise<void> {
  const it = message(person, text);
  await it.getByRole("button", { name: "Actions for this message" }).click();
  await it.getByRole("button", { name: action, exact: true }).click();
}

test("two people write, change, answer and take back; what is offline is sent once", async ({ browser }, info) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const link = await invite(host);
    const guest = await arrive(browser, { phone: true });
    await followLink(guest, link);
    await enter(guest);
    await startMeeting(host);

    // Before the door: the guest and the host write to each other.
    await write(guest, "I am a little early");
    await host.page.getByRole("button", { name: "Write to Brian Otieno" }).click();
    await expect(message(host, "I am a little early")).toBeVisible();
    await write(host, "One moment please");
    await expect(message(guest, "One moment please")).toBeVisible();
    await guest.page.screenshot({ path: info.outputPath("lobby-390.png") });
    await host.page.screenshot({ path: info.outputPath("knock-1280.png") });
    await admit(host, "Brian Otieno");
    await expect(guest.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();

    // A closed panel counts what is new.
    await press(host, "Chat");
    await write(host, "Hello Brian, see https://example.org/form (page 2)");
    await expect(message(host, "Hello Brian").getByRole("img", { name: "Delivered" })).toBeVisible();
    await openNews(guest);
    await expect(message(guest, "Hello Brian")).toBeVisible();
    await expect(log(guest)).not.toContainText("One moment please");
    const address = message(guest, "Hello Brian").getByRole("link");
    await expect(address).toHaveAttribute("rel", "noopener noreferrer nofollow");
    await expect(message(host, "Hello Brian").getByRole("img", { name: "Read" })).toBeVisible();

    await act(guest, "Hello Brian", "Reply");
    await guest.page.getByLabel("Write a message").pressSequentially("Thank yuo");
    await expect(host.page.getByText("Brian Otieno is typing…")).toBeVisible();
    await guest.page.keyboard.press("Enter");
    await expect(message(host, "Thank yuo").locator("blockquote")).toContainText("Hello Brian");
    await act(guest, "Thank yuo", "Edit");
    await guest.page.getByLabel("Write a message").fill("Thank you");
    await guest.page.keyboard.press("Enter");
    await expect(message(host, "Thank you")).toContainText("edited");
    await write(guest, "Oops");
    await act(guest, "Oops", "Delete");
    await expect(message(host, "Message deleted")).toBeVisible();
    await expect(log(host)).not.toContainText("Oops");

    // Offline: shown at once, sent when the line is back, once.
    await guest.context.setOffline(true);
    await guest.page.evaluate(() => (window as unknown as { sockets: WebSocket[] }).sockets.forEach((it) => it.close()));
    await write(guest, "Written in a tunnel");
    await expect(message(guest, "Written in a tunnel").getByRole("img", { name: "Sending" })).toBeVisible();
    await guest.context.setOffline(false);
    await expect(message(host, "Written in a tunnel")).toHaveCount(1);
    await expect(message(guest, "Written in a tunnel").getByRole("img", { name: /Delivered|Read/ })).toBeVisible();
    await guest.page.screenshot({ path: info.outputPath("panel-390.png") });
    await host.page.screenshot({ path: info.outputPath("panel-1280.png") });

    // A page that is loaded again finds everything.
    await guest.page.reload();
    await enter(guest);
    await press(guest, "Chat");
    // The second one quotes the first.
    await expect(message(guest, "Hello Brian")).toHaveCount(2);
    for (const text of ["Thank you", "Message deleted", "Written in a tunnel"])
      await expect(message(guest, text)).toHaveCount(1);
    await guest.context.close();
    await host.context.close();
  } finally {
    await server.stop();
  }
});
