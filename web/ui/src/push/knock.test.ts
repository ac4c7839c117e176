/** What the worker makes of a knock, in the words of the real catalogues. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { noticeWords } from "../../build/worker";
import { free, shown, understood } from "../worker/knock";

const words = noticeWords("src/i18n");

describe("the worker's words", () => {
  it("are there in every language, for every kind, and without a name when none was sent", () => {
    expect(Object.keys(words)).toEqual(["de", "en", "es", "fr", "hi", "sw"]);
    expect(readdirSync("src/i18n", { withFileTypes: true }).filter((it) => it.isDirectory())).toHaveLength(6);
    for (const [language, of] of Object.entries(words)) {
      expect(Object.keys(of).sort(), language).toEqual(Object.keys(words["en"]!).sort());
      for (const [key, text] of Object.entries(of)) if (key.startsWith("bare.")) expect(text, `${language} ${key}`).not.toMatch(/\{/);
    }
  });
});

describe("a knock", () => {
  const message = { kind: "message", seq: 7 };
  it("says the kind only, in the reader's language or else the browser's", () => {
    expect(shown({ ...message, lang: "de" }, ["fr"], words)).toEqual({
      words: "Sie haben eine neue Nachricht",
      lang: "de",
      tag: "message-",
      path: "/n/7",
    });
    expect(shown({ ...message, lang: "xx" }, ["pt-BR", "fr-CA"], words).words).toBe("Vous avez un nouveau message");
    expect(shown(message, [], words).lang).toBe("en");
  });
  it("says the name where its reader wished so", () => {
    expect(shown({ ...message, name: "Bo $& {name}" }, [], words).words).toBe("New message from Bo $& {name}");
    expect(shown({ kind: "booking-request", seq: 8, name: "Bo" }, [], words)).toMatchObject({
      words: "Bo asks for a meeting",
      tag: "booking-request-8",
    });
  });
  it("says the kind only where the full words want more than a name", () => {
    const some = { en: { "kind.x": "{name} at {when}", "bare.x": "At some time", "kind.y": "Coins" , "bare.y": "Coins came" } };
    expect(shown({ kind: "x", seq: 1, name: "Bo" }, [], some).words).toBe("At some time");
    expect(shown({ kind: "y", seq: 1, name: "Bo" }, [], some).words).toBe("Coins came");
  });
  it("of a kind from a newer server is news all the same, and so is what cannot be read", () => {
    expect(shown({ kind: "strange", seq: 9, name: "Bo" }, [], words)).toMatchObject({ words: "There is news for you", path: "/n/9" });
    for (const odd of [undefined, null, "x", {}, { kind: 1, seq: 1 }, { kind: "message", seq: 0 }, { kind: "message", seq: 1.5 }])
      expect(shown(understood(odd), [], words)).toMatchObject({ words: "There is news for you", path: "/" });
    expect(understood({ ...message, lang: null, name: "", more: 1 })).toEqual(message);
  });
});

describe("a click", () => {
  const page = (path: string, visibilityState = "hidden") => ({ url: `https://a${path}`, visibilityState });
  it("takes the page that is looked at, and nobody away from a call or a payment", () => {
    expect(free([page("/meetings"), page("/messages", "visible")])?.url).toBe("https://a/messages");
    expect(free([page("/video-call/1", "visible"), page("/account")])?.url).toBe("https://a/account");
    expect(free([page("/call/1"), page("/wallet/buy"), page("/book/a/b")])).toBeUndefined();
  });
});
