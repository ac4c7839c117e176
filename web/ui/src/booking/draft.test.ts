/** A booking under way survives a reload, is booked once, and tells other tabs nothing that was typed. */
import { beforeEach, expect, test } from "vitest";
import { draftOf, forgetDraft, keepDraft, keepTyped, keyFor, typedOf } from "./draft";
import { pendingPage } from "./pending";

const draft = { hostId: "h", serviceId: "s", startsAt: 5, holdId: "x", until: 1_000, hostZone: "UTC" };

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});

test("the same wish has the same key, another wish another one", () => {
  keepDraft(draft);
  const key = keyFor("s", { note: "a" });
  expect(keyFor("s", { note: "a" })).toBe(key);
  expect(keyFor("s", { note: "b" })).not.toBe(key);
});

test("another tab learns the time and nothing else, for an hour", () => {
  keepDraft(draft);
  keepTyped("s", { name: "Brian", email: "brian@mail.example", note: "secret" });
  expect(typedOf("s").name).toBe("Brian");
  sessionStorage.clear();
  expect(JSON.stringify({ ...localStorage })).not.toContain("rian");
  expect(draftOf("h", "s", 2_000)).toMatchObject(draft);
  expect(draftOf("h", "other", 2_000)).toBeNull();
  expect(pendingPage(2_000)).toBe("/book/h/s");
  expect(pendingPage(1_001 + 60 * 60_000)).toBeNull();
});

test("what is done is forgotten everywhere", () => {
  keepDraft(draft);
  forgetDraft("s");
  expect(draftOf("h", "s", 0)).toBeNull();
  expect(pendingPage(0)).toBeNull();
});
