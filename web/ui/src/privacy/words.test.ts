/** Every class of data that the server knows has words on the operator's page. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "../i18n/en/privacy.json";

test("a class of data is called by words in the reader's language, not by the server's", () => {
  const map = readFileSync("../../data/src/personal/map.rs", "utf8");
  const classes = [...map.matchAll(/\bclass\(\s*"(\w+)"/g)].map((it) => it[1]!);
  expect(classes.length).toBeGreaterThan(20);
  expect(classes.filter((it) => !(`class.${it}` in en))).toEqual([]);
});
