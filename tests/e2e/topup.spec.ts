// Buying coins as a person does: the price list, a gateway's page, and back, with the coins there.
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, expect } from "@playwright/test";
import { Paysim } from "./paysim";
import { type Person, arrive, becomeHost, connectionsMade, seesAndHears, takeCalls } from "./people";
import { Server } from "./server";
import { test } from "./test";

/** At both widths and in both schemes: no serious fault, nothing wider than the screen. */
async function inspect(page: Page, name: string): Promise<void> {
  const was = page.viewportSize()!;
  for (const width of [390, 1280]) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
      await page.screenshot({ path: `test-results/topup/${name}-${width}-${colorScheme}.png` });
      const faults = (await new AxeBuilder({ page }).analyze()).violations;
      expect(faults.map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target).join(" ")}`), `${name} ${width} ${colorScheme}`).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, `${name} at ${width}`).toBeLessThanOrEqual(0);
    }
  }
  await page.setViewportSize(was);
}

async function logIn(page: Page, server: Server, who = "client"): Promise<void> {
  await page.goto(`${server.url}/login`);
  await page.getByLabel("E-mail address").fill(`${who}@demo.parlor.example`);
  await page.getByLabel("Password", { exact: true }).fill("parlor demo 2026");
  await page.getByRole("button", { name: "Log in" }).click();
  await expect(page).toHaveURL(`${server.url}/`);
}

/** What the wallet holds, in coins: asked as the page would ask. */
async function walletOf(page: Page, server: Server): Promise<number> {
  const bought = await page.evaluate(async () => {
    const renewed = await fetch("/api/auth/refresh", { method: "POST" });
    const { accessToken } = (await renewed.json()) as { accessToken: string };
    const answer = await fetch("/api/payment/orders", { headers: { authorization: `Bearer ${accessToken}` } });
    const { orders } = (await answer.json()) as { orders: { state: string; coinsMilli: number }[] };
    return orders.filter((it) => it.state === "paid").reduce((sum, it) => sum + it.coinsMilli, 0) / 1000;
  });
  expect(page.url()).toContain(server.url);
  return bought;
}

test("coins are bought through each gateway's own page", async ({ browser }) => {
  test.setTimeout(240_000);
  const paysim = await Paysim.start();
  const server = await Server.start(paysim.settings, ["--demo"]);
  try {
    await paysim.script({ webhookBase: `${server.url}/api/payment/webhook` });
    const { page } = await arrive(browser);
    await logIn(page, server);

    // Stripe, by redirect.
    await page.goto(`${server.url}/wallet/buy`);
    await page.getByRole("radio", { name: "Stripe" }).check();
    await page.getByRole("radio", { name: "INR" }).check();
    await inspect(page, "buy");
    await page.getByRole("link", { name: /^100 coins.*99\.00/ }).click();
    await expect(page.getByRole("heading", { name: "Stripe checkout" })).toBeVisible();
    await page.getByRole("button", { name: "Failure" }).click();
    await expect(page.getByText("Your card was declined.")).toBeVisible();
    await page.getByRole("button", { name: "Success" }).click();
    await expect(page.getByRole("heading", { name: "Your coins are here" })).toBeVisible();
    await inspect(page, "paid");
    expect(await walletOf(page, server)).toBe(100);

    // Razorpay, by a form of ours that goes to its page, and back by a form of theirs. Its webhook
    // is lost: the return is enough.
    await paysim.script({ drop: true });
    await page.getByRole("link", { name: "Buy more" }).click();
    await page.getByRole("radio", { name: "Razorpay" }).check();
    await page.getByRole("link", { name: /^250 coins/ }).click();
    await expect(page.getByRole("heading", { name: "Razorpay checkout" })).toBeVisible();
    await page.getByRole("button", { name: "Success" }).click();
    await expect(page.getByRole("heading", { name: "Your coins are here" })).toBeVisible();
    expect(await walletOf(page, server)).toBe(350);

    // M-Pesa: the phone is elsewhere.
    await paysim.script({ drop: false });
    await page.getByRole("link", { name: "Buy more" }).click();
    await page.getByRole("radio", { name: "M-Pesa" }).check();
    await page.getByRole("button", { name: /^100 coins/ }).click();
    await page.getByLabel("Your M-Pesa number").fill("12345");
    await page.getByRole("button", { name: "Send the request to my phone" }).click();
    await expect(page.getByText("This is not an M-Pesa number.")).toBeVisible();
    await inspect(page, "phone");
    await page.getByLabel("Your M-Pesa number").fill("0708 374 149");
    await page.getByRole("button", { name: "Send the request to my phone" }).click();
    await expect(page.getByText("Look at your phone")).toBeVisible();
    await inspect(page, "look-at-phone");
    const phone = await page.context().newPage();
    await phone.goto(`${paysim.url}/mpesa/sim/phone`);
    await phone.getByRole("button", { name: "Success" }).click();
    await expect(page.getByRole("heading", { name: "Your coins are here" })).toBeVisible();
    await expect(page.getByText(/^NE\d+/)).toBeVisible();
    expect(await walletOf(page, server)).toBe(450);

    // Cancelled, and failed.
    await page.getByRole("link", { name: "Buy more" }).click();
    await page.getByRole("radio", { name: "Stripe" }).check();
    await page.getByRole("radio", { name: "INR" }).check();
    await page.getByRole("link", { name: /^100 coins.*99\.00/ }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await expect(page.getByRole("heading", { name: "You cancelled the payment" })).toBeVisible();
    await inspect(page, "cancelled");
    await page.getByRole("link", { name: "Try again" }).click();
    await page.getByRole("radio", { name: "Razorpay" }).check();
    await page.getByRole("link", { name: /^100 coins/ }).click();
    await page.getByRole("button", { name: "Failure" }).click();
    await expect(page.getByRole("heading", { name: "The payment did not go through" })).toBeVisible();
    expect(await walletOf(page, server)).toBe(450);
    expect(await paysim.violations()).toEqual([]);
  } finally {
    await server.stop();
    await paysim.stop();
  }
});

test("without keys, a demo checkout that says what it is", async ({ browser }) => {
  const server = await Server.start({}, ["--demo"]);
  try {
    const { page } = await arrive(browser);
    await logIn(page, server);
    await page.goto(`${server.url}/wallet/buy`);
    await expect(page.getByText("This is a demo. No money moves")).toBeVisible();
    await page.getByRole("radio", { name: "INR" }).check();
    await page.getByRole("link", { name: /^100 coins.*99\.00/ }).click();
    await expect(page.getByText("This page pretends to be a payment service.")).toBeVisible();
    await inspect(page, "demo");
    await page.getByRole("button", { name: "Let the bank refuse" }).click();
    await expect(page.getByRole("heading", { name: "The payment did not go through" })).toBeVisible();
    await page.goBack();
    await page.goto(`${server.url}/wallet/buy`);
    await page.getByRole("radio", { name: "INR" }).check();
    await page.getByRole("link", { name: /^100 coins.*99\.00/ }).click();
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Your coins are here" })).toBeVisible();
    expect(await walletOf(page, server)).toBe(100);
  } finally {
    await server.stop();
  }
});

test("an operator sees money that fits no order, and settles it", async ({ browser }) => {
  const paysim = await Paysim.start();
  const server = await Server.start(paysim.settings, ["--demo"]);
  try {
    await paysim.script({ webhookBase: `${server.url}/api/payment/webhook`, overpay: 100 });
    const { page } = await arrive(browser);
    await logIn(page, server);
    await page.goto(`${server.url}/wallet/buy`);
    await page.getByRole("radio", { name: "Stripe" }).check();
    await page.getByRole("radio", { name: "INR" }).check();
    await page.getByRole("link", { name: /^100 coins.*99\.00/ }).click();
    await page.getByRole("button", { name: "Success" }).click();
    await expect(page.getByRole("heading", { name: "Waiting for your payment" })).toBeVisible();
    const host = await arrive(browser);
    await becomeHost(server, host);
    const operator = host.page;
    await operator.goto(`${server.url}/admin/payments`);
    await expect(operator.getByText("Another sum than ordered")).toBeVisible();
    await inspect(operator, "admin");
    await operator.getByLabel("What was done").fill("Sent back at Stripe");
    await operator.getByRole("button", { name: "Mark as done" }).click();
    await expect(operator.getByText("Nothing to look at")).toBeVisible();
    await operator.getByText("Done before: 1").click();
    await expect(operator.getByText("Done: Sent back at Stripe")).toBeVisible();

    // The right sum now, and then the operator sends it back.
    await paysim.script({ overpay: 0 });
    await page.goto(`${server.url}/wallet/buy`);
    await page.getByRole("radio", { name: "Razorpay" }).check();
    await page.getByRole("link", { name: /^100 coins/ }).click();
    await page.getByRole("button", { name: "Success" }).click();
    await expect(page.getByRole("heading", { name: "Your coins are here" })).toBeVisible();
    // Found by a part of the buyer's name and by what became of it.
    await operator.getByLabel("State").selectOption("Paid");
    await operator.getByLabel("Buyer, order or payment").fill("nobody of that name");
    await operator.getByRole("button", { name: "Search" }).click();
    await expect(operator.getByText("Nobody and nothing fits.")).toBeVisible();
    await operator.getByLabel("Buyer, order or payment").fill("DEMO.parlor");
    await operator.getByRole("button", { name: "Search" }).click();
    await inspect(operator, "admin-orders");
    await operator.getByRole("link", { name: /^100 coins for/ }).click();
    await expect(operator.getByText("The money came, and the coins were added")).toBeVisible();
    await inspect(operator, "admin-order");
    await operator.getByRole("button", { name: "Send back" }).click();
    await inspect(operator, "refund");
    await operator.getByRole("button", { name: "Send it back" }).click();
    await expect(operator.getByText("Refunded", { exact: true })).toBeVisible();
    await expect(operator.getByText("A refund was asked for, and Razorpay took it")).toBeVisible();
    await expect(operator.getByText("Money is on its way back", { exact: true })).toBeVisible();
    await inspect(operator, "admin-order-refunded");
    await expect(operator.getByRole("button", { name: "Send back" })).toBeHidden();
    expect(await paysim.violations()).toEqual([]);
  } finally {
    await server.stop();
    await paysim.stop();
  }
});

test("a payment that a bank asks back is answered before its deadline", async ({ browser }) => {
  const paysim = await Paysim.start();
  const server = await Server.start(paysim.settings, ["--demo"]);
  try {
    await paysim.script({ webhookBase: `${server.url}/api/payment/webhook` });
    const { page } = await arrive(browser);
    await logIn(page, server);
    await page.goto(`${server.url}/wallet/buy`);
    await page.getByRole("radio", { name: "Razorpay" }).check();
    await page.getByRole("link", { name: /^100 coins/ }).click();
    await page.getByRole("button", { name: "Success" }).click();
    await expect(page.getByRole("heading", { name: "Your coins are here" })).toBeVisible();
    const host = await arrive(browser);
    await becomeHost(server, host);
    const operator = host.page;
    await operator.goto(`${server.url}/admin/payments`);
    await operator.getByRole("link", { name: /^100 coins for/ }).click();
    await paysim.dispute("razorpay", (await operator.getByText(/^pay_/).textContent())!, "created");
    await operator.goto(`${server.url}/admin/disputes`);
    await expect(operator.getByText(/^Answer by/)).toBeVisible();
    await inspect(operator, "admin-bank");
    await operator.getByRole("link", { name: "₹99.00" }).click();
    await expect(operator.getByText(/^The payer’s bank asks for ₹99.00 and has it already\./)).toBeVisible();
    await expect(operator.getByText("The payer’s bank took the money")).toBeVisible();
    await expect(operator.getByRole("button", { name: "Send back" })).toHaveCount(0);
    await inspect(operator, "admin-order-disputed");
  } finally {
    await server.stop();
    await paysim.stop();
  }
});

/** What the countdown of a paid call shows, in seconds. */
async function left({ page }: Person): Promise<number> {
  const text = await page.locator(".price-left").textContent({ timeout: 5_000 });
  const [minutes, seconds] = /(\d+):(\d\d)/.exec(text ?? "")!.slice(1).map(Number);
  return minutes! * 60 + seconds!;
}

test("coins bought at a gateway's page while talking make the call longer", async ({ browser }) => {
  const paysim = await Paysim.start();
  const rates = { CALLS__VIDEO_COINS_PER_MIN: "60", CALLS__PULSE: "1/1", CALLS__FREE_S: "0" };
  const server = await Server.start({ ...paysim.settings, ...rates }, ["--demo"]);
  try {
    await paysim.script({ webhookBase: `${server.url}/api/payment/webhook` });
    const [host, client] = [await arrive(browser), await arrive(browser)];
    await logIn(host.page, server, "host");
    await host.page.goto(`${server.url}/calls`);
    await expect(host.page.getByRole("heading", { name: "Calls", exact: true })).toBeVisible();
    await takeCalls(host);
    await logIn(client.page, server);
    await client.page.getByRole("link", { name: "Second talk" }).first().click();
    await client.page.getByRole("button", { name: /Video call/ }).click();
    await host.page.getByRole("dialog", { name: "Carl Client calls" }).getByRole("button", { name: "Answer with video" }).click();
    await seesAndHears(client, 5);
    const made = await connectionsMade(client);

    await client.page.getByRole("button", { name: "Buy coins" }).first().click();
    const sheet = client.page.getByRole("dialog", { name: "Add coins" });
    await sheet.getByRole("radio", { name: "Stripe" }).check();
    const opened = client.context.waitForEvent("page");
    await sheet.getByRole("link", { name: /^100 coins/ }).click();
    const checkout = await opened;
    await expect(sheet.getByText("Finish the payment in the other tab.")).toBeVisible();
    await checkout.getByRole("button", { name: "Failure" }).click();
    await expect(checkout.getByText("Your card was declined.")).toBeVisible();
    const before = await left(host);
    await checkout.getByRole("button", { name: "Success" }).click();
    // The webhook brings the coins, and a minute and more to both countdowns.
    await expect.poll(() => left(host), { intervals: [100] }).toBeGreaterThan(before + 20);
    await expect.poll(() => left(client), { intervals: [100] }).toBeGreaterThan(before + 20);
    await expect(checkout.getByText("You can close this tab now")).toBeVisible();
    await expect(sheet.getByText("100 coins were added to your wallet.")).toBeVisible();
    await client.page.screenshot({ path: "test-results/topup/in-call-1280.png" });
    await checkout.close();
    await sheet.getByRole("button", { name: "Close" }).click();
    await seesAndHears(client, 15);
    expect(await connectionsMade(client)).toBe(made);
    expect(await paysim.violations()).toEqual([]);
  } finally {
    await server.stop();
    await paysim.stop();
  }
});
