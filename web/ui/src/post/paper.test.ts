import { describe, expect, it } from "vitest";
import { parsed } from "./paper";

describe("a mail on paper", () => {
  it("keeps its styles aside and nothing that acts", () => {
    const body = parsed(
      '<body style="margin:0"><p style="color:red">a</p><script>x()</script><img src="https://t.example/p.gif"><form action="/x"></form></body>',
    );
    expect(body.querySelector("p")?.getAttribute("data-worn")).toBe("color:red");
    expect(body.querySelector("script, img, form")).toBeNull();
    expect(body.querySelector("[style]")).toBeNull();
  });
});
