// Writing to a host over the host's pages: opened, closed and used by the keyboard; on a phone on a page
// of its own; and for strangers behind the login or a new account, which leads back to the open panel.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost, member, takeCalls } from "./people";
import { Server } from "./server";
import { test } from "./test";

const NAME = "Dr Amina Njeri";
const LAUNCH = `Write to ${NAME}`;

/** A service of the host, by the server's own commands; gives the page on which it is booked. */
async function offer(server: Server): Promise<string> {
  const post = async (path: string, body: unknown, token = "") => {
    const headers = { "content-type": "application/json", origin: server.url, ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status, path).toBeLessThan(300);
    return (await answer.json()) as Record<string, string>;
  };
  const { accessToken } = await post("/api/auth/login", { email: "amina@practice.example", password: "a quiet little room" });
  const terms = { title: "First talk", durationMinutes: 60, stepMinutes: 60, noticeMinutes: 60 };
  const { hostId, serviceId } = await post("/api/services", terms, accessToken);
  return `${server.url}/book/${hostId}/${serviceId}`;
}

test("a conversation opens over a host's page", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await takeCalls(host);
    const bookPage = await offer(server);
    const { page } = await member(server, browser, "Carla Mendes");
    const launch = page.getByRole("button", { name: LAUNCH });
    const panel = page.getByRole("complementary", { name: `Chat with ${NAME}` });

    await test.step("by the keyboard, and away again", async () => {
      await page.goto(`${server.url}/hosts`);
      await page.getByRole("main").getByRole("link", { name: /Amina/ }).first().click();
      await launch.press("Enter");
      await expect(panel.getByLabel("Write a message")).toBeFocused();
      await page.keyboard.type("Good morning");
      await page.keyboard.press("Enter");
      await expect(panel.getByRole("log").getByText("Good morning")).toBeVisible();
      await inspect(page, "chat-over-page");
      await panel.getByRole("button", { name: `More about this conversation with ${NAME}` }).click();
      await panel.getByRole("button", { name: "Report" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toBeHidden();
      await expect(panel, "only the dialog was closed").toBeVisible();
      await panel.getByLabel("Write a message").press("Escape");
      await expect(launch).toBeFocused();
    });
    const hostPage = page.url();

    await test.step("over a booking, it is said what it is about", async () => {
      await page.goto(bookPage);
      await launch.click();
      await expect(panel.getByText("First talk")).toBeVisible();
      await expect(panel.getByText("Good morning")).toBeVisible();
      await page.screenshot({ path: "test-results/pages/chat-over-booking.png" });
      await panel.getByRole("button", { name: "Close the chat" }).click();
      await expect(launch).toBeFocused();
      await page.setViewportSize({ width: 390, height: 844 });
      await launch.scrollIntoViewIfNeeded();
      await page.screenshot({ path: "test-results/pages/chat-launch-phone.png" });
      await launch.click();
      await page.waitForURL(/\/messages\/.+about=First/);
      await page.getByLabel("Write a message").fill("Is this for me?");
      await page.keyboard.press("Enter");
      await expect(page.getByRole("log").getByText("Is this for me?")).toBeVisible();
      await page.screenshot({ path: "test-results/pages/chat-about-phone.png" });
      await page.goBack();
      await expect(launch).toBeVisible();
    });

    await test.step("who logs in finds it open", async () => {
      const stranger = await arrive(browser);
      await stranger.page.goto(hostPage);
      await inspect(stranger.page, "chat-launch");
      await stranger.page.getByRole("link", { name: LAUNCH }).click();
      await stranger.page.getByLabel("E-mail address").fill("carla.mendes@mail.example");
      await stranger.page.getByLabel("Password", { exact: true }).fill("green tea at seven");
      await stranger.page.getByRole("button", { name: "Log in" }).click();
      await expect(stranger.page.getByRole("complementary").getByText("Good morning")).toBeVisible();
    });

    await test.step("who makes an account is led back to it from the mail", async () => {
      const { page, context } = await arrive(browser);
      await page.goto(hostPage);
      await page.getByRole("link", { name: LAUNCH }).click();
      await page.getByRole("link", { name: "Sign up" }).click();
      await page.getByLabel("Your name").fill("Bo Lind");
      await page.getByLabel("E-mail address").fill("bo.lind@mail.example");
      await page.getByLabel("Password", { exact: true }).fill("green tea at seven");
      await page.getByRole("button", { name: "Create account" }).click();
      const mail = await server.mail("bo.lind@mail.example", /./);
      const fresh = await context.newPage();
      await fresh.goto(/http\S+\/verify\/\S+/.exec(mail.text)![0]);
      await fresh.getByRole("button", { name: "Confirm" }).click();
      await expect(fresh.getByRole("complementary", { name: `Chat with ${NAME}` }).getByLabel("Write a message")).toBeFocused();
      expect(fresh.url()).toBe(hostPage);
    });
  } finally {
    await server.stop();
  }
});
