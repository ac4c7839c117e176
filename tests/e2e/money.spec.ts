// Coins in the browser: given by hand, live on every page, in the statement and as a file; what hosts
// earn; and the books of the house.
import { readFileSync } from "node:fs";
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

test("coins that are given show everywhere at once, and the books stay true", async ({ browser }) => {
  test.setTimeout(180_000);
  const server = await Server.start();
  try {
    const person = await arrive(browser);
    await becomeHost(server, person);
    const wallet = person.page;
    await expect(wallet.getByRole("link", { name: "Wallet: 50 coins" })).toBeVisible();
    await wallet.getByRole("link", { name: /^Wallet/ }).click();
    await expect(wallet.getByTestId("balance")).toHaveText("50 coins");
    await expect(wallet.getByText("Welcome coins")).toBeVisible();

    const books = await person.context.newPage();
    await books.goto(`${server.url}/admin/books`);
    await expect(books.getByText(/^The books are true/)).toBeVisible();
    const give = async (amount: string, reason: string) => {
      await books.getByLabel("Their e-mail address").fill("amina@practice.example");
      await books.getByLabel("Coins", { exact: true }).fill(amount);
      await books.getByLabel("Reason").fill(reason);
      await books.getByRole("button", { name: "Write it into the books" }).click();
    };
    await give("12,5", "Paid in cash");
    await expect(books.getByText("It is written into the books.")).toBeVisible();
    // The other page is told; nobody reloads it.
    await expect(wallet.getByTestId("balance")).toHaveText("62.5 coins");
    await expect(wallet.getByRole("link", { name: "Wallet: 62.5 coins" })).toBeVisible();
    await expect(wallet.getByText("Paid in cash")).toBeVisible();
    await give("-100", "Too much");
    await expect(books.getByText("There are fewer coins in this wallet.")).toBeVisible();
    await give("plenty", "No number");
    await expect(books.getByText("Please write a number of coins, such as 25 or -2.5.")).toBeVisible();

    const kept = wallet.waitForEvent("download");
    await wallet.getByRole("button", { name: "Download as CSV" }).click();
    const file = readFileSync(await (await kept).path(), "utf8");
    expect(file).toContain(",adjustment,12.500,62.500,");

    await inspect(wallet, "wallet");
    await books.reload();
    await expect(books.getByRole("heading", { name: "Trial balance" })).toBeVisible();
    await inspect(books, "books");
    await books.goto(`${server.url}/earnings`);
    await expect(books.getByText("Available", { exact: true })).toBeVisible();
    await inspect(books, "earnings");
  } finally {
    await server.stop();
  }
});
