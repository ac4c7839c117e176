import { afterEach, expect, test } from "vitest";
import { speak } from ".";
import { named } from "./erased";

afterEach(() => speak("en"));

test("an erased person has a name in the reader's language, and messages stay as they were written", async () => {
  const answer = JSON.stringify({ name: "Deleted person", hostName: "Deleted person", author: "Deleted person", text: "Deleted person", other: { name: "Ada" } });
  await speak("de");
  const read = JSON.parse(answer, named) as Record<string, unknown>;
  expect(read).toEqual({ name: "Gelöschte Person", hostName: "Gelöschte Person", author: "Gelöschte Person", text: "Deleted person", other: { name: "Ada" } });
});
