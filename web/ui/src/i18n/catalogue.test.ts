import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import english from "./en.json";
import { translator } from "./translate";

const sources = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes(".test.") ? [readFileSync(path, "utf8")] : [];
  });

describe("the catalogue", () => {
  it("holds no words that nobody says", () => {
    const code = sources(join(process.cwd(), "src")).join("\n");
    const stems = Object.keys(english).map((key) => key.replace(/\.(one|other)$/, ""));
    // Keys with a computed end are looked for by their beginning.
    const unused = stems.filter((stem) => !code.includes(`"${stem}"`) && !code.includes(`\`${stem.split(".")[0]}.\${`));
    expect(unused).toEqual([]);
  });
});

describe("translator", () => {
  const t = translator({ hello: "Hello {name}", "apple.one": "{count} apple", "apple.other": "{count} apples" });
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
