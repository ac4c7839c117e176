import { expect, it } from "vitest";
import { blocks, spans, titled } from "./markdown";

it("knows headings, paragraphs, lists and rules", () => {
  const text = "# Terms\n\nOne line\nof a paragraph.\n\n## What\n- first\n  goes on\n* second\n\n3. third\n4) fourth\n---\nend";
  expect(blocks(text)).toEqual([
    { kind: "heading", level: 1, line: [{ text: "Terms" }] },
    { kind: "paragraph", lines: [[{ text: "One line of a paragraph." }]] },
    { kind: "heading", level: 2, line: [{ text: "What" }] },
    { kind: "list", ordered: false, start: 1, items: [[{ text: "first goes on" }], [{ text: "second" }]] },
    { kind: "list", ordered: true, start: 3, items: [[{ text: "third" }], [{ text: "fourth" }]] },
    { kind: "rule" },
    { kind: "paragraph", lines: [[{ text: "end" }]] },
  ]);
});

it("keeps lines apart where the writer says so", () => {
  expect(blocks("Dr Njeri  \nRiver Road 4\\\nNairobi")).toEqual([
    { kind: "paragraph", lines: [[{ text: "Dr Njeri" }], [{ text: "River Road 4" }], [{ text: "Nairobi" }]] },
  ]);
});

it("makes words bold and links of addresses", () => {
  expect(spans("We **never sell** data; see [our page](https://a.example/x) or https://b.example.")).toEqual([
    { text: "We " },
    { text: "never sell", bold: true },
    { text: " data; see " },
    { text: "our page", href: "https://a.example/x" },
    { text: " or " },
    { text: "https://b.example", href: "https://b.example/" },
    { text: "." },
  ]);
  expect(spans("[terms](/terms) [mail](mailto:a@b.example)")).toEqual([
    { text: "terms", href: "/terms" },
    { text: " " },
    { text: "mail", href: "mailto:a@b.example" },
  ]);
});

it("makes nothing of what runs, pretends or is HTML", () => {
  for (const text of ["[x](javascript:alert)", "[x](//evil.example)", "[x](https://bank.example@evil.example/)", "<img src=x onerror=alert(1)>", "2 ** 3 ** 4"])
    expect(spans(text), text).toEqual([{ text }]);
});

it("takes the title from the first heading only", () => {
  expect(titled("# Terms\nx").title).toBe("Terms");
  expect(titled("x\n# Terms").title).toBeNull();
  expect(titled("## Terms").rest).toHaveLength(1);
  expect(titled("")).toEqual({ title: null, rest: [] });
});
