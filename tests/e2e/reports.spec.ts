// Somebody is reported with what they wrote, an admin decides, and the account is out until it is let in again.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost, member, takeCalls, writeToHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

test("a rude person is reported, suspended, and let in again", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await takeCalls(host);
    const rude = await member(server, browser, "Carla Mendes");
    const log = host.page.getByRole("log", { name: "Messages" });

    // Somebody with an account writes to the host; the host reports one message of it.
    await writeToHost(server, rude);
    for (const words of ["Good morning", "You are a fraud, and I know where you live"]) {
      await rude.page.getByLabel("Write a message").fill(words);
      await rude.page.keyboard.press("Enter");
    }
    await host.page.goto(`${server.url}/messages`);
    await host.page.getByRole("region", { name: "Messages" }).getByRole("link", { name: /Carla Mendes/ }).click();
    const said = log.getByRole("listitem").filter({ hasText: "You are a fraud" });
    await said.getByRole("button", { name: "Actions for this message" }).click();
    await said.getByRole("button", { name: "Report", exact: true }).click();
    const dialog = host.page.getByRole("dialog");
    await expect(dialog).toContainText("The reported messages are shown to an admin.");
    await expect(dialog.getByRole("checkbox", { name: /You are a fraud/ })).toBeChecked();
    await expect(dialog.getByRole("checkbox", { name: /Good morning/ })).not.toBeChecked();
    await expect(dialog.getByRole("button", { name: "Report", exact: true })).toBeDisabled();
    await dialog.getByLabel("What is wrong?").selectOption({ label: "Insults, threats or harassment" });
    await dialog.getByLabel(/What happened\?/).fill("This is a threat.");
    await inspect(host.page, "report-dialog");
    await dialog.getByRole("button", { name: "Report", exact: true }).click();
    await expect(host.page.getByText("Thank you. Your report was sent.")).toBeVisible();

    // Who reports here runs the place too, and finds it in the bell.
    await host.page.getByRole("button", { name: /^Notifications, \d+ unread/ }).click();
    await host.page.getByRole("banner").getByRole("link", { name: /Carla Mendes was reported/ }).click();
    const line = host.page.getByRole("main").getByRole("listitem").filter({ hasText: "Insults, threats" });
    await expect(line).toContainText("This is a threat.");
    await expect(line.getByRole("list", { name: "Reported messages" })).toHaveText(/I know where you live/);
    await expect(line).not.toContainText("Good morning");
    await inspect(host.page, "reports");
    await line.getByRole("button", { name: "Decide about Carla Mendes" }).click();
    await dialog.getByRole("radio", { name: /Suspend account/ }).check();
    await dialog.getByRole("textbox", { name: "Note" }).fill("Threats");
    await inspect(host.page, "report-decide");
    await dialog.getByRole("button", { name: "Suspend account" }).click();
    await expect(host.page.getByText("No open reports")).toBeVisible();

    // Out at once, with nothing pressed or loaded: the page that stands open shows the door, and it stays shut.
    await expect(rude.page.getByRole("heading", { name: "Log in" })).toBeVisible();
    const login = async () => {
      await rude.page.goto(`${server.url}/login`);
      await rude.page.getByLabel("E-mail address").fill("carla.mendes@mail.example");
      await rude.page.getByLabel("Password", { exact: true }).fill("green tea at seven");
      await rude.page.getByRole("button", { name: "Log in" }).click();
    };
    await login();
    await expect(rude.page.getByRole("alert")).toBeVisible();

    await host.page.setViewportSize({ width: 390, height: 844 });
    await host.page.getByRole("button", { name: "Decided" }).click();
    await expect(host.page.getByText("Account suspended")).toBeVisible();
    await inspect(host.page, "reports-decided");
    await host.page.getByRole("button", { name: "Suspended accounts" }).click();
    await inspect(host.page, "accounts-suspended");
    await host.page.getByRole("button", { name: "Restore the account of Carla Mendes" }).click();
    await dialog.getByRole("textbox", { name: "Reason" }).fill("We talked");
    await dialog.getByRole("button", { name: "Restore", exact: true }).click();
    await expect(host.page.getByText("No suspended accounts")).toBeVisible();
    await login();
    await expect(rude.page.getByRole("heading", { name: /Hello Carla/ })).toBeVisible();
  } finally {
    await server.stop();
  }
});
