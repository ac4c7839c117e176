// Setup in the browser: from the newcomer's link over the questions to a server that began anew with the answers.
import { type AddressInfo, createServer } from "node:net";
import { type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive } from "./people";
import { postOffice } from "./post-office";
import { Server } from "./server";
import { test } from "./test";

const PASSWORD = "a quiet little room";

/** A port that nobody has: the server comes back on it. */
async function freePort(): Promise<number> {
  const net = createServer();
  await new Promise<void>((ready) => net.listen(0, "127.0.0.1", ready));
  const { port } = net.address() as AddressInfo;
  await new Promise((closed) => net.close(closed));
  return port;
}

/** A server whose address stands in its file, so that setup may change it. */
async function start(port: number): Promise<Server> {
  const file = `[server]\\npublic_url = \\"http://localhost:${port}\\"\\n`;
  const script = `unset PARLOR__SERVER__PUBLIC_URL; printf "${file}" > config.toml; exec "$0" "$@"`;
  return Server.start({ SERVER__LISTEN: `127.0.0.1:${port}`, MAIL__FROM_NAME: "Practice" }, ["--dev"], ["/bin/sh", "-c", script]);
}

const card = (page: Page, title: string) => page.getByRole("heading", { name: title, level: 2 });

const step = (page: Page, name: string) => page.getByRole("navigation", { name: "Steps of setup" }).getByRole("link", { name });

