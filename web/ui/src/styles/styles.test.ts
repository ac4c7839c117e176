import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = join(process.cwd(), "src");
const sheets = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".css"));
// Sides of the screen instead of the text: wrong for whoever reads from right to left.
const PHYSICAL = /(?<![-\w])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)|left|right|float)\s*:|text-align:\s*(?:left|right)/;

describe.each(sheets)("%s", (path) => {
  it("speaks of start and end, not of left and right", () => {
    const rules = readFileSync(join(folder, path), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
    expect(rules.split("\n").filter((line) => PHYSICAL.test(line) && !/safe-area-inset|background/.test(line))).toEqual([]);
  });
});
