/** The card of notifications on this device, with a browser that does as it is told. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { session } from "../api";
import { renew } from "./browser";
import { PushCard } from "./PushCard";

const KEY = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8";
const me = { userId: "u1", name: "Ada", email: "a@b.c", role: "client", hostStatus: "none", timeZone: "UTC" } as const;

let root: HTMLElement;
let server: { publicKey: string | null; on: boolean; named: boolean };
let puts: unknown[];
let browser: { permission: NotificationPermission; answer: NotificationPermission; asked: number; has: { unsubscribe: () => Promise<boolean> } | null; fails: boolean };

beforeEach(() => {
  root = document.body.appendChild(document.createElement("div"));
  server = { publicKey: KEY, on: false, named: false };
  puts = [];
  browser = { permission: "default", answer: "granted", asked: 0, has: null, fails: false };
  localStorage.clear();
  session.becomeMember({ accessToken: "T", expiresAt: Date.now() + 600_000, user: me as never });
  vi.stubGlobal("fetch", async (_path: string, init: RequestInit = {}) => {
    const body = JSON.parse(String(init.body ?? "null")) as { named: boolean } | null;
    if (init.method === "PUT" && body) {
      puts.push(body);
      server = { ...server, on: true, named: body.named };
    } else if (init.method === "DELETE") server = { ...server, on: false };
    const empty = init.method === "PUT" || init.method === "DELETE";
    return empty ? new Response(null, { status: 204 }) : new Response(JSON.stringify(server));
  });
  const pushManager = {
    getSubscription: async () => browser.has,
    subscribe: async ({ applicationServerKey }: { applicationServerKey: Uint8Array }) => {
      if (browser.fails) throw new DOMException("no service", "AbortError");
      const options = { applicationServerKey: applicationServerKey.buffer };
      const toJSON = () => ({ endpoint: "https://push.example/1", keys: { p256dh: "k", auth: "a" } });
      const unsubscribe = async () => ((browser.has = null), true);
      browser.has = { options, toJSON, unsubscribe } as never;
      return browser.has;
    },
  };
  const registration = { pushManager };
  const serviceWorker = { getRegistration: async () => registration, register: async () => registration, ready: Promise.resolve(registration) };
  Object.defineProperty(navigator, "serviceWorker", { value: serviceWorker, configurable: true });
  vi.stubGlobal("PushManager", class {});
  vi.stubGlobal("Notification", {
    get permission() {
      return browser.permission;
    },
    requestPermission: async () => {
      browser.asked += 1;
      return (browser.permission = browser.answer);
    },
  });
});

afterEach(() => {
  render(null, root);
  root.remove();
  session.becomeStranger();
  vi.unstubAllGlobals();
});

const card = () => act(() => render(<PushCard />, root));
const shows = (words: string | RegExp) => vi.waitFor(() => expect(root.textContent).toMatch(words));
const switches = () => [...root.querySelectorAll<HTMLInputElement>("input[role=switch]")];
const press = (at: number) =>
  act(() => {
    const it = switches()[at]!;
    it.checked = !it.checked;
    it.dispatchEvent(new Event("change", { bubbles: true }));
  });

describe("notifications on this device", () => {
  it("are asked for by a press only, name nobody at first, and go again", async () => {
    card();
    await shows("Notify me on this device");
    expect([browser.asked, switches().length]).toEqual([0, 1]);
    press(0);
    await shows("Say whom it is about");
    expect(puts).toEqual([{ endpoint: "https://push.example/1", keys: { p256dh: "k", auth: "a" }, named: false }]);
    press(1);
    await vi.waitFor(() => expect(puts.at(-1)).toMatchObject({ named: true }));
    await vi.waitFor(() => expect(switches()[1]?.checked).toBe(true));
    press(0);
    await vi.waitFor(() => expect([server.on, browser.has]).toEqual([false, null]));
    await vi.waitFor(() => expect(switches().length).toBe(1));
  });

  it("say how a no is undone, and that a browser or server cannot", async () => {
    browser.answer = "denied";
    card();
    await shows("Notify me");
    press(0);
    await shows(/blocks notifications.*To allow them/);
    render(null, root);
    server.publicKey = null;
    card();
    await shows("operator of this server does not offer");
    render(null, root);
    vi.stubGlobal("PushManager", undefined);
    delete (window as { PushManager?: unknown }).PushManager;
    card();
    await shows("cannot show notifications");
  });

  it("say when the browser does not subscribe", async () => {
    browser.fails = true;
    card();
    await shows("Notify me");
    press(0);
    await shows("could not sign up");
    expect(puts).toEqual([]);
  });

  it("come back by themselves when they were lost, for the same person only", async () => {
    card();
    await shows("Notify me");
    press(0);
    await shows("Say whom");
    server.on = false;
    await renew();
    expect([server.on, puts.length]).toEqual([true, 2]);
    await renew();
    expect(puts.length, "it stands").toBe(2);
    server.on = false;
    session.becomeMember({ accessToken: "T", expiresAt: Date.now() + 600_000, user: { ...me, userId: "u2" } as never });
    await renew();
    expect(server.on).toBe(false);
  });
});