test("a newcomer sets the server up, and it begins anew with the answers", async ({ browser }) => {
  test.setTimeout(240_000);
  const post = await postOffice();
  const port = await freePort();
  const server = await start(port);
  try {
    const { page } = await arrive(browser);
    const faults: string[] = [];
    // While the server is away the browser itself says that nobody answers.
    page.on("console", (it) => it.type() === "error" && !/Failed to load resource|WebSocket connection/.test(it.text()) && faults.push(it.text()));
    await page.goto(server.setupLink);
    await page.getByLabel("Your name").fill("Dr Amina Njeri");
    await page.getByLabel("E-mail address").fill("amina@practice.example");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create administrator" }).click();

    await test.step("the name, and how https comes about", async () => {
      await expect(card(page, "Where do people find this server?")).toBeVisible();
      const name = page.getByLabel("Name or address");
      await expect(name).toHaveValue(`http://localhost:${port}`);
      await expect(page.getByText("Browsers give camera and microphone only to https")).toBeVisible();
      await name.fill("meet.example.org");
      await page.getByRole("radio", { name: "This server gets a certificate by itself" }).check();
      await page.getByRole("button", { name: /Skip|Continue/ }).click();
      await expect(page.getByText("Without your agreement")).toBeVisible();
      await inspect(page, "setup-name");
      await page.getByRole("checkbox", { name: /I agree to the terms/ }).check();
      await page.getByRole("button", { name: "Continue" }).click();
      // What is answered outlasts a look at another page.
      const pages = page.getByRole("navigation", { name: "Administration" });
      await pages.getByRole("link", { name: "Settings" }).click();
      await expect(page.getByRole("heading", { name: "Settings", level: 1 })).toBeVisible();
      await pages.getByRole("link", { name: "Setup" }).click();
      await step(page, "Review").click();
      const changes = page.getByRole("main").getByRole("list").filter({ hasText: "Certificate for" });
      await expect(changes).toContainText("meet.example.org");
      await expect(changes).toContainText("0.0.0.0:443, [::]:443");
      // Not on this machine: all of it is taken back.
      await step(page, "Address").click();
      await name.fill(`http://localhost:${port}`);
      await page.getByRole("button", { name: "Skip" }).click();
    });

    await test.step("the mail server, tried before it is saved", async () => {
      await expect(card(page, "Which server sends the mails?")).toBeVisible();
      await expect(page.getByText("No mail server yet?")).toBeVisible();
      await inspect(page, "setup-mail-none");
      const sender = page.getByLabel("Sender’s name");
      await expect(sender).toHaveValue("Practice");
      await expect(sender).not.toBeEditable();
      await expect(page.getByText("Set by PARLOR__MAIL__FROM_NAME")).toBeVisible();
      await page.getByRole("textbox", { name: "Mail server", exact: true }).fill("127.0.0.1");
      await page.getByLabel("Protection").selectOption("none");
      await page.getByLabel("Port").fill("1");
      await page.getByRole("button", { name: "Check" }).click();
      await expect(page.getByText("The mail server 127.0.0.1:1 is not reached")).toBeVisible();
      await page.getByLabel("Port").fill(post.port);
      await page.getByLabel("Sender’s address").fill("post@practice.example");
      await page.getByRole("button", { name: "Check" }).click();
      await expect(page.getByRole("listitem").filter({ hasText: `127.0.0.1:${post.port}` })).toBeVisible();
      await inspect(page, "setup-mail");
      await page.getByRole("button", { name: "Continue" }).click();
    });

    await test.step("payment waits, and what is half answered is refused at its field", async () => {
      await expect(card(page, "How do people pay?")).toBeVisible();
      await page.getByText("Stripe", { exact: true }).click();
      await page.getByRole("textbox", { name: "Secret key" }).fill("sk_test_1234");
      await page.getByRole("button", { name: "Check" }).click();
      await expect(page.getByText("payments.stripe_webhook_secret is empty")).toBeVisible();
      await inspect(page, "setup-payment");
      await page.getByRole("textbox", { name: "Secret key" }).fill("");
      await page.getByRole("button", { name: "Skip" }).click();
      await page.getByLabel("Everybody may make an account").click();
      await inspect(page, "setup-people");
      await page.getByRole("button", { name: "Continue" }).click();
    });

    await test.step("it is saved by who proves to be the admin", async () => {
      await expect(card(page, "What will change")).toBeVisible();
      await expect(page.getByText("post@practice.example")).toBeVisible();
      await expect(page.getByRole("button", { name: "Check again" })).toBeEnabled();
      await inspect(page, "setup-review");
      await page.getByRole("button", { name: "Save and start anew" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Current password").fill("not my password");
      await dialog.getByRole("button", { name: "Save and start anew" }).click();
      await expect(dialog.getByText("This is not your current password.")).toBeVisible();
      await inspect(page, "setup-proof");
      await dialog.getByLabel("Current password").fill(PASSWORD);
      await dialog.getByRole("button", { name: "Save and start anew" }).click();
      await expect(card(page, "The server begins anew").or(card(page, "The server runs with your answers"))).toBeVisible();
      await page.screenshot({ path: "test-results/pages/setup-wait.png" });
      await expect(card(page, "The server runs with your answers")).toBeVisible({ timeout: 60_000 });
      await inspect(page, "setup-done");
    });

    await test.step("mail goes through the server that began anew", async () => {
      await page.getByRole("button", { name: "Send me a test mail" }).click();
      await expect(page.getByText("The test mail is on its way")).toBeVisible();
      await expect.poll(() => post.texts.some((text) => text.includes("Subject: Test mail from") && text.includes("post@practice.example"))).toBe(true);
    });

    await test.step("the settings say where it comes from, and lead back", async () => {
      await page.goto(`${server.url}/admin/settings`);
      await page.getByLabel("Search").fill("mail.smtp_host");
      await expect(page.getByText("setup.toml:")).toBeVisible();
      await page.getByRole("link", { name: "Change mail.smtp_host in setup" }).click();
      await expect(page.getByRole("textbox", { name: "Mail server", exact: true })).toHaveValue("127.0.0.1");
    });

    await test.step("another address, and the way there", async () => {
      await step(page, "Address").click();
      await page.getByLabel("Name or address").fill(`http://127.0.0.1:${port}`);
      await step(page, "Review").click();
      await expect(page.getByText(`Its address becomes http://127.0.0.1:${port}`)).toBeVisible();
      await page.getByRole("button", { name: "Save and start anew" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Current password").fill(PASSWORD);
      await dialog.getByRole("button", { name: "Save and start anew" }).click();
      await expect(card(page, "From now on it is at another address")).toBeVisible({ timeout: 60_000 });
      await inspect(page, "setup-moved");
      await page.getByRole("link", { name: `Open http://127.0.0.1:${port}` }).click();
      await page.getByLabel("E-mail address").fill("amina@practice.example");
      await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
      await page.getByRole("button", { name: "Log in", exact: true }).click();
      await expect(page.getByLabel("Name or address")).toHaveValue(`http://127.0.0.1:${port}`);
    });
    expect(faults).toEqual([]);
  } finally {
    await server.stop();
    post.net.close();
  }
});
