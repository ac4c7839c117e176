// Notifications on the screen of a device on which no page is open: switched on by hand, sealed and
// signed by the real server, carried by a stand-in for the push service, and shown by the real worker.
import { type CDPSession, expect } from "@playwright/test";
import { inspect } from "./inspect";
import { type Person, arrange, arrive, becomeHost, member } from "./people";
import { type Keys, PushService } from "./push-service";
import { Server } from "./server";
import { test } from "./test";

const NEWS = "One of your meetings is confirmed";

/** Chromium's own service is on the internet: the page is given a browser of the stand-in instead. */
async function subscribesHere({ context }: Person, browser: { endpoint: string; keys: Keys }): Promise<void> {
  await context.grantPermissions(["camera", "microphone", "notifications"]);
  await context.addInitScript(({ endpoint, keys }) => {
    const KEY = "test.subscribed";
    const made = (applicationServerKey: ArrayBuffer) => ({
      options: { applicationServerKey, userVisibleOnly: true },
      toJSON: () => ({ endpoint, expirationTime: null, keys }),
      unsubscribe: async () => (localStorage.removeItem(KEY), true),
    });
    Object.assign(PushManager.prototype, {
      subscribe: async (options: { applicationServerKey: Uint8Array<ArrayBuffer> }) => {
        localStorage.setItem(KEY, JSON.stringify([...options.applicationServerKey]));
        return made(options.applicationServerKey.buffer);
      },
      getSubscription: async () => {
        const known = localStorage.getItem(KEY);
        return known && made(new Uint8Array(JSON.parse(known) as number[]).buffer);
      },
    });
  }, browser);
}

/** Hands what the service took to the real worker, as the browser's own service would. */
async function deliverer({ context, page }: Person, origin: string): Promise<(text: unknown) => Promise<void>> {
  const devtools: CDPSession = await context.newCDPSession(page);
  const registered = new Promise<string>((resolve) => {
    devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const ours = registrations.find((it) => it.scopeURL.startsWith(origin));
      if (ours) resolve(ours.registrationId);
    });
  });
  await devtools.send("ServiceWorker.enable");
  const registrationId = await registered;
  return async (text) => {
    await devtools.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: JSON.stringify(text) });
  };
}

/** What the tests use of the worker's own world. */
interface Scope {
  registration: ServiceWorkerRegistration;
  NotificationEvent: new (type: string, init: { notification: Notification }) => Event;
}

interface Shown {
  title: string;
  tag: string;
  lang: string;
  path: string;
}

/** What is on the screen, in the eyes of the worker. */
function onScreen({ context }: Person): Promise<Shown[]> {
  const [worker] = context.serviceWorkers();
  return worker!.evaluate(async () => {
    const { registration } = self as unknown as Scope;
    const all = await registration.getNotifications();
    return all.map(({ title, tag, lang, data }) => ({ title, tag, lang, path: (data as { path: string }).path }));
  });
}

/** A click as the browser would tell of it; the browser itself lets nobody else click. */
async function click({ context }: Person): Promise<void> {
  const [worker] = context.serviceWorkers();
  await worker!.evaluate(async () => {
    const { registration } = self as unknown as Scope;
    const [notification] = await registration.getNotifications();
    const { NotificationEvent } = self as unknown as Scope;
    self.dispatchEvent(new NotificationEvent("notificationclick", { notification: notification! }));
  });
}

