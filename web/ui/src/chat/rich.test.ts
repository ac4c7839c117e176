import { expect, it } from "vitest";
import { pieces } from "./rich";

const links = (text: string) => pieces(text).flatMap((it) => ("href" in it ? [it.href] : []));

it("finds addresses and leaves the sentence around them", () => {
  expect(pieces("See https://a.example/x. Thanks")).toEqual([
    { text: "See " },
    { text: "https://a.example/x", href: "https://a.example/x" },
    { text: ". Thanks" },
  ]);
  expect(links("(https://a.example/x_(y))")).toEqual(["https://a.example/x_(y)"]);
  expect(links("https://a.example and http://b.example/?q=1&r=2!")).toEqual(["https://a.example/", "http://b.example/?q=1&r=2"]);
});

it("makes no link of what runs or pretends", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,<script>",
    "https://bank.example@evil.example/",
    "https://",
    "file:///etc/passwd",
    "www.example.com",
  ])
    expect(links(text), text).toEqual([]);
});

it("loses no word", () => {
  const text = "a https://a.example, b\nhttps://b.example/<i> c";
  expect(
    pieces(text)
      .map((it) => it.text)
      .join(""),
  ).toBe(text);
});
