// Money after a call, clicked through: the receipts of both sides, asking for the price back, the
// admin's decision, the payout of what is left, and what the books say of all of it.
import { type Browser, type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrive, becomeHost, member, takeCalls } from "./people";
import { Server } from "./server";
import { test } from "./test";

const HOST = "Brian Otieno";

/** An admin, a host whom he accepted, and a client; nobody is two of them. */
async function three(server: Server, browser: Browser): Promise<{ admin: Person; host: Person; client: Person }> {
  const admin = await arrive(browser);
  await becomeHost(server, admin);
  const host = await member(server, browser, HOST);
  await host.page.goto(`${server.url}/account/host`);
  await host.page.getByLabel("Why would you like to host?").fill("I teach maths.");
  await host.page.getByRole("button", { name: "Send application" }).click();
  await expect(host.page.getByText("Your application is being looked at.")).toBeVisible();
  await admin.page.goto(`${server.url}/admin/hosts`);
  await admin.page.getByRole("button", { name: `Accept ${HOST}` }).click();
  await dialog(admin.page, `Accept ${HOST}`).getByRole("button", { name: "Accept", exact: true }).click();
  await expect(admin.page.getByText(`${HOST} is a host now`)).toBeVisible();
  const client = await member(server, browser, "Carla Mendes");
  await host.page.goto(`${server.url}/account/host`);
  await takeCalls(host);
  return { admin, host, client };
}

