import { describe, expect, it } from "vitest";
import { matchPattern, safeNext } from "./router";

describe("matchPattern", () => {
  it.each([
    ["/", "/", {}],
    ["/login", "/login", {}],
    ["/login", "/login/", {}],
    ["/j/:token", "/j/a_b-c", { token: "a_b-c" }],
    ["/meetings/:id", "/meetings/a%20b", { id: "a b" }],
    ["/meetings/:id", "/meetings", null],
    ["/meetings/:id", "/meetings/a/b", null],
    ["/meetings/:id", "/meetings/%E0%A4%A", null],
    ["/login", "/signup", null],
  ])("%s against %s", (pattern, path, expected) => {
    expect(matchPattern(pattern, path)).toEqual(expected);
  });
});

describe("safeNext", () => {
  it.each([
    ["/account", "/account"],
    ["/video-call/1?x=2", "/video-call/1?x=2"],
    [null, "/"],
    ["", "/"],
    ["//elsewhere.example", "/"],
    ["/\\elsewhere.example", "/"],
    ["https://elsewhere.example/", "/"],
    ["javascript:alert(1)", "/"],
  ])("%s goes to %s", (wanted, expected) => {
    expect(safeNext(wanted)).toBe(expected);
  });
});
