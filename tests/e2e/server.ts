// The real binary in a temporary folder, on ports that the system chooses.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.PARLOR ?? new URL("../../target/debug/parlor", import.meta.url).pathname;

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export class Server {
  /** What people type into the address bar, without a slash at the end. */
  url = "";
  /** The relay's address, host:port. */
  relay = "";
  /** The link printed for the first admin. */
  setupLink = "";
  readonly log: string[] = [];
  private child?: ChildProcess;
  private readonly folder = mkdtempSync(join(tmpdir(), "parlor-e2e-"));

  /** `settings` are environment variables without their prefix, for example { MEETINGS__ROOM_PEOPLE_MAX: "2" }. */
  private constructor(
    private readonly settings: Record<string, string>,
    private readonly flags: string[],
    private readonly through: string[],
  ) {}

  /** No flags at all is how it runs in production. `through` goes before the command, for another network namespace. */
  static async start(settings: Record<string, string> = {}, flags = ["--dev"], through: string[] = []): Promise<Server> {
    const server = new Server(settings, flags, through);
    await server.spawn();
    return server;
  }

  /** Starts again after `kill`, on the same ports and folder. */
  async restart(): Promise<void> {
    await this.spawn();
  }

  /** Power-cord style. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Waits until a mail to this address with these words in its subject is there. */
  async mail(to: string, subject: RegExp): Promise<Mail> {
    for (;;) {
      const mails = (await (await fetch(`${this.url}/dev/mailbox.json`)).json()) as Mail[];
      const found = mails.find((mail) => mail.to.includes(to) && subject.test(mail.subject));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  private async spawn(): Promise<void> {
    const again = this.url !== "";
    const [command, ...words] = [...this.through, binary, "serve", ...this.flags];
    const child = spawn(command!, words, {
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: process.env.PATH,
        PARLOR__SERVER__LISTEN: again ? `127.0.0.1:${new URL(this.url).port}` : "127.0.0.1:0",
        PARLOR__SERVER__PUBLIC_URL: again ? this.url : "http://localhost:0",
        PARLOR__RELAY__LISTEN: "127.0.0.1",
        PARLOR__RELAY__PORT: again ? this.relay.split(":").at(-1) : "0",
        PARLOR__RELAY__TLS_PORT: "0",
        // Above the ports that the system chooses from, so that no listener can lie inside.
        PARLOR__RELAY__PORT_MIN: "61000",
        PARLOR__LOG__FORMAT: "json",
        // All browsers of a test come from one address.
        PARLOR__LIMITS__ANONYMOUS_PER_IP_PER_15_MIN: "100000",
        PARLOR__LIMITS__HANDSHAKES_PER_IP_PER_MIN: "10000",
        ...Object.fromEntries(Object.entries(this.settings).map(([key, value]) => [`PARLOR__${key}`, value])),
      },
    });
    this.child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const link = /http\S+\/setup\/\S+/.exec(line);
      if (link) this.setupLink = link[0];
    });
    await new Promise<void>((ready, failed) => {
      createInterface({ input: child.stderr! }).on("line", (line) => {
        this.log.push(line);
        if (!line.startsWith("{")) return;
        const entry = JSON.parse(line) as { message?: string; url?: string; relay?: string };
        if (entry.message === "ready") {
          this.url = entry.url!;
          this.relay = entry.relay ?? "";
          ready();
        }
      });
      child.once("exit", (code) => failed(new Error(`parlor ended with ${code}:\n${this.log.join("\n")}`)));
    });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => {
      child.once("exit", resolve);
      child.kill(signal);
    });
  }
}
