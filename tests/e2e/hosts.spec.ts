// Hosts in the browser: the way to them, what is said of them, and how it stays true by itself.
import { type Browser, type Locator, expect } from "@playwright/test";
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

const HOST = "Dr Amina Njeri";

/** A host with a profile and prices, not yet online. */
async function hostWithProfile(server: Server, browser: Browser): Promise<Person> {
  const host = await arrive(browser);
  await becomeHost(server, host, HOST);
  const { page } = host;
  await page.goto(`${server.url}/account/host`);
  await page.getByLabel("In one line").fill("Counsellor for young parents");
  await page.getByLabel("Languages").fill("en, sw");
  await page.getByLabel("Specialties").fill("sleep, grief");
  await page.getByLabel("About you").fill("I listen first.");
  await page.getByLabel("Voice").fill("10");
  await page.getByLabel("Video").fill("15");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Your profile was saved.")).toBeVisible();
  return host;
}

/** The host's line on a list, and the word for how they stand. */
const line = ({ page }: Person) => page.locator(".host-line").filter({ hasText: HOST });
const stands = (person: Person, word: string) => expect(line(person).or(person.page.locator(".host-who")).first().getByText(word, { exact: true })).toBeVisible();

test("who comes online appears on pages that stand open, is busy while in a call, and goes", async ({ browser }) => {
  const server = await Server.start({ CALLS__FREE_S: "0", CALLS__PULSE: "1/1" });
  try {
    const host = await hostWithProfile(server, browser);
    const [client, other] = [await member(server, browser, "Carla Mendes"), await member(server, browser, "Brian Otieno")];
    await expect(client.page.getByText("Nobody takes calls at the moment")).toBeVisible();
    await other.page.goto(`${server.url}/hosts`);
    await stands(other, "Offline");
    await line(other).getByRole("link", { name: HOST }).click();
    await expect(other.page.getByText(`${HOST} takes no calls at the moment.`)).toBeVisible();
    await expect(other.page.getByText("Your 50 coins last for 5 minutes of voice, or 3 minutes of video.")).toBeVisible();
    await expect(other.page.getByRole("row", { name: /Video/ })).toContainText("150");
    await inspect(other.page, "host-offline");

    // Another device of the host hears it too: the switch is the person's, not the page's.
    const second = await host.context.newPage();
    await second.goto(server.url);
    await onlineSwitch(host).click();
    await expect(second.getByRole("banner").getByRole("switch", { name: "Take calls" })).toHaveAttribute("aria-checked", "true");
    await second.close();
    await stands(client, "Online");
    await inspect(client.page, "home-hosts");
    await expect(other.page.getByRole("group", { name: `Call ${HOST} now` })).toBeVisible();
    await inspect(other.page, "host-online");

    await line(client).getByRole("link", { name: HOST }).click();
    await client.page.getByRole("button", { name: /Voice call/ }).click();
    await host.page.getByRole("dialog", { name: "Carla Mendes calls" }).getByRole("button", { name: "Answer with voice" }).click();
    for (const { page } of [host, client]) await expect(page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
    await stands(other, "In a call");
    await inspect(other.page, "host-busy");
    await expect(client.page.locator(".price")).toContainText("left");
    await client.page.waitForTimeout(2_500); // some of it must be counted
    await client.page.getByRole("toolbar", { name: "Call controls" }).getByRole("button", { name: "End", exact: true }).click();
    await expect(client.page.locator("[data-spent-mc]")).toBeVisible();
    await stands(other, "Online");

    // What the client says appears for who looks at the host.
    await expect(other.page.getByText("No reviews yet.")).toBeVisible();
    const review = client.page.getByRole("group", { name: `How was the call with ${HOST}?` });
    await review.getByRole("radio", { name: "4 stars" }).check();
    await client.page.getByLabel("Anything you would like to say").fill("I slept for the first time.");
    await inspect(client.page, "review-form");
    await client.page.getByRole("button", { name: "Send" }).click();
    await expect(client.page.getByText("Thank you!")).toBeVisible();
    await expect(other.page.getByText("I slept for the first time.")).toBeVisible();
    await expect(other.page.getByText("Carla M.")).toBeVisible();
    await inspect(other.page, "host-reviews");
    await client.page.getByRole("link", { name: "Receipt" }).click();
    await expect(client.page.getByText("Thank you! 4 stars")).toBeVisible();

    // The operator can hide it, for a reason; then it does not count either.
    const operator = await host.context.newPage();
    await operator.goto(`${server.url}/admin/reviews`);
    await operator.getByRole("button", { name: "Hide the review of Carla M." }).click();
    await operator.getByLabel("Reason").fill("Names somebody.");
    await operator.getByRole("dialog").getByRole("button", { name: "Hide", exact: true }).click();
    await expect(operator.getByText("Hidden because: Names somebody.")).toBeVisible();
    await inspect(operator, "admin-reviews");
    await operator.close();
    await expect(other.page.getByText("I slept for the first time.")).toBeHidden();

    await host.page.goto(server.url);
    await onlineSwitch(host).click();
    await stands(other, "Offline");
  } finally {
    await server.stop();
  }
});

test("who is blocked cannot ring, does not learn it, and can be let in again", async ({ browser }) => {
  const server = await Server.start({ CALLS__FREE_S: "0", CALLS__PULSE: "1/1" });
  try {
    const host = await hostWithProfile(server, browser);
    await onlineSwitch(host).click();
    const client = await member(server, browser, "Carla Mendes");
    await stands(client, "Online");
    await line(client).getByRole("link", { name: HOST }).click();
    const ring = client.page.getByRole("button", { name: /Voice call/ });
    await ring.click();
    const incoming = host.page.getByRole("dialog", { name: "Carla Mendes calls" });
    await incoming.getByRole("button", { name: "Decline" }).click();
    await client.page.getByRole("button", { name: "Close" }).click();

    await host.page.goto(`${server.url}/calls`);
    await host.page.getByRole("button", { name: "More about Carla Mendes" }).click();
    await host.page.getByRole("button", { name: "Block Carla Mendes" }).click();
    await inspect(host.page, "block-dialog");
    await host.page.getByRole("dialog").getByRole("button", { name: "Block", exact: true }).click();
    await expect(host.page.getByText("Carla Mendes is blocked.")).toBeVisible();
    // As if the host had gone.
    await stands(client, "Offline");
    await expect(ring).toBeHidden();

    await host.page.goto(`${server.url}/account`);
    await expect(host.page.getByRole("heading", { name: "Blocked people" })).toBeVisible();
    await inspect(host.page, "account-blocked");
    await host.page.getByRole("button", { name: "Unblock Carla Mendes" }).click();
    await expect(host.page.getByRole("heading", { name: "Blocked people" })).toBeHidden();
    await stands(client, "Online");
    await ring.click();
    await expect(incoming).toBeVisible();
  } finally {
    await server.stop();
  }
});

test("a host is found by words and filters, and the address keeps what was looked for", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await hostWithProfile(server, browser);
    const client = await member(server, browser, "Carla Mendes");
    const { page } = client;
    await page.goto(`${server.url}/hosts`);
    const search = page.getByLabel("Search");
    await search.pressSequentially("counsellor");
    await expect(page).toHaveURL(/search=counsellor/);
    await expect(search).toBeFocused();
    await expect(line(client)).toBeVisible();
    await search.fill("plumber");
    await expect(page.getByText("Nobody found")).toBeVisible();
    await inspect(page, "hosts-none");
    await page.getByRole("button", { name: "Show all hosts" }).click();
    await expect(line(client)).toBeVisible();
    await expect(search).toHaveValue("");
    await page.getByText("More filters").click();
    await page.getByLabel("Specialty").selectOption("grief");
    await page.getByLabel("Language").selectOption("sw");
    await page.getByLabel("Price of a minute, at most").fill("9,5");
    await expect(page.getByText("Nobody found")).toBeVisible();
    await page.getByLabel("Price of a minute, at most").fill("10");
    await expect(line(client)).toBeVisible();
    await page.getByText("Only who can be called now").click();
    await expect(page.getByText("Nobody found")).toBeVisible();
    await onlineSwitch(host).click();
    await expect(line(client)).toBeVisible();
    await inspect(page, "hosts-filtered");
    await line(client).getByRole("link").click();
    await expect(page.getByRole("heading", { name: HOST })).toBeVisible();
    await page.goBack();
    await expect(page.getByLabel("Specialty")).toHaveValue("grief");
    await expect(line(client)).toBeVisible();
    await page.goto(`${server.url}/hosts/${crypto.randomUUID()}`);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
  } finally {
    await server.stop();
  }
});

