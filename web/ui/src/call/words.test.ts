import { expect, it } from "vitest";
import { shortcutOf } from "./shortcuts";
import { clock, duration } from "./words";

it.each([
  [0, "00:00:00"],
  [249_999, "00:04:09"],
  [3_600_000 * 11 + 62_000, "11:01:02"],
  [-5, "00:00:00"],
])("%i ms is %s", (ms, words) => {
  expect(clock(ms)).toBe(words);
});

it.each([
  [1_000, "1 second"],
  [42_000, "42 seconds"],
  [60_000, "1 minute"],
  [45 * 60_000 + 20_000, "45 minutes"],
  [60 * 60_000, "1 hour"],
  [125 * 60_000, "2 hours 5 minutes"],
])("%i ms was %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});

it("takes single keys only outside of fields and dialogs, and never with a modifier", () => {
  const press = (key: string, more = {}, target: EventTarget | null = document.body) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    repeat: false,
    defaultPrevented: false,
    target,
    ...more,
  });
  const element = (html: string, selector: string) => {
    document.body.innerHTML = html;
    return document.querySelector(selector);
  };
  expect(shortcutOf(press("m"))).toBe("microphone");
  expect(shortcutOf(press("V"))).toBe("camera");
  expect(shortcutOf(press("s"))).toBe("share");
  expect(shortcutOf(press("x"))).toBeUndefined();
  expect(shortcutOf(press("s", { ctrlKey: true }))).toBeUndefined();
  expect(shortcutOf(press("m", { repeat: true }))).toBeUndefined();
  expect(shortcutOf(press("m", {}, element("<input>", "input")))).toBeUndefined();
  expect(shortcutOf(press("m", {}, element("<textarea></textarea>", "textarea")))).toBeUndefined();
  expect(shortcutOf(press("m", {}, element("<dialog><button></button></dialog>", "button")))).toBeUndefined();
  expect(shortcutOf(press("m", {}, element("<button></button>", "button")))).toBe("microphone");
});
