import { describe, expect, it } from "vitest";
import { Recovery, type RecoveryInput } from "./recovery";

/**
 * A script, one line a step: `<ms> <input>`, with the answer behind a bar. Between the steps the
 * machine is woken whenever it asks for it, so `(2500 restart)` in an answer is an effect of time.
 */
function play(script: string, polite = false): { said: string; expected: string }[] {
  const machine = new Recovery(polite, 0);
  const inputs: Record<string, RecoveryInput> = {
    up: { kind: "ice", state: "up" },
    trying: { kind: "ice", state: "trying" },
    disconnected: { kind: "ice", state: "disconnected" },
    failed: { kind: "ice", state: "failed" },
    silent: { kind: "silent" },
    heard: { kind: "heard" },
    cut: { kind: "signaling", ready: false },
    back: { kind: "signaling", ready: true },
    nudge: { kind: "nudge" },
    renew: { kind: "renew" },
    retry: { kind: "retry" },
    begun: { kind: "begun" },
  };
  const words = (effects: ReturnType<Recovery["handle"]>) =>
    effects.map((effect) => (effect.kind === "show" ? effect.state : "RESTART"));
  return script
    .trim()
    .split("\n")
    .map((line) => {
      const [left = "", expected = ""] = line.split("|").map((part) => part.trim());
      const [at = "", name = ""] = left.split(/\s+/);
      const said: string[] = [];
      for (let guard = 0; guard < 100; guard++) {
        const due = machine.deadline;
        if (due === undefined || due > Number(at)) break;
        const effects = words(machine.handle({ kind: "time" }, due));
        said.push(...effects.map((word) => `${word}@${due}`));
        if (effects.length === 0 && machine.deadline === due) throw new Error(`asks for ${due} again and again`);
      }
      const input = inputs[name];
      if (input !== undefined) said.push(...words(machine.handle(input, Number(at))));
      return { said: said.join(" "), expected };
    });
}

function check(script: string, polite = false): void {
  for (const { said, expected } of play(script, polite)) expect(said).toBe(expected);
}

describe("the first connection", () => {
  it("is tried anew after 15 s and given up after 30 s", () =>
    check(`
      1000  trying | 
      60000 -      | RESTART@15000 RESTART@19000 RESTART@25000 failed@30000
    `));
  it("is left to itself when the socket comes and goes", () =>
    check(`
      1000  cut    | 
      2000  back   | 
      3000  nudge  | 
      4000  up     | connected
      60000 -      | 
    `));
});

describe("a break", () => {
  it("is shown at once and waited out", () =>
    check(`
      0     up           | connected
      10000 disconnected | unstable
      12400 up           | connected
      90000 -            | 
    `));
  it("that lasts is healed by a restart", () =>
    check(`
      0     up           | connected
      10000 disconnected | unstable
      12600 -            | reconnecting@12500 RESTART@12500
      12800 up           | connected
      90000 -            | 
    `));
  it("is left to the other side for a moment by the polite one", () =>
    check(
      `
      0     up           | connected
      10000 disconnected | unstable
      13900 -            | 
      14000 -            | reconnecting@14000 RESTART@14000
      15000 up           | connected
    `,
      true,
    ));
  it("that ICE gave up is restarted at once, with longer and longer pauses, until a person is asked", () =>
    check(`
      0     up     | connected
      10000 failed | reconnecting RESTART
      40000 -      | RESTART@14000 RESTART@20000 RESTART@28000 RESTART@36000 failed@40000
      90000 failed | 
      91000 retry  | reconnecting RESTART
      92000 up     | connected
    `));
  it("is not hurried by the same bad news twice", () =>
    check(`
      0     up     | connected
      10000 failed | reconnecting RESTART
      10000 failed | 
      11500 trying | 
      12000 failed | 
      14001 -      | RESTART@14000
    `));
  it("given up still heals when the network is another one", () =>
    check(`
      0     up     | connected
      10000 failed | reconnecting RESTART
      60000 nudge  | RESTART@14000 RESTART@20000 RESTART@28000 RESTART@36000 failed@40000 reconnecting RESTART
    `));
});

describe("the network", () => {
  it("that changed restarts what is broken, and only that", () =>
    check(`
      0     up           | connected
      5000  nudge        | 
      10000 disconnected | unstable
      10100 nudge        | reconnecting RESTART
    `));
  it("that changed restarts the polite side at once, too: only it knows", () =>
    check(
      `
      0     up           | connected
      10000 disconnected | unstable
      10100 nudge        | reconnecting RESTART
    `,
      true,
    ));
  it("that gives three signs in a second makes one restart", () =>
    check(`
      0     up           | connected
      10000 failed       | reconnecting RESTART
      10200 nudge        | 
      10400 nudge        | 
      10999 -            | 
      11001 -            | RESTART@11000
    `));
});

describe("without signaling", () => {
  it("nothing is begun, and everything the moment it is back", () =>
    check(`
      0     up           | connected
      10000 cut          | 
      11000 disconnected | unstable
      20000 -            | reconnecting@13500
      25000 back         | RESTART
      25200 up           | connected
    `));
  it("what was given up is begun again when it is back", () =>
    check(`
      0     up           | connected
      10000 cut          | 
      11000 failed       | reconnecting
      50000 back         | failed@41000 reconnecting RESTART
    `));
  it("a break soon after another that healed does not wait for the first one's restart", () =>
    check(`
      100 up | connected
      1000 cut |
      1000 silent | reconnecting
      2000 back | RESTART
      2300 heard | connected
      3000 cut |
      3000 silent | reconnecting
      4500 back | RESTART
    `));

  it("media that flows is not touched", () =>
    check(`
      0     up   | connected
      10000 cut  | 
      20000 back | 
    `));
});

describe("a restart that waited for its credentials", () => {
  it("counts from when it goes out: what came meanwhile brings no second one", () =>
    check(`
      0     up     | connected
      10000 silent | reconnecting RESTART
      10300 nudge  | 
      10900 begun  | 
      14800 -      | 
      14900 -      | RESTART@14900
      15000 up     | 
      15100 heard  | connected
    `));
});

describe("silence", () => {
  it("is believed before ICE notices, and its end too", () =>
    check(`
      0     up     | connected
      10000 silent | reconnecting RESTART
      10300 heard  | connected
      90000 -      | 
    `));
  it("before there was a connection says nothing", () =>
    check(`
      100   silent | 
      200   up     | connected
    `));
});

describe("a relay that began anew", () => {
  it("while the other side is away is answered once they are back, with one restart", () =>
    check(`
      0     up     | connected
      10000 cut    | 
      10100 renew  | 
      10300 back   | RESTART
      10350 begun  | 
      10400 cut    | 
      10500 silent | reconnecting
      10600 back   | 
      11500 heard  | connected
      90000 -      | 
    `));
  it("is answered by the impolite side, without a word", () => {
    check(`
      0     up    | connected
      10000 renew | RESTART
      90000 -     | 
    `);
    check(
      `
      0     up    | connected
      10000 renew | 
    `,
      true,
    );
  });
});