test("a picture is cut, seen before it is sent, shown to clients, and taken away", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await hostWithProfile(server, browser);
    const client = await member(server, browser, "Carla Mendes");
    await client.page.goto(`${server.url}/hosts`);
    const picture = line(client).locator(".avatar img");
    await expect(line(client).locator(".avatar")).toHaveText("DN");
    const file = host.page.locator('input[type="file"]');
    await file.setInputFiles({ name: "letter.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
    await expect(host.page.getByText("This file is no picture that can be read here.")).toBeVisible();
    await file.setInputFiles(new URL("../../web/ui/public/icon-512.png", import.meta.url).pathname);
    const cut = host.page.getByRole("dialog", { name: "Which part of it?" });
    await cut.getByRole("slider").fill("2");
    await cut.getByRole("application").press("ArrowLeft");
    await inspect(host.page, "picture-dialog");
    await cut.getByRole("button", { name: "Use this part" }).click();
    await expect(host.page.getByText("Your picture was saved.")).toBeVisible();
    // The open page has it, without a reload.
    await expect(picture).toBeVisible();
    await expect.poll(() => picture.evaluate((it: HTMLImageElement) => it.naturalWidth)).toBe(128);
    await inspect(host.page, "account-host");
    await host.page.getByRole("button", { name: "Remove the picture" }).click();
    await expect(line(client).locator(".avatar")).toHaveText("DN");
  } finally {
    await server.stop();
  }
});

