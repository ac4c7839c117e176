import { expect, it } from "vitest";
import { look, type Phase, phaseAfter, type Seen } from "./coming";

it("is back when another process answers", () => {
  const nobody: Seen = { kind: "nobody" };
  const somebody: Seen = { kind: "somebody" };
  const process = (it: string): Seen => ({ kind: "process", process: it });
  const after = (...all: Seen[]) => all.reduce<Phase>((before, seen) => phaseAfter(before, seen, "old"), "stopping");
  expect(after()).toBe("stopping");
  expect(after(process("old"), somebody)).toBe("stopping");
  expect(after(process("old"), nobody)).toBe("starting");
  // systemd holds the ports: nobody is ever refused.
  expect(after(process("new"))).toBe("back");
  expect(after({ kind: "refused" })).toBe("back");
  expect(after(nobody, somebody)).toBe("back");
  expect(after(nobody, process("new"), nobody)).toBe("back");
});

it("takes every failure for an answer", async () => {
  const ask = (answer: () => Promise<Response>) => look(answer, "t", (body) => (body as { p?: string }).p);
  const says = (body: string, status = 200) => () => Promise.resolve(new Response(body, { status }));
  expect(await ask(says('{"p":"7"}'))).toEqual({ kind: "process", process: "7" });
  expect(await ask(says("{}", 401))).toEqual({ kind: "refused" });
  expect(await ask(says("{}", 429))).toEqual({ kind: "somebody" });
  expect(await ask(says("Bad gateway", 502))).toEqual({ kind: "nobody" });
  expect(await ask(() => Promise.reject(new TypeError("refused")))).toEqual({ kind: "nobody" });
});
