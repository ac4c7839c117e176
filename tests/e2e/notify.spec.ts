// Somebody who is away gets one mail with the number of what they have not read, ends such mails with
// one click, and chooses how they are told on a page that keeps it.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost, member, type Person } from "./people";
import { postOffice } from "./post-office";
import { Server } from "./server";
import { test } from "./test";

/** Every word of a mail, as its program shows it. */
const words = (text: string): string => text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

test("who is away is mailed once, and not when they want none", async ({ browser }) => {
  test.setTimeout(150_000);
  const post = await postOffice();
  const server = await Server.start({ ...post.settings, NOTIFICATIONS__DIGEST_DELAY_MIN: "0", NOTIFICATIONS__DIGEST_PERIOD_MIN: "0" });
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const carla = await member(server, browser, "Carla Mendes");
    const bo = await member(server, browser, "Bo Lind");
    const login = async (email: string, password: string) => {
      const answer = await fetch(`${server.url}/api/auth/login`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: server.url },
        body: JSON.stringify({ email, password }),
      });
      return (await answer.json()) as { accessToken: string; user: { userId: string } };
    };
    const amina = await login("amina@practice.example", "a quiet little room");
    const all = { carla: await login("carla.mendes@mail.example", "green tea at seven"), bo: await login("bo.lind@mail.example", "green tea at seven") };
    /** To the host, or from the host. */
    const write = async (from: { accessToken: string; user: { userId: string } }, to: { user: { userId: string } }, text: string) => {
      const pair = [from.user.userId, to.user.userId].sort().join("_");
      const answer = await fetch(`${server.url}/api/conversations/${pair}/messages`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID(), authorization: `Bearer ${from.accessToken}` },
        body: JSON.stringify({ text }),
      });
      expect(answer.status, await answer.text()).toBeLessThan(300);
    };
    const gone = async (person: Person) => person.page.goto("about:blank");
    const digests = (to: string) => post.texts.map(words).filter((text) => text.includes(`<${to}>`) && text.includes("digests-off"));

    // Somebody looks at a page: no mail, whatever comes. Then nobody does.
    for (const text of ["One secret", "Two secrets", "Three secrets"]) await write(all.carla, amina, text);
    await expect(host.page.getByRole("button", { name: "Notifications, 1 unread" })).toBeVisible();
    expect(digests("amina@practice.example")).toEqual([]);
    await gone(host);
    await expect.poll(() => digests("amina@practice.example").length, { timeout: 45_000 }).toBe(1);
    const mail = digests("amina@practice.example")[0]!;
    expect(mail).toContain("Subject: 3 unread messages");
    expect(mail).toContain("Carla Mendes: 3 messages");
    expect(mail).not.toContain("secret");
    expect(mail).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
    const click = /<(http[^>\s]+\/api\/mail\/digests-off\/[^>\s]+)>/.exec(mail.replace(/\n\s+/g, ""))![1]!;

    // A scanner that opens the link changes nothing; the click of the mail program does.
    expect((await fetch(click, { redirect: "manual" })).status).toBe(303);
    expect((await fetch(click, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) })).status).toBe(200);
    await gone(carla);
    await gone(bo);
    await write(all.bo, amina, "Another one");
    // Written later, so looked at later: when this one is mailed, the other would have been.
    await write(amina, all.carla, "An answer");
    await expect.poll(() => digests("carla.mendes@mail.example").length, { timeout: 45_000 }).toBe(1);
    expect(digests("amina@practice.example").length).toBe(1);

    // The page knows of the click, and keeps what is chosen there.
    const { page } = host;
    await page.goto(`${server.url}/account`);
    await page.getByRole("link", { name: "Choose how you are told" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Notifications" })).toBeVisible();
    const digest = page.getByRole("switch", { name: "Mail me what I have not read" });
    await expect(digest).not.toBeChecked();
    await digest.click();
    const cell = page.getByRole("switch", { name: "New message: By mail" });
    await expect(cell).toBeChecked();
    const kept = page.waitForResponse((answer) => answer.url().endsWith("/notifications/settings") && answer.request().method() === "PUT" && (answer.request().postData() ?? "").includes("kinds\":[{"));
    await cell.click();
    expect((await kept).status()).toBe(200);
    const quiet = page.getByRole("switch", { name: "Keep quiet at certain hours" });
    await quiet.click();
    await page.getByLabel("From", { exact: true }).fill("23:15");
    await page.getByLabel("To", { exact: true }).fill("23:15");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("The end must differ from the beginning.")).toBeVisible();
    await page.getByLabel("To", { exact: true }).fill("06:45");
    await page.getByLabel("Sun", { exact: true }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByText("Quiet hours saved.")).toBeVisible();
    await page.reload();
    await expect(digest).toBeChecked();
    await expect(cell).not.toBeChecked();
    await expect(page.getByLabel("From", { exact: true })).toHaveValue("23:15");
    await expect(page.getByLabel("To", { exact: true })).toHaveValue("06:45");
    await expect(page.getByLabel("Sun", { exact: true })).not.toBeChecked();
    await expect(page.getByLabel("Mon", { exact: true })).toBeChecked();
    await inspect(page, "notify");

    // The same choice from the mail's own link, on a phone.
    const phone = await arrive(browser, { phone: true });
    await phone.page.goto(/http\S+\/reminders\/\S+/.exec(mail)![0]);
    await phone.page.getByRole("button", { name: "No more such mails" }).click();
    await expect(phone.page.getByText("We do not mail you what you have not read.")).toBeVisible();
    await inspect(phone.page, "mails-off");
  } finally {
    await server.stop();
    post.net.close();
  }
});
