// A conversation of ten thousand messages: what stands in the page has a bound, what one looks at stays
// where it is while more is loaded above it, and the line above what is new stays. The history is made
// here, page by page as the server gives it. MEASURE=1 prints how long things took.
import { type Page, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { arrive, becomeHost, member, takeCalls, writeToHost } from "./people";
import { Server } from "./server";
import { test } from "./test";

const ALL = 10_000;
const READ = ALL - 12;
const measure = process.env.MEASURE !== undefined;

interface Shape {
  messages: { msgSeq: number }[];
  lastMsgSeq: number;
  hasMore: boolean;
  members: { userId: string; readSeq: number }[];
}

/** Pages of a long history, in the shape of the server's own answer. */
async function lengthen(page: Page, me: string, other: string): Promise<void> {
  const words = (seq: number) => `Message ${seq}. ${"Some words that somebody wrote. ".repeat(seq % 5)}`;
  const message = (seq: number) => ({
    msgSeq: seq,
    clientMsgId: `00000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
    senderId: seq % 3 === 0 ? me : other,
    text: words(seq),
    at: Date.now() - (ALL - seq) * 600_000,
    ...(seq % 10 === 0 ? { replyTo: seq - 2 } : {}),
  });
  await page.route(/\/api\/conversations\/[^/]+\/messages\?/, async (route) => {
    const asked = new URL(route.request().url()).searchParams;
    const limit = Number(asked.get("limit") ?? 50);
    const before = Math.min(Number(asked.get("before") ?? ALL + 1), ALL + 1);
    const after = asked.has("after") ? Number(asked.get("after")) : undefined;
    const first = after === undefined ? Math.max(1, before - limit) : after + 1;
    const end = after === undefined ? before : Math.min(ALL + 1, first + limit);
    const real = (await (await route.fetch()).json()) as Shape;
    const members = real.members.map((it) => ({ ...it, readSeq: it.userId === me ? READ : 0 }));
    const messages = Array.from({ length: Math.max(0, end - first) }, (_, n) => message(first + n));
    const hasMore = after === undefined ? first > 1 : end <= ALL;
    await route.fulfill({ json: { ...real, members, messages, lastMsgSeq: ALL, hasMore } });
  });
}

/** Who reads the long conversation, and who wrote the first message of it. */
async function ids(writer: Page, pair: string): Promise<[string, string]> {
  const sender = await writer.evaluate(async (id) => {
    const { accessToken } = (await (await fetch("/api/auth/refresh", { method: "POST" })).json()) as { accessToken: string };
    const answer = await fetch(`/api/conversations/${id}/messages`, { headers: { authorization: `Bearer ${accessToken}` } });
    return ((await answer.json()) as { messages: { senderId: string }[] }).messages[0]!.senderId;
  }, pair);
  return [pair.split("_").find((id) => id !== sender)!, sender];
}

/** The first message in sight, and where it stands in the log. */
const inSight = (page: Page) =>
  page.evaluate(() => {
    const log = document.querySelector(".chat-log")!;
    const top = log.getBoundingClientRect().top;
    const seen = [...log.querySelectorAll<HTMLElement>("[data-seq]")].find((it) => it.getBoundingClientRect().bottom > top + 40)!;
    return { seq: Number(seen.dataset.seq), top: Math.round(seen.getBoundingClientRect().top - top) };
  });

const shape = (page: Page) =>
  page.evaluate(() => ({
    messages: document.querySelectorAll(".chat-log [data-seq]").length,
    blocks: document.querySelectorAll(".chat-log [data-block]").length,
    nodes: document.querySelectorAll("*").length,
  }));

test("ten thousand messages cost what is in sight", async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.start();
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    await takeCalls(host);
    const client = await member(server, browser, "Carla Mendes");
    await writeToHost(server, client);
    await expect(client.page).toHaveURL(/\/messages\//);
    const pair = new URL(client.page.url()).pathname.replace("/messages/", "");
    await client.page.getByLabel("Write a message").fill("Message 1. ");
    await client.page.keyboard.press("Enter");
    await host.page.goto(`${server.url}/messages`);
    const { page } = host;
    const row = page.getByRole("region", { name: "Messages" }).getByRole("link", { name: /Carla Mendes/ });
    await expect(row).toBeVisible();
    await expect(row).toBeVisible();
    const [me, other] = await ids(client.page, pair);
    await lengthen(page, me, other);

    // It opens at its end, below the line.
    const opening = Date.now();
    await row.click();
    const log = page.locator(".chat-log");
    await expect(log.locator(`[data-seq="${ALL}"]`)).toBeInViewport();
    const opened = Date.now() - opening;
    await expect(log.getByText("New messages")).toHaveCount(1);

    // What one looks at stays where it is while a page comes above it.
    await log.evaluate((it) => it.scrollTo(0, 500));
    await expect.poll(async () => (await shape(page)).messages).toBeLessThan(101);
    await log.evaluate((it) => it.scrollTo(0, 300));
    const before = await inSight(page);
    await expect(log.locator(`[data-seq="${ALL - 99}"]`)).toHaveCount(1);
    expect(await log.evaluate((it, seq) => {
      const seen = it.querySelector(`[data-seq="${seq}"]`)!;
      return Math.round(seen.getBoundingClientRect().top - it.getBoundingClientRect().top);
    }, before.seq)).toBeCloseTo(before.top, -0.7);

    // All of it is loaded; the page holds little of it.
    const loading = Date.now();
    await log.evaluate(async (it) => {
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      while (it.querySelector('[data-seq="1"]') === null) {
        it.scrollTo(0, 0);
        await frame();
      }
    });
    const loaded = Date.now() - loading;
    await expect.poll(async () => (await shape(page)).messages).toBeLessThan(400);
    const stands = await shape(page);
    expect(stands.blocks).toBeLessThanOrEqual(ALL / 50 + 2);
    expect(stands.nodes).toBeLessThan(8_000);

    // From the top to the end, and the line is still there.
    const scrolled = await log.evaluate(async (it) => {
      const long: number[] = [];
      const watch = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
      watch.observe({ type: "longtask" });
      const frames: number[] = [];
      let most = 0;
      let last = performance.now();
      while (it.scrollHeight - it.scrollTop - it.clientHeight > 4) {
        it.scrollBy(0, 1_200);
        await new Promise((done) => requestAnimationFrame(done));
        frames.push(performance.now() - last);
        last = performance.now();
        if (frames.length % 20 === 0) most = Math.max(most, it.querySelectorAll("[data-seq]").length);
      }
      watch.disconnect();
      frames.sort((a, b) => a - b);
      const at = (part: number) => Math.round(frames[Math.floor((frames.length - 1) * part)]!);
      return { frames: frames.length, p50: at(0.5), p99: at(0.99), worst: at(1), long: long.length, longest: Math.round(Math.max(0, ...long)), most };
    });
    expect(scrolled.most).toBeLessThan(700);
    await expect(log.locator(`[data-seq="${ALL}"]`)).toBeInViewport();
    await expect(log.getByText("New messages")).toHaveCount(1);
    if (measure) {
      const cdp = await page.context().newCDPSession(page);
      await cdp.send("HeapProfiler.collectGarbage");
      const heap = await page.evaluate(() => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize);
      console.log(`RESULT long opened_ms=${opened} loaded_all_ms=${loaded} ${Object.entries({ ...stands, ...scrolled }).map(([k, v]) => `${k}=${v}`).join(" ")} heap_mib=${(heap / 1_048_576).toFixed(1)}`);
    }

    // A message far back by its number, and back to the newest by the keyboard.
    await page.goto(`${server.url}${new URL(page.url()).pathname}?at=4321`);
    await expect(log.locator('[data-seq="4321"]')).toBeFocused();
    await expect(log.locator('[data-seq="4321"]')).toBeInViewport();
    expect((await shape(page)).messages).toBeLessThan(160);
    await inspect(page, "messages-found");
    await page.getByRole("button", { name: "Back to the newest" }).press("Enter");
    await expect(log.locator(`[data-seq="${ALL}"]`)).toBeInViewport();
    await expect(page).not.toHaveURL(/at=/);
  } finally {
    await server.stop();
  }
});
