// Debian's `pebble`, a small authority that speaks ACME, beside the lab's core: it looks names up in the
// lab's DNS and comes to the server as an authority of the internet would.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "./senses";
import { sign } from "./trust";
import { CORE_IP } from "./world";

const PORT = 14000;
const MANAGEMENT_PORT = 15000;

export class Authority {
  readonly directory = `https://${CORE_IP}:${PORT}/dir`;

  private constructor(
    /** Whose signature proves the directory's own https: a PEM file. */
    readonly own: string,
    /** Who signs what it gives: a PEM file that browsers must trust. */
    readonly root: string,
    private readonly pebble: ChildProcess,
  ) {}

  static async start(): Promise<Authority> {
    const folder = mkdtempSync(join(tmpdir(), "authority-"));
    const { authority, certificate, key } = sign(`IP:${CORE_IP}`);
    const config = {
      listenAddress: `${CORE_IP}:${PORT}`,
      managementListenAddress: `${CORE_IP}:${MANAGEMENT_PORT}`,
      certificate,
      privateKey: key,
      httpPort: 80,
      tlsPort: 443,
    };
    const file = join(folder, "pebble.json");
    writeFileSync(file, JSON.stringify({ pebble: config }));
    const pebble = spawn("pebble", ["-config", file, "-dnsserver", `${CORE_IP}:53`], {
      stdio: "ignore",
      env: { ...process.env, PEBBLE_VA_NOSLEEP: "1" },
    });
    const url = `https://${CORE_IP}:${MANAGEMENT_PORT}/roots/0`;
    const asks = ["-sf", "--cacert", authority, url];
    const root = await until("pebble does not start", 20_000, async () => {
      try {
        return execFileSync("curl", asks, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      } catch {
        return undefined;
      }
    });
    const rootFile = join(folder, "root.pem");
    writeFileSync(rootFile, root);
    return new Authority(authority, rootFile, pebble);
  }

  stop(): void {
    this.pebble.kill("SIGKILL");
  }
}