/** A call that both hear, ended by the client; gives what it cost, thousandths of a coin. */
async function talk(server: Server, host: Person, client: Person): Promise<number> {
  await client.page.goto(`${server.url}/hosts`);
  await client.page.getByRole("link", { name: HOST }).click();
  await client.page.getByRole("button", { name: /Voice call/ }).click();
  await host.page.getByRole("dialog", { name: "Carla Mendes calls" }).getByRole("button", { name: "Answer with voice" }).click();
  for (const { page } of [host, client]) await expect(page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
  await expect(client.page.locator(".price")).toContainText("left");
  await client.page.waitForTimeout(3_000); // some of it must be paid
  await client.page.getByRole("toolbar", { name: "Call controls" }).getByRole("button", { name: "End", exact: true }).click();
  for (const { page } of [host, client]) await expect(page.locator("[data-spent-mc]")).toBeVisible();
  return Number(await client.page.locator("[data-spent-mc]").getAttribute("data-spent-mc"));
}

const coins = (mc: number) => `${mc / 1000} coins`;
const dialog = (page: Page, name: string) => page.getByRole("dialog", { name });

test("what a call cost is asked back, decided, and the rest is paid out", async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start({ CALLS__PULSE: "60/60", CALLS__FREE_S: "0", MONEY__PAYOUT_COINS_MIN: "2" });
  try {
    const { admin, host, client } = await three(server, browser);
    const paid = await talk(server, host, client);
    expect(paid).toBe(10_000);

    // Both receipts, and the wallet, say the same.
    await client.page.getByRole("link", { name: "Receipt" }).click();
    await expect(client.page.getByTestId("receipt-sum")).toHaveText(coins(paid));
    await expect(client.page.getByRole("link", { name: "Wallet: 40 coins" })).toBeVisible();
    await host.page.getByRole("link", { name: "Receipt" }).click();
    await expect(host.page.getByTestId("receipt-sum")).toHaveText("8 coins");
    await expect(host.page.getByRole("button", { name: "Ask for a refund" })).toBeHidden();
    await inspect(host.page, "receipt-host");

    // The client asks; an empty reason is none.
    await client.page.getByRole("button", { name: "Ask for a refund" }).click();
    await inspect(client.page, "refund-dialog");
    await dialog(client.page, "Ask for a refund").getByRole("button", { name: "Cancel" }).click();
    await client.page.getByRole("button", { name: "Ask for a refund" }).click();
    await dialog(client.page, "Ask for a refund").getByLabel("What was wrong?").fill("I heard nothing.");
    await dialog(client.page, "Ask for a refund").getByRole("button", { name: "Send" }).click();
    await expect(client.page.getByText(/A refund was asked for on/)).toBeVisible();
    await inspect(client.page, "receipt-asked");

    // The admin reads both sides' words and divides.
    await admin.page.goto(`${server.url}/admin/disputes`);
    await expect(admin.page.getByText("8 coins of the host set aside")).toBeVisible();
    await inspect(admin.page, "disputes-open");
    await admin.page.getByRole("button", { name: "Decide about the request of Carla Mendes" }).click();
    const decide = dialog(admin.page, "Decide");
    await expect(decide.getByText("I heard nothing.")).toBeVisible();
    await inspect(admin.page, "decide-dialog");
    await decide.getByLabel("Coins to give back").fill("11");
    await decide.getByLabel("Words for both sides").fill("Half of it was silent.");
    await decide.getByRole("button", { name: "Decide so" }).click();
    await expect(decide.getByText("From nothing to all of 10 coins").first()).toBeVisible();
    await decide.getByLabel("Coins to give back").fill("5");
    await decide.getByRole("button", { name: "Decide so" }).click();
    await expect(admin.page.getByText("5 coins to the client, 4 coins to the host")).toBeVisible();
    await expect(admin.page.getByText("No client waits for a decision.")).toBeVisible();
    await inspect(admin.page, "disputes-decided");

    // The client has it at once, without a reload, and reads why.
    await expect(client.page.getByRole("link", { name: "Wallet: 45 coins" })).toBeVisible();
    await client.page.reload();
    await expect(client.page.getByText("Half of it was silent.")).toBeVisible();
    await inspect(client.page, "receipt-decided");

    // What is left belongs to the host, who asks for it.
    await host.page.goto(`${server.url}/earnings`);
    await host.page.getByRole("button", { name: "Ask for a payout" }).click();
    await inspect(host.page, "payout-dialog");
    const ask = dialog(host.page, "Ask for a payout");
    await ask.getByLabel("Coins", { exact: true }).fill("100");
    await ask.getByRole("button", { name: "Ask for it" }).click();
    await expect(ask.getByText("From 2 to 4 coins").first()).toBeVisible();
    await ask.getByLabel("Coins", { exact: true }).fill("4");
    await ask.getByRole("button", { name: "Ask for it" }).click();
    await expect(host.page.getByText(/You asked for 4 coins/)).toBeVisible();

    // Given back once for a reason, asked for again, and sent.
    await admin.page.goto(`${server.url}/admin/payouts`);
    await admin.page.getByRole("button", { name: `Give the coins of ${HOST} back` }).click();
    await inspect(admin.page, "void-dialog");
    await dialog(admin.page, "Give the coins back").getByLabel("Reason, for the host").fill("Which bank?");
    await dialog(admin.page, "Give the coins back").getByRole("button", { name: "Give back" }).click();
    await expect(admin.page.getByText(/Which bank\?/)).toBeVisible();
    await host.page.reload();
    await expect(host.page.getByText(/Which bank\?/)).toBeVisible();
    await host.page.getByRole("button", { name: "Ask for a payout" }).click();
    await ask.getByRole("button", { name: "Ask for it" }).click();
    await expect(host.page.getByText(/You asked for 4 coins/)).toBeVisible();
    await admin.page.reload();
    await admin.page.getByRole("button", { name: `Mark the payout of ${HOST} as paid` }).click();
    await inspect(admin.page, "paid-dialog");
    await dialog(admin.page, "The payout was sent").getByLabel("Reference").fill("KCB 4711");
    await dialog(admin.page, "The payout was sent").getByRole("button", { name: "Mark as paid" }).click();
    await expect(admin.page.getByText(/KCB 4711/)).toBeVisible();
    await inspect(admin.page, "payouts-full");
    await admin.page.getByLabel("State").selectOption("Given back");
    await admin.page.getByLabel("Host").fill("nobody@practice.example");
    await admin.page.getByRole("button", { name: "Search" }).click();
    await expect(admin.page.getByText("No account has this address.")).toBeVisible();
    await admin.page.getByLabel("Host").fill("");
    await admin.page.getByRole("button", { name: "Search" }).click();
    await expect(admin.page.getByText(/Which bank\?/)).toBeVisible();
    await expect(admin.page.getByText(/KCB 4711/)).toHaveCount(0);
    await host.page.reload();
    await expect(host.page.getByText(/KCB 4711/)).toBeVisible();
    await inspect(host.page, "earnings-paid");
    await admin.page.goto(`${server.url}/admin/books`);
    await expect(admin.page.getByText(/^The books are true/)).toBeVisible();
    await inspect(admin.page, "books-full");
  } finally {
    await server.stop();
  }
});
