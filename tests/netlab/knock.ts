// Somebody who opens the pages of a server again and again, each time on a new connection: whoever is
// refused, cut off or kept waiting for too long is counted, with the reason.
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";

/** Longer than an exchange of the server takes on a busy machine, in ms. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 20;

export class Knock {
  answers = 0;
  /** The longest that somebody waited for an answer, in ms. */
  longestMs = 0;
  readonly failures: string[] = [];
  private on = true;
  private readonly loops: Promise<void>[];

  constructor(
    private readonly host: string,
    authority: string,
  ) {
    const ca = readFileSync(authority);
    const secure = () => connectTls({ host, port: 443, servername: host, ca });
    const plain = () => connect({ host, port: 80 });
    this.loops = [this.loop("443", secure, /^HTTP\/1.1 200 /), this.loop("80", plain, /^HTTP\/1.1 308 /)];
  }

  async stop(): Promise<void> {
    this.on = false;
    await Promise.all(this.loops);
  }

  private async loop(port: string, open: () => ReturnType<typeof connect>, fits: RegExp): Promise<void> {
    while (this.on) {
      const began = Date.now();
      await this.ask(open, fits).catch((error: Error) => this.failures.push(`port ${port}: ${error.message}`));
      this.longestMs = Math.max(this.longestMs, Date.now() - began);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private ask(open: () => ReturnType<typeof connect>, fits: RegExp): Promise<void> {
    return new Promise((done, failed) => {
      const line = open();
      let answer = "";
      line.setTimeout(PATIENCE_MS, () => line.destroy(new Error(`no answer within ${PATIENCE_MS / 1000} s`)));
      line.on("error", failed);
      line.on("data", (bytes: Buffer) => (answer += bytes.toString("latin1")));
      line.on("close", () => {
        if (!fits.test(answer)) return failed(new Error(`answered ${JSON.stringify(answer.slice(0, 80))}`));
        this.answers += 1;
        done();
      });
      line.write(`GET / HTTP/1.1\r\nHost: ${this.host}\r\nConnection: close\r\n\r\n`);
    });
  }
}
