// Files and pictures between two people: pasted, chosen and dropped on one, seen on the other and on a
// second device; what is too large or not what it says is refused in words, and a stranger gets nothing.
import { expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrive, becomeHost, member, takeCalls, writeToHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

const log = ({ page }: Person) => page.getByRole("log", { name: "Messages" });
const picker = ({ page }: Person) => page.locator("input[type=file]");
const tray = ({ page }: Person) => page.getByRole("list", { name: "Files of your message" });
const CARLA = "carla.mendes@mail.example";
const HTML = "<!doctype html><script>document.title = 'executed'; parent.executed = true</script>";

/** A picture that this page draws, pasted as a screenshot is. */
async function paste({ page }: Person, width: number, height: number): Promise<void> {
  await page.getByLabel("Write a message").evaluate(
    async (field, size) => {
      const canvas = Object.assign(document.createElement("canvas"), size);
      const pen = canvas.getContext("2d") as CanvasRenderingContext2D;
      const sky = pen.createLinearGradient(0, 0, size.width, size.height);
      sky.addColorStop(0, "#0f6b5f");
      sky.addColorStop(1, "#f3c76b");
      pen.fillStyle = sky;
      pen.fillRect(0, 0, size.width, size.height);
      const blob = await new Promise<Blob>((done) => canvas.toBlob((it) => done(it as Blob), "image/png"));
      const data = new DataTransfer();
      data.items.add(new File([blob], "sunrise.png", { type: "image/png" }));
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    },
    { width, height },
  );
}

/** Asks the server with the token of somebody's own login, as a script of theirs could. */
async function asks(server: Server, email: string, path: string, body?: Buffer) {
  const login = { email, password: "green tea at seven" };
  const headers = { "content-type": "application/json", origin: server.url };
  const answer = await fetch(`${server.url}/api/auth/login`, { method: "POST", headers, body: JSON.stringify(login) });
  const { accessToken } = (await answer.json()) as { accessToken: string };
  const own = { authorization: `Bearer ${accessToken}` };
  return fetch(server.url + path, body === undefined ? { headers: own } : { method: "POST", headers: own, body: new Uint8Array(body) });
}

test("pictures and files are sent, seen on every device, refused in words, and nobody else's", async ({ browser }) => {
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await takeCalls(host);
    const client = await member(server, browser, "Carla Mendes");
    await writeToHost(server, client);
    await expect(client.page.getByText("Say hello to Dr Amina Njeri")).toBeVisible();
    const conversation = client.page.url().split("/").at(-1) as string;
    const files = `/api/conversations/${conversation}/files`;

    // A phone of the same person, as its browser has the login too.
    const phone: Person = { context: client.context, page: await client.context.newPage() };
    await phone.page.setViewportSize({ width: 390, height: 844 });

    // Pasted and chosen, looked at, and sent together with words that were written before.
    await client.page.getByLabel("Write a message").fill("Here it is");
    await paste(client, 1200, 800);
    await picker(client).setInputFiles([
      { name: "Exercise sheet.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7 exercises") },
      { name: "notes.html", mimeType: "text/html", buffer: Buffer.from(HTML) },
      { name: "holiday.png", mimeType: "image/png", buffer: Buffer.from(HTML) },
      { name: "film.mov", mimeType: "video/quicktime", buffer: Buffer.alloc(20 << 20) },
    ]);
    await expect(tray(client).getByText("This file is not the picture that its name says.")).toBeVisible();
    await expect(tray(client).getByText("Too large: files may have 10 MB at most.")).toBeVisible();
    await expect(tray(client).getByRole("button", { name: "Remove sunrise.png" })).toBeVisible();
    await inspect(client.page, "files-tray");
    for (const name of ["holiday.png", "film.mov", "notes.html"]) await tray(client).getByRole("button", { name: `Remove ${name}` }).click();
    await expect(tray(client).getByRole("listitem")).toHaveCount(2);
    await client.page.getByRole("button", { name: "Send", exact: true }).click();
    await expect(log(client).getByRole("img", { name: /Sent|Delivered/ })).toBeVisible();
    await expect(tray(client)).toHaveCount(0);

    await host.page.goto(`${server.url}/messages/${conversation}`);
    await phone.page.goto(`${server.url}/messages/${conversation}`);
    for (const each of [client, host, phone]) {
      const picture = log(each).getByRole("button", { name: "Open picture sunrise.png" });
      await expect(picture.locator("img")).toBeVisible();
      // The space that it takes does not depend on whether it is there.
      const box = await picture.boundingBox();
      expect((box as { width: number }).width / (box as { height: number }).height).toBeCloseTo(1.5, 1);
      await expect(log(each).getByText("Here it is")).toBeVisible();
    }
    const [downloaded] = await Promise.all([
      host.page.waitForEvent("download"),
      log(host).getByRole("button", { name: /Download Exercise sheet.pdf/ }).click(),
    ]);
    expect(downloaded.suggestedFilename()).toBe("Exercise sheet.pdf");

    // Over the whole page, by keyboard, and back where one was.
    const open = log(phone).getByRole("button", { name: "Open picture sunrise.png" });
    await open.focus();
    await phone.page.keyboard.press("Enter");
    const viewer = phone.page.getByRole("dialog", { name: "sunrise.png" });
    await expect(viewer.getByRole("img", { name: "Picture sunrise.png" })).toBeVisible();
    await inspect(phone.page, "files-viewer");
    await phone.page.keyboard.press("Escape");
    await expect(viewer).toHaveCount(0);
    await expect(open).toBeFocused();
    await inspect(phone.page, "files-thread-phone");
    await inspect(host.page, "files-thread");

    // Straight to the server: too much is refused there too, and a page is only ever a download.
    const large = await asks(server, CARLA, `${files}?name=film.mov`, Buffer.alloc(20 << 20));
    expect([large.status, ((await large.json()) as { message: string }).message]).toEqual([413, "This file is larger than 10 MB."]);
    await picker(host).setInputFiles({ name: "notes.html", mimeType: "text/html", buffer: Buffer.from(HTML) });
    await expect(tray(host).getByRole("button", { name: "Remove notes.html" })).toBeVisible();
    const asked = client.page.waitForRequest(/\/messages\/2\/files\//);
    await host.page.getByRole("button", { name: "Send", exact: true }).click();
    await log(client).getByRole("button", { name: /Download notes.html/ }).click();
    const link = new URL((await asked).url()).pathname;
    const fetched = await asks(server, CARLA, link);
    expect(fetched.status).toBe(200);
    expect(fetched.headers.get("content-type")).toBe("application/octet-stream");
    expect(fetched.headers.get("content-disposition")).toContain("attachment");
    expect(fetched.headers.get("content-security-policy")).toBe("sandbox; default-src 'none'");
    await expect(client.page).not.toHaveTitle("executed");

    // A stranger who has the link gets nothing, and neither does anybody once it was deleted.
    const stranger = await member(server, browser, "Eve Stone");
    expect((await asks(server, "eve.stone@mail.example", link)).status).toBe(404);
    expect((await stranger.context.request.get(server.url + link)).status()).toBe(401);
    const own = log(host).getByRole("listitem").filter({ hasText: "notes.html" });
    await own.getByRole("button", { name: "Actions for this message" }).click();
    await own.getByRole("button", { name: "Delete", exact: true }).click();
    await expect(log(client).getByText("Message deleted")).toBeVisible();
    expect((await asks(server, CARLA, link)).status).toBe(404);
  } finally {
    await server.stop();
  }
});
