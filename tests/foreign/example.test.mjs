// The example client of the documents (docs/example-client.mjs), run as its reader would run it: two of
// them in two processes, one with an account and one by a join link, against the real binary.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, test } from "node:test";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Parlor } from "./parlor.mjs";

const client = fileURLToPath(new URL("../../docs/example-client.mjs", import.meta.url));
// The folder in which `ws` is installed.
const cwd = fileURLToPath(new URL(".", import.meta.url));

/** A running copy: one types lines, and waits for lines. */
class Copy {
  #lines = [];
  #woken = () => {};

  constructor(...words) {
    this.child = spawn(process.execPath, [client, ...words], { cwd, stdio: ["pipe", "pipe", "inherit"] });
    this.ended = new Promise((resolve) => this.child.once("exit", resolve));
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#woken();
    });
  }

  type(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** The next line that it prints like this; earlier ones are over. */
  async prints(wanted) {
    const end = AbortSignal.timeout(30_000);
    for (;;) {
      while (this.#lines.length) {
        const line = this.#lines.shift();
        if (wanted instanceof RegExp ? wanted.test(line) : line === wanted) return line;
      }
      await new Promise((resolve, reject) => {
        this.#woken = resolve;
        end.addEventListener("abort", () => reject(new Error(`it never printed ${wanted}`)), { once: true });
      });
    }
  }
}

let parlor;
const copies = [];
const start = (...words) => copies[copies.push(new Copy(...words)) - 1];

before(async () => (parlor = await Parlor.start()));
after(async () => {
  for (const { child } of copies) child.kill();
  await parlor.stop();
});

test("two copies of the example client chat, and one comes back after a cut with nothing missed", async () => {
  const meeting = await parlor.invite({ lobby: true });
  const host = start(`${parlor.url}/video-call/${meeting.id}`, ...parlor.credentials);
  await host.prints("* here: nobody else");
  const guest = start(meeting.link.replace(/^.*(?=\/j\/)/, parlor.url), "Guest");
  await guest.prints("* you wait at the door");
  await host.prints("* at the door: Guest");
  host.type("/admit");
  await guest.prints("* you are let in");
  await guest.prints("* here: Amina");
  await host.prints("* Guest came");

  guest.type("Good morning");
  await guest.prints("* said as number 1");
  await host.prints("Guest: Good morning");

  guest.type("/cut");
  await host.prints("* somebody's line is lost");
  host.type("Are you there?");
  await host.prints("* said as number 2");
  guest.type("/back");
  await guest.prints(/^\* resumed, [1-9]\d* events to come$/);
  await guest.prints("Amina: Are you there?");
  await host.prints("* their line is back");
  guest.type("Again, yes");
  await host.prints("Guest: Again, yes");

  guest.type("/leave");
  assert.equal(await guest.ended, 0);
  await host.prints("* somebody is gone (left)");
  host.type("/leave");
  assert.equal(await host.ended, 0);
});
