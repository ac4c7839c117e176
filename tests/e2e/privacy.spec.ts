// One's own data: a copy is asked for, made, downloaded and looked into; an operator has one made that only its person gets;
// the account is to be erased and stays. Mails say so.
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost, member } from "./people";
import { linkIn, postOffice } from "./post-office";
import { Server } from "./server";
import { test } from "./test";

/** The files of a zip, by the list at its end. */
function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const files = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    const [method, packed, name, extra, comment, head] = [
      zip.readUInt16LE(at + 10),
      zip.readUInt32LE(at + 20),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
      zip.readUInt32LE(at + 42),
    ];
    const begin = head + 30 + zip.readUInt16LE(head + 26) + zip.readUInt16LE(head + 28);
    const bytes = zip.subarray(begin, begin + packed);
    files.set(zip.toString("utf8", at + 46, at + 46 + name), method === 8 ? inflateRawSync(bytes) : bytes);
    at += 46 + name + extra + comment;
  }
  return files;
}

async function downloaded(page: Page, press: () => Promise<void>): Promise<Map<string, Buffer>> {
  const coming = page.waitForEvent("download");
  await press();
  const file = await coming;
  expect(file.suggestedFilename()).toBe("my-data.zip");
  return unzip(readFileSync(await file.path()));
}

test("data is taken along, and an account that was to be erased stays", async ({ browser }) => {
  test.setTimeout(240_000);
  const post = await postOffice();
  const server = await Server.start(post.settings);
  const mailed = (words: string) => expect.poll(() => post.texts.some((text) => text.includes(words)), words).toBe(true);
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const { page } = await member(server, browser, "Carla Mendes");
    await page.goto(`${server.url}/account`);

    const copy = page.getByRole("region", { name: "Take my data along" });
    await copy.getByRole("button", { name: "Take my data along" }).click();
    await copy.getByLabel("Your password").fill("not my password");
    await copy.getByRole("button", { name: "Ask for the copy" }).click();
    await expect(copy).toContainText("This is not your password.");
    await copy.getByRole("button", { name: "Ask for the copy" }).scrollIntoViewIfNeeded();
    await inspect(page, "privacy-copy-ask");
    await copy.getByLabel("Your password").fill("green tea at seven");
    await copy.getByRole("button", { name: "Ask for the copy" }).click();
    await expect(copy).toContainText("You can leave this page.");
    const download = copy.getByRole("button", { name: /^Download/ });
    await expect(download).toBeVisible({ timeout: 60_000 });
    await expect(copy).toContainText("5 more times");
    await expect(copy).toContainText("You can ask for another from");
    await download.scrollIntoViewIfNeeded();
    await inspect(page, "privacy-copy-ready");
    const files = await downloaded(page, () => download.click());
    const account = JSON.parse(files.get("account.jsonl")!.toString()) as { row: unknown };
    expect(JSON.stringify(account)).toContain("Carla Mendes");
    expect(JSON.stringify(account)).not.toContain("argon2");
    expect(files.get("README.txt")!.toString()).toContain("account.jsonl (1): a person's account");
    await expect(copy).toContainText("4 more times");
    await mailed("Subject: A copy of your data is ready");

    // Somebody else asks the operator, who never sees what is in it.
    const bo = await member(server, browser, "Bo Lind");
    await bo.page.goto(`${server.url}/account`);
    const id = await bo.page.evaluate(async () => {
      const answer = await fetch("/api/auth/refresh", { method: "POST" });
      return ((await answer.json()) as { user: { userId: string } }).user.userId;
    });
    await host.page.goto(`${server.url}/admin/privacy`);
    const forThem = host.page.getByRole("region", { name: "A copy for somebody" });
    await forThem.getByLabel("Number of the account").fill(id);
    await forThem.getByRole("button", { name: "Make the copy" }).click();
    await expect(host.page.getByText("The copy is being made. A link to it goes out by mail.")).toBeVisible();
    await inspect(host.page, "privacy-admin");
    const link = await linkIn(post.texts, "bo.lind@mail.example", "/my-data/");
    const stranger = await arrive(browser);
    await stranger.page.goto(link);
    await expect(stranger.page.getByRole("heading", { name: "A copy of your data" })).toBeVisible();
    await inspect(stranger.page, "privacy-link");
    const theirs = await downloaded(stranger.page, () => stranger.page.getByRole("button", { name: /^Download/ }).click());
    expect(theirs.get("account.jsonl")!.toString()).toContain("Bo Lind");
    await stranger.page.goto(`${link}x`);
    await expect(stranger.page.getByRole("heading", { name: "This link is not valid any more" })).toBeVisible();

    const erase = page.getByRole("region", { name: "Delete my account" });
    await erase.getByRole("button", { name: "Delete my account" }).click();
    await erase.getByLabel("Your password").fill("green tea at seven");
    await erase.getByLabel("Give up the coins that are left").check({ force: true });
    await erase.getByRole("button", { name: "Delete the account" }).click();
    await expect(erase).toContainText("Until then you can take it back.");
    await erase.scrollIntoViewIfNeeded();
    await inspect(page, "privacy-erasure-asked");
    await mailed("Subject: Your account is to be erased");
    await erase.getByRole("button", { name: "Keep my account" }).click();
    await expect(erase.getByRole("button", { name: "Delete my account" })).toBeVisible();
    await mailed("Subject: Your account stays");
  } finally {
    await server.stop();
    post.net.close();
  }
});