test("an admin accepts, suspends with a reason and restores, and the directory follows", async ({ browser }) => {
  const server = await Server.start();
  try {
    const admin = await arrive(browser);
    await becomeHost(server, admin);
    const host = await member(server, browser, "Brian Otieno");
    await host.page.goto(`${server.url}/account/host`);
    await host.page.getByLabel("Why would you like to host?").fill("I teach maths.");
    await host.page.getByRole("button", { name: "Send application" }).click();
    await expect(host.page.getByText("Your application is being looked at.")).toBeVisible();
    const client = await member(server, browser, "Carla Mendes");
    await client.page.goto(`${server.url}/hosts`);
    const listed = client.page.getByRole("link", { name: "Brian Otieno" });
    await expect(client.page.getByRole("heading", { name: "Hosts", exact: true })).toBeVisible();
    await expect(listed).toBeHidden();

    const { page } = admin;
    const decide = async (what: string, reason: string) => {
      await page.getByRole("button", { name: `${what} Brian Otieno` }).click();
      const question = page.getByRole("dialog", { name: `${what} Brian Otieno` });
      await inspect(page, `admin-${what.toLowerCase()}`);
      await question.getByLabel("Words for Brian Otieno").fill(reason);
      await question.getByRole("button", { name: what, exact: true }).click();
      await expect(question).toBeHidden();
    };
    await page.goto(`${server.url}/admin/hosts`);
    await expect(page.getByText("I teach maths.")).toBeVisible();
    await decide("Accept", "Welcome.");
    await expect(page.getByText("No open requests")).toBeVisible();
    await expect(listed).toBeVisible();
    await page.getByRole("link", { name: "Accepted" }).click();
    await decide("Suspend", "Three complaints.");
    await expect(listed).toBeHidden();
    await page.getByRole("link", { name: "Suspended" }).click();
    await expect(page.getByText(/Three complaints\./)).toBeVisible();
    await host.page.reload();
    await expect(host.page.getByText(/Three complaints\./)).toBeVisible();
    await decide("Restore", "All is well.");
    await expect(listed).toBeVisible();
  } finally {
    await server.stop();
  }
});
