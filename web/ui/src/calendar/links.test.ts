import { describe, expect, it } from "vitest";
import { googleLink, outlookLink } from "./links";

const talk = {
  subject: "Talk & walk",
  description: "First line",
  startsAt: Date.UTC(2026, 2, 29, 3, 0),
  minutes: 50,
  link: "https://parlor.example/j/abc",
};

describe("addresses of calendars", () => {
  it("name the instants in UTC and lose no sign", () => {
    const google = new URL(googleLink(talk));
    expect(google.searchParams.get("dates")).toBe("20260329T030000Z/20260329T035000Z");
    expect(google.searchParams.get("text")).toBe("Talk & walk");
    expect(google.searchParams.get("details")).toBe("First line\n\nhttps://parlor.example/j/abc");
    const outlook = new URL(outlookLink(talk));
    expect(outlook.searchParams.get("startdt")).toBe("2026-03-29T03:00:00.000Z");
    expect(outlook.searchParams.get("enddt")).toBe("2026-03-29T03:50:00.000Z");
    expect(outlook.href).not.toContain("+");
  });
});
