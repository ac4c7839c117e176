import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { byArea } from "./areas";
import { bestOf, LANGUAGES, preferred, speak } from "./languages";
import { translator } from "./translate";

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes(".test.") ? [readFileSync(path, "utf8")] : [];
  });

const files = import.meta.glob<Record<string, string>>("./*/*.json", { eager: true, import: "default" });
const english = byArea(Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith("./en/"))));
const holes = (words: string): string[] => (words.match(/\{\w+\}/g) ?? []).sort();
const stem = (key: string) => key.replace(/\.(zero|one|two|few|many|other)$/, "");

/** Languages that say everything, but for the areas that one of them gets later. */
const COMPLETE = ["de", "es", "fr", "sw", "hi"];
const LATER: Record<string, string[]> = {};
/** What is the same as in English and right so. */
const SAME: Record<string, string[]> = {
  every: [
    ...["Outlook", "Google Calendar"],
    ...["Parlor", "{city} {time}", "{kind} {number}", "{kbps} kbit/s", "{count} ms"],
    ...["M-Pesa", "Razorpay", "Stripe", "{coins}/min", "{name}, {amount}", "STARTTLS (587)"],
  ],
  de: ["(optional)", "Admin", "Admins", "Chat", "Details", "Hand", "Host", "Hosts", "Live", "Minute", "Offline", "Online", "Relay"],
  es: ["Chat", "No"],
  fr: [
    ...["Administration", "Client", "Date", "Direct", "Invitation", "Menu", "Message", "Messages", "Minute", "Note", "Participants", "Surprise"],
    ...["minutes", "{count} minute", "{count} minutes", "{when}, {count} minutes"],
  ],
  sw: ["Data", "Emoji"],
};

describe("the English catalogue", () => {
  const code = sources(join(process.cwd(), "src")).join("\n");
  it.each(Object.keys(english))("%s holds no words that nobody says", (area) => {
    const stems = Object.keys(english[area] ?? {}).map(stem);
    // Keys with a computed end are looked for by their beginning.
    const said = (it: string) =>
      code.includes(`"${it}"`) || it.split(".").some((_, last, parts) => code.includes(`\`${parts.slice(0, last + 1).join(".")}.\${`));
    const unused = stems.filter((it) => !said(it));
    expect(unused).toEqual([]);
  });
});

describe.each(LANGUAGES.filter(({ value }) => value !== "en"))("$label", ({ value: language }) => {
  const areas = byArea(Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith(`./${language}/`))));
  const plurals = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  it("says nothing that English does not", () => {
    for (const [area, words] of Object.entries(areas)) {
      const known = new Set(Object.keys(english[area] ?? {}).map(stem));
      expect(Object.keys(words).filter((key) => !known.has(stem(key)))).toEqual([]);
    }
  });
  it("fills in the same", () => {
    for (const [area, words] of Object.entries(areas))
      for (const [key, text] of Object.entries(words)) {
        const source = english[area]?.[key] ?? english[area]?.[`${stem(key)}.other`] ?? "";
        // "one minute" may leave out the number; nothing else may be left out.
        const needed = holes(source).filter((hole) => hole !== "{count}" || holes(text).includes("{count}"));
        expect(holes(text), `${language}/${area} ${key}`).toEqual(needed);
      }
  });
  it("has a form for every number", () => {
    for (const [area, words] of Object.entries(areas)) {
      const counted = new Set(Object.keys(words).filter((key) => key !== stem(key)).map(stem));
      const missing = [...counted].flatMap((it) => plurals.map((form) => `${it}.${form}`)).filter((key) => !(key in words));
      // Intl names a form for millions in Spanish and French that `other` serves.
      expect(missing.filter((key) => !key.endsWith(".many")), `${language}/${area}`).toEqual([]);
    }
  });
});

describe.each(COMPLETE)("a page in %s", (language) => {
  it.each(Object.keys(english).filter((area) => !LATER[language]?.includes(area)))("says all of %s, and not in English", (area) => {
    const words = files[`./${language}/${area}.json`] ?? {};
    const same = [...(SAME["every"] ?? []), ...(SAME[language] ?? [])];
    const source = Object.entries(english[area] ?? {});
    expect(source.flatMap(([key]) => (words[key] ? [] : [key])), "missing").toEqual([]);
    expect(source.flatMap(([key, text]) => (words[key] === text && !same.includes(text) ? [key] : [])), "left in English").toEqual([]);
  });
});

describe("speak", () => {
  const t = translator("app", english["app"] as { "time.today": string });
  it("changes the words, the page's language and what is kept, and goes back", async () => {
    await speak("de");
    expect([t("time.today"), document.documentElement.lang, preferred()]).toEqual(["Heute", "de", "de"]);
    await speak("en");
    expect([t("time.today"), document.documentElement.lang, preferred()]).toEqual(["Today", "en", "en"]);
  });
  it("obeys the last word when two are said at once", async () => {
    await Promise.all([speak("fr"), speak("en")]);
    expect(t("time.today")).toBe("Today");
  });
  it("finds the best of what a browser asks for", () => {
    expect(bestOf(["pt-BR", "de-AT", "en"])).toBe("de");
    expect(bestOf([null, "xx"])).toBe("en");
  });
});

describe("translator", () => {
  const t = translator("test", { hello: "Hello {name}", "apple.one": "{count} apple", "apple.other": "{count} apples" });
  it("fills in, and leaves alone what it is not given", () => {
    expect(t("hello", { name: "Ada" })).toBe("Hello Ada");
    expect(t("hello")).toBe("Hello {name}");
    expect(t("hello", { name: "{name}" })).toBe("Hello {name}");
  });
  it("counts", () => {
    expect(t("apple", { count: 1 })).toBe("1 apple");
    expect(t("apple", { count: 1200 })).toBe("1,200 apples");
  });
});
