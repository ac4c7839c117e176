/** The number in the bell while the list is not there. */
import { h, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { session } from "../api";
import type { SocketClient, Welcomed } from "../socket/client";
import { unreadNotices, useNotices } from "./notices";

const line = vi.hoisted(() => ({ heard: new Map<string, (it: never) => void>() }));
vi.mock("../app/live", () => ({
  onLive: (listen: (socket: SocketClient) => unknown) => {
    const on = (type: string, handler: (it: never) => void) => line.heard.set(type, handler);
    listen({ on, onWelcome: (handler: (it: never) => void) => on("welcome", handler) } as unknown as SocketClient);
    return () => line.heard.clear();
  },
}));

const me = (userId: string) => ({ userId, name: "Ada", email: "a@b.c", role: "client", hostStatus: "none", timeZone: "UTC" }) as never;
const logIn = (userId: string) => session.becomeMember({ accessToken: "T", expiresAt: Date.now() + 600_000, user: me(userId) });
const Bell = () => (useNotices(() => {}), h("b", null, unreadNotices()));

let root: HTMLElement;
const bell = () => act(() => render(h(Bell, {}), root));
const says = (type: string, it: unknown) => act(() => line.heard.get(type)!(it as never));

beforeEach(() => {
  root = document.body.appendChild(document.createElement("div"));
  vi.stubGlobal("fetch", () => new Promise(() => {})); // the list does not come
  logIn("u1");
});

afterEach(() => {
  render(null, root);
  root.remove();
  session.becomeStranger();
  vi.unstubAllGlobals();
});

it("is the one of the greeting, follows the news, and is nobody else's", () => {
  bell();
  expect(root.textContent).toBe("0");
  says("welcome", { welcome: { unreadNotifications: 3 }, resumed: true, lost: false } as unknown as Welcomed);
  expect(root.textContent).toBe("3");
  says("notifications-read", { upToSeq: 0, seqs: [1], unread: 2 });
  expect(root.textContent).toBe("2");
  act(() => render(null, root));
  bell();
  expect(root.textContent).toBe("2");
  act(() => render(null, root));
  logIn("u2");
  bell();
  expect(root.textContent).toBe("0");
});

it("is not the one of a list that was asked for before something was read", async () => {
  const list = (unread: number) => Response.json({ notifications: [], unread, hasMore: false });
  const asked: ((answer: Response) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise((resolve) => asked.push(resolve)));
  bell();
  await vi.waitFor(() => expect(asked).toHaveLength(1));
  says("notifications-read", { upToSeq: 0, seqs: [1], unread: 0 });
  asked[0]!(list(1));
  await vi.waitFor(() => expect(asked).toHaveLength(2));
  asked[1]!(list(0));
  await vi.waitFor(() => expect(root.textContent).toBe("0"));
  expect(asked).toHaveLength(2);
});
