import { describe, expect, it } from "vitest";
import { actionWords, type AuditRecord, questionOf, whoWords } from "./words";

const record = (it: Partial<AuditRecord>) => ({ userName: "", who: "client", ...it }) as AuditRecord;

describe("the audit log in words", () => {
  it("says who tried, also when nobody knows", () => {
    expect(whoWords(record({ userName: "Ada" }))).toBe("Ada");
    expect(whoWords(record({ who: "nobody" }))).toBe("Somebody unknown");
    expect(whoWords(record({}))).toBe("Somebody whose account is gone");
  });

  it("shows an action of a newer server as it is called", () => {
    expect(actionWords("login")).toBe("Log in");
    expect(actionWords("moon_landing")).toBe("moon_landing");
  });

  it("asks for whole days where the reader is, and leaves out what is empty", () => {
    const asked = questionOf(new URLSearchParams("person=&action=login&from=2026-03-02&to=2026-03-02&x=1"));
    expect([...asked.keys()]).toEqual(["action", "from", "to"]);
    expect(Number(asked.get("from"))).toBe(new Date(2026, 2, 2).getTime());
    expect(Number(asked.get("to"))).toBe(new Date(2026, 2, 3).getTime());
    expect([...questionOf(new URLSearchParams("from=yesterday")).keys()]).toEqual([]);
  });
});
