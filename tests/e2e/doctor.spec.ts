// The doctor's page: what the server stands on, and what this browser reaches of the relay.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

test("an admin asks the doctor, and the browser tries the ports", async ({ browser }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  try {
    const admin = await arrive(browser);
    const { page } = admin;
    await becomeHost(server, admin);
    await page.goto(`${server.url}/admin/doctor`);
    // The first look begins by itself.
    await expect(page.getByText("Allocates and relays.").first()).toBeVisible({ timeout: 30_000 });
    const mail = page.getByRole("listitem").filter({ hasText: "No mail server is configured" });
    await expect(mail).toContainText("Set mail.smtp_host");
    await expect(page.getByText(/\d+ things? needs? you/)).toBeVisible();

    const told = page.waitForRequest((it) => it.url().endsWith("/api/admin/doctor/outside"));
    await page.getByRole("button", { name: "Try the ports" }).click();
    const outside = page.getByRole("region", { name: "Ports from outside" });
    // Every address arrives; that this browser is no view from outside is said, once for all of them.
    await expect(outside).toContainText("from the server's own network", { timeout: 30_000 });
    await expect(outside).toContainText("turn:127.0.0.1");
    await expect(outside).not.toContainText("does not reach");
    // Among them ports of the range that relayed calls use.
    const { ways } = (await told).postDataJSON() as { ways: { url: string; arrived: boolean }[] };
    const range = ways.filter(({ url }) => url.startsWith("stun:") && !url.endsWith(":3478"));
    expect(range.length).toBeGreaterThanOrEqual(4);
    expect(range.filter(({ arrived }) => !arrived)).toEqual([]);
    await expect(outside).toContainText(/UDP \d+-\d+/);
    await inspect(page, "admin-doctor");

    // What the browser saw is in the next look.
    // There is a pause between two looks.
    await expect(async () => {
      const looked = page.waitForResponse((it) => it.request().method() === "POST" && it.url().endsWith("/api/admin/doctor"));
      await page.getByRole("button", { name: "Look again" }).click();
      expect((await looked).status()).toBe(200);
    }).toPass();
    await page.reload();
    await expect(outside).toContainText("from the server's own network");
  } finally {
    await server.stop();
  }
});
