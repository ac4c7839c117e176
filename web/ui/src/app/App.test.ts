import { describe, expect, it } from "vitest";
import type { Identity } from "../api/session";
import type { Me } from "../api/types";
import { mayEnter } from "./App";
import { findRoute } from "./router";
import { routes } from "./routes";

const member = (role: Me["role"]): Identity => ({ kind: "member", user: { role } as Me });
const guest = { kind: "guest" } as Identity;
const stranger: Identity = { kind: "stranger" };
const unknown: Identity = { kind: "unknown" };

describe("who may enter", () => {
  it.each([
    ["anyone", unknown, "enter"],
    ["anyone", stranger, "enter"],
    ["stranger", unknown, "wait"],
    ["stranger", stranger, "enter"],
    ["stranger", guest, "enter"],
    ["stranger", member("client"), "home"],
    ["member", unknown, "wait"],
    ["member", stranger, "login"],
    ["member", guest, "login"],
    ["member", member("client"), "enter"],
    ["admin", stranger, "login"],
    ["admin", member("host"), "unknown-address"],
    ["admin", member("admin"), "enter"],
  ] as const)("%s, %o: %s", (access, identity, verdict) => {
    expect(mayEnter(access, identity)).toBe(verdict);
  });
});

describe("the table of routes", () => {
  it.each([
    ["/meetings/new", "/meetings/new"],
    ["/meetings/0193", "/meetings/:id"],
    ["/reset", "/reset"],
    ["/reset/abc", "/reset/:token"],
    ["/j/abc", "/j/:token"],
    ["/video-call/0193", "/video-call/:meetingId"],
  ])("%s is answered by %s", (path, pattern) => {
    expect(findRoute(routes, path)?.route.pattern).toBe(pattern);
  });

  it("leaves the server's own addresses alone", () => {
    for (const path of ["/dev/mailbox", "/openapi.json", "/api/me", "/j"]) expect(findRoute(routes, path)).toBeNull();
  });
});
