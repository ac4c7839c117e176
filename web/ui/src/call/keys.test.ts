import { describe, expect, it } from "vitest";
import { CORNERS, cornerByKey, nearestCorner } from "./corner";
import { actionOf, Talk } from "./shortcuts";
import { changeTaste, recallTaste } from "./stage-memory";

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
const letter = (it: string) => ({ kind: "letter", letter: it });

describe("a key", () => {
  it("is taken outside of fields and dialogs, and never with a modifier", () => {
    expect(actionOf(press("m"))).toEqual(letter("m"));
    expect(actionOf(press("V"))).toEqual(letter("v"));
    expect(actionOf(press("?"))).toEqual(letter("?"));
    expect(actionOf(press("Escape"))).toBeUndefined();
    expect(actionOf(press("s", { ctrlKey: true }))).toBeUndefined();
    expect(actionOf(press("m", { repeat: true }))).toBeUndefined();
    expect(actionOf(press("m", { defaultPrevented: true }))).toBeUndefined();
    expect(actionOf(press("m", {}, element("<input>", "input")))).toBeUndefined();
    expect(actionOf(press("m", {}, element("<textarea></textarea>", "textarea")))).toBeUndefined();
    expect(actionOf(press("m", {}, element("<dialog><button></button></dialog>", "button")))).toBeUndefined();
    expect(actionOf(press("m", {}, element("<button></button>", "button")))).toEqual(letter("m"));
  });
  it("that is Space talks, but on a button it presses the button", () => {
    expect(actionOf(press(" "))).toEqual({ kind: "talk" });
    expect(actionOf(press(" ", { repeat: true }))).toEqual({ kind: "talk" });
    expect(actionOf(press(" ", {}, element("<button></button>", "button")))).toBeUndefined();
    expect(actionOf(press(" ", {}, element("<textarea></textarea>", "textarea")))).toBeUndefined();
  });
});

describe("push to talk", () => {
  const said: boolean[] = [];
  const talk = new Talk((on) => said.push(on));
  it("opens a muted microphone while the key is down, once", () => {
    talk.press(true);
    talk.press(true);
    talk.release();
    talk.release();
    expect(said.splice(0)).toEqual([true, false]);
  });
  it("does not mute who was heard before", () => {
    talk.press(false);
    talk.release();
    expect(said.splice(0)).toEqual([]);
  });
});

describe("one's own picture", () => {
  const stage = { width: 1000, height: 600 };
  const still = { x: 0, y: 0 };
  it("lies down in the nearest corner", () => {
    expect(nearestCorner({ x: 900, y: 500 }, still, stage, false)).toBe("bottom-end");
    expect(nearestCorner({ x: 100, y: 100 }, still, stage, false)).toBe("top-start");
    expect(nearestCorner({ x: 100, y: 100 }, still, stage, true)).toBe("top-end");
  });
  it("flies on when it is thrown", () => {
    expect(nearestCorner({ x: 600, y: 100 }, { x: -2, y: 0 }, stage, false)).toBe("top-start");
    expect(nearestCorner({ x: 600, y: 100 }, { x: -0.2, y: 0 }, stage, false)).toBe("top-end");
  });
  it("walks along the sides by arrow keys, as the eye sees them", () => {
    expect(cornerByKey("top-end", "ArrowDown", false)).toBe("bottom-end");
    expect(cornerByKey("top-end", "ArrowLeft", false)).toBe("top-start");
    expect(cornerByKey("top-end", "ArrowLeft", true)).toBe("top-end");
    expect(cornerByKey("top-end", "ArrowRight", true)).toBe("top-start");
    expect(CORNERS.map((corner) => cornerByKey(corner, "m", false))).toEqual([undefined, undefined, undefined, undefined]);
  });
  it("is where it was the next time, and survives rubbish in the storage", () => {
    changeTaste({ corner: "bottom-start" });
    changeTaste({ selfHidden: true });
    expect(recallTaste()).toEqual({ corner: "bottom-start", selfHidden: true });
    localStorage.setItem("parlor.stage", '{"corner":"middle"}');
    expect(recallTaste()).toEqual({ corner: "top-end", selfHidden: false });
    localStorage.setItem("parlor.stage", "{rubbish");
    expect(recallTaste().corner).toBe("top-end");
  });
});
