// Hosts in the browser: the way to them, what is said of them, and how it stays true by itself.
import { type Locator, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrive, becomeHost, member } from "./people";
import { Server } from "./server";
import { test } from "./test";

const header = (person: Person) => person.page.getByRole("banner");
const onlineSwitch = (person: Person) => header(person).getByRole("switch", { name: "Take calls" });

/** Nothing in the header stands on anything else in it, and all of it on one line. */
async function oneRow({ page }: Person): Promise<void> {
  const boxes = await page.locator(".site-header-inner > :visible, .site-tools > :visible, .site-nav > :visible").evaluateAll((all) =>
    all
      .filter((one) => one.children.length === 0 || one.matches("a, button, .menu"))
      .map((one) => one.getBoundingClientRect().toJSON() as DOMRect)
      .sort((a, b) => a.left - b.left),
  );
  expect(boxes.length).toBeGreaterThan(2);
  for (const [place, box] of boxes.entries()) {
    const next = boxes[place + 1];
    if (next) expect(box.right).toBeLessThanOrEqual(next.left + 0.5);
    expect(box.top).toBeLessThan(64);
  }
  const last = boxes.at(-1)!;
  expect(last.right).toBeLessThanOrEqual(page.viewportSize()!.width);
}

test("the header is one row everywhere, and its switch is the same on every tab", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await expect(header(host).getByRole("link", { name: /^Wallet/ })).toBeVisible();
    await expect(onlineSwitch(host)).toHaveAttribute("aria-checked", "false");
    for (const language of ["en", "fr", "de"]) {
      if (language !== "en") {
        await host.page.goto(`${server.url}/account`);
        await host.page.locator('select[name="language"]').selectOption(language);
        await host.page.locator('select[name="language"]').locator("xpath=ancestor::form").locator('button[type="submit"]').click();
        await expect(host.page.locator("html")).toHaveAttribute("lang", language);
      }
      for (const width of [320, 390, 768, 1280]) {
        await host.page.setViewportSize({ width, height: 800 });
        await oneRow(host);
      }
    }
    await host.page.locator('select[name="language"]').selectOption("en");
    await host.page.locator('select[name="language"]').locator("xpath=ancestor::form").locator('button[type="submit"]').click();
    await expect(host.page.locator("html")).toHaveAttribute("lang", "en");

    // The menu by keys: open, away by Escape with the focus where it was, and on by Enter.
    const menu: Locator = header(host).getByRole("button", { name: "Menu" });
    await menu.focus();
    await host.page.keyboard.press("Enter");
    await expect(header(host).getByRole("link", { name: "Earnings" })).toBeVisible();
    await inspect(host.page, "menu");
    await host.page.keyboard.press("Escape");
    await expect(header(host).getByRole("link", { name: "Earnings" })).toBeHidden();
    await expect(menu).toBeFocused();
    await host.page.keyboard.press("Enter");
    await header(host).getByRole("link", { name: "Earnings" }).press("Enter");
    await expect(host.page.getByRole("heading", { name: "Earnings" })).toBeVisible();
    await expect(header(host).getByRole("link", { name: "Host profile" })).toBeHidden();

    await onlineSwitch(host).click();
    await expect(onlineSwitch(host)).toHaveAttribute("aria-checked", "true");
    await host.page.goto(`${server.url}/account/host`);
    await expect(host.page.getByRole("main").getByRole("switch", { name: "Take calls" })).toBeChecked();
    await host.page.getByRole("main").getByRole("switch", { name: "Take calls" }).click();
    await expect(onlineSwitch(host)).toHaveAttribute("aria-checked", "false");

    const client = await member(server, browser, "Carla Mendes");
    await expect(header(client).getByRole("link", { name: /^Wallet/ })).toBeVisible();
    await expect(onlineSwitch(client)).toBeHidden();
  } finally {
    await server.stop();
  }
});