test("a client is told on a screen without a page, in the browser's words, and a click leads there", async ({ browser }) => {
  const service = await PushService.start();
  const server = await Server.start({ PUSH__SERVICES_ON_LOOPBACK: "true", PUSH__FIRST_RETRY_S: "1" });
  try {
    const host = await arrive(browser);
    await becomeHost(server, host);
    const carla = await member(server, browser, "Carla Mendes");
    const { page } = carla;
    await subscribesHere(carla, service.browser("carla"));
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.goto(`${server.url}/account/notifications`);
    const on = page.getByRole("switch", { name: "Notify me on this device" });
    const named = page.getByRole("switch", { name: "Say whom it is about" });

    await test.step("the switch is pressed", async () => {
      await expect(on).not.toBeChecked();
      await on.focus();
      await page.keyboard.press("Space");
      await expect(named).toBeVisible();
      await on.scrollIntoViewIfNeeded();
      await inspect(page, "push-card");
      await page.reload();
      await expect(on).toBeChecked();
    });

    const deliver = await deliverer(carla, server.url);

    await test.step("who looks at a page is told there only", async () => {
      await arrange(server, "carla.mendes@mail.example");
      await expect(page.getByRole("button", { name: /1 unread/ })).toBeVisible();
      await deliver({ kind: "message", seq: 1, lang: "en" });
      expect(await onScreen(carla)).toEqual([]);
      expect(service.tries).toBe(0);
    });

    await test.step("who is away is sent kind and number, and no more", async () => {
      await page.goto("about:blank");
      service.answers.push({ status: 429, headers: { "retry-after": "1" } });
      await arrange(server, "carla.mendes@mail.example");
      await expect.poll(() => service.sent.length).toBe(1);
      expect(service.tries, "asked again after a no").toBe(2);
      expect(service.sent[0]).toMatchObject({ to: "/carla", text: { kind: "booking-confirmed", seq: 2, lang: "en" }, urgency: "normal" });
      expect(Object.keys(service.sent[0]!.text).sort()).toEqual(["kind", "lang", "seq"]);
      await deliver(service.sent[0]!.text);
      await expect.poll(() => onScreen(carla)).toEqual([{ title: NEWS, tag: "booking-confirmed-2", lang: "en", path: "/n/2" }]);
    });

    await test.step("a click leads an open page to what it is about, and it is read", async () => {
      await page.goto(`${server.url}/hosts`);
      await expect(page.getByRole("button", { name: /2 unread/ })).toBeVisible();
      await click(carla);
      await page.waitForURL(/\/meetings\/[0-9a-f-]{36}$/);
      expect(await onScreen(carla)).toEqual([]);
      await expect(page.getByRole("button", { name: /1 unread/ })).toBeVisible();
    });

    await test.step("with the name, where that is wished for", async () => {
      await page.goto(`${server.url}/account/notifications`);
      await named.click();
      await expect(named).toBeChecked();
      await page.goto("about:blank");
      await arrange(server, "carla.mendes@mail.example");
      await expect.poll(() => service.sent.length).toBe(2);
      expect(service.sent[1]!.text).toMatchObject({ name: "Dr Amina Njeri" });
      expect(service.sent.map((it) => [it.bytes, it.from])).toEqual([0, 1].map(() => [service.sent[0]!.bytes, service.sent[0]!.from]));
      await deliver({ ...service.sent[1]!.text, lang: "de" });
      await expect.poll(async () => (await onScreen(carla)).map((it) => it.title)).toEqual(["Ihr Termin mit Dr Amina Njeri ist bestätigt"]);
    });

    await test.step("what was read on a page leaves the screen", async () => {
      await page.goto(`${server.url}/hosts`);
      await page.getByRole("button", { name: /2 unread/ }).click();
      expect(await onScreen(carla)).toHaveLength(1);
      await page.getByRole("button", { name: "Mark all as read" }).click();
      await expect.poll(() => onScreen(carla)).toEqual([]);
    });

    await test.step("a browser that was lost is made known again; logging out ends it", async () => {
      await page.goto("about:blank");
      const before = service.tries;
      service.answers.push({ status: 410 });
      await arrange(server, "carla.mendes@mail.example");
      await expect.poll(() => service.tries).toBe(before + 1);
      // The next page finds that out and says it again: its reader still wants it.
      await page.goto(`${server.url}/account/notifications`);
      await expect(on).toBeChecked();
      await page.goto(`${server.url}/account`);
      await page.getByRole("button", { name: "Log out", exact: true }).click();
      await expect(page.getByRole("heading").first()).toBeVisible();
      await expect.poll(() => page.evaluate(() => localStorage.getItem("test.subscribed"))).toBeNull();
    });
    expect(service.violations).toEqual([]);
    expect(server.log.join("\n")).not.toContain(service.url);
  } finally {
    await server.stop();
    await service.stop();
  }
});
