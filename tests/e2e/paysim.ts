// The gateways' stand-in as a process: strict, stateful, and scripted over HTTP.
import { type ChildProcess, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const parlor = process.env.PARLOR ?? new URL("../../target/debug/parlor", import.meta.url).pathname;
const binary = process.env.PAYSIM ?? join(dirname(parlor), "paysim");

export class Paysim {
  url = "";
  /** What a server must be told to find it, without the prefix of the variables. */
  readonly settings: Record<string, string> = {};

  private constructor(private readonly child: ChildProcess) {}

  static async start(): Promise<Paysim> {
    const child = spawn(binary, [], { stdio: ["ignore", "pipe", "inherit"] });
    const paysim = new Paysim(child);
    await new Promise<void>((ready, failed) => {
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`paysim ended with ${code}`)));
      createInterface({ input: child.stdout! }).on("line", (line) => {
        const [, key, value] = /^PARLOR__(\w+)=(.*)$/.exec(line) ?? [];
        if (key) paysim.settings[key] = value!;
        if (line.startsWith("paysim ")) paysim.url = line.slice("paysim ".length);
        if (line === "ready") ready();
      });
    });
    return paysim;
  }

  /** Sets what comes next; the fields are in tests/paysim/src/lib.rs. */
  async script(changes: Record<string, unknown>): Promise<void> {
    await this.ask("POST", "script", changes);
  }

  /** The payer's bank asks for the money ("created"), and decides ("won", "lost"). */
  async dispute(gateway: string, payment: string, word: string): Promise<void> {
    await this.ask("POST", "dispute", { gateway, payment, word });
  }

  /** Requests that the real gateways would not have liked. */
  async violations(): Promise<string[]> {
    return ((await this.ask("GET", "state")) as { violations: string[] }).violations;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    await new Promise((resolve) => {
      this.child.once("exit", resolve);
      this.child.kill();
    });
  }

  private async ask(method: string, what: string, body?: unknown): Promise<unknown> {
    const init: RequestInit = { method };
    if (body !== undefined) init.body = JSON.stringify(body);
    const answer = await fetch(`${this.url}/_sim/${what}`, init);
    if (!answer.ok) throw new Error(`paysim: ${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
