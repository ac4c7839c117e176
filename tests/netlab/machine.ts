// A machine with a fresh Debian at the server's place in the lab: systemd is its first process, so that
// packages, units and sockets are the real ones. It goes with the lab's namespaces.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "./senses";
import { CORE_IP, SERVER_NAME, run } from "./world";

const BOOT_MS_MAX = 60_000;
/** SIGRTMIN+4, which Node has no name for: systemd stops everything. */
const POWER_OFF = 38;

export class Machine {
  private constructor(
    private readonly root: string,
    private readonly nspawn: ChildProcess,
    private readonly first: string,
  ) {}

  /** On a copy of the Debian in `base`, in this network namespace; `shown` is a folder of here that is there, too. */
  static async boot(base: string, space: string, shown: string): Promise<Machine> {
    const at = (name: string) => join(tmpdir(), "machine", name);
    for (const name of ["upper", "work", "root"]) mkdirSync(at(name), { recursive: true });
    const root = at("root");
    run(["mount", "-t", "overlay", "none", "-o", `lowerdir=${base},upperdir=${at("upper")},workdir=${at("work")}`, root]);
    writeFileSync(join(root, "etc/resolv.conf"), `nameserver ${CORE_IP}\n`);
    writeFileSync(join(root, "etc/hostname"), `${SERVER_NAME.split(".")[0]}\n`);
    writeFileSync(join(root, "etc/hosts"), `127.0.0.1 localhost\n127.0.1.1 ${SERVER_NAME} ${SERVER_NAME.split(".")[0]}\n`);
    const words = ["--quiet", "--boot", "--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=off"];
    const nspawn = spawn(
      "systemd-nspawn",
      [...words, `--directory=${root}`, `--bind-ro=${shown}`, `--network-namespace-path=/run/netns/${space}`],
      { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: "1" } },
    );
    const first = await until("systemd does not start", BOOT_MS_MAX, async () => {
      if (nspawn.exitCode !== null) throw new Error(`systemd-nspawn ended with ${nspawn.exitCode}`);
      return firstProcess(String(nspawn.pid));
    });
    const machine = new Machine(root, nspawn, first);
    await until("systemd does not boot", BOOT_MS_MAX, async () => {
      const state = await machine.tries("systemctl is-system-running");
      return /running|degraded/.test(state) || undefined;
    });
    return machine;
  }

  /** A line of shell as its root, to the end; gives what it wrote to stdout. */
  async run(line: string): Promise<string> {
    const { stdout } = await promisify(execFile)("nsenter", this.inside(line)).catch((error: Error & { stdout: string; stderr: string }) => {
      throw new Error(`${line}: ${error.message}\n${error.stdout}${error.stderr}`);
    });
    return stdout.trim();
  }

  /** All that it says, whether it succeeds or not. */
  tries(line: string): Promise<string> {
    return this.run(`{ ${line}; } 2>&1 || true`);
  }

  /** Puts a file there. */
  bring(file: string, path: string): void {
    cpSync(file, join(this.root, path));
  }

  async stop(): Promise<void> {
    if (this.nspawn.exitCode !== null) return;
    const ended = new Promise((resolve) => this.nspawn.once("exit", resolve));
    process.kill(Number(this.first), POWER_OFF);
    await ended;
  }

  private inside(line: string): string[] {
    const words = ["--target", this.first, "--mount", "--uts", "--ipc", "--pid", "--net", "--cgroup"];
    return [...words, "--root", "--wd=/", "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "sh", "-ec", line];
  }
}

/** The systemd below this process, by its number here. */
function firstProcess(pid: string): string | undefined {
  const children = (of: string): string[] => {
    try {
      return readFileSync(`/proc/${of}/task/${of}/children`, "utf8").trim().split(" ").filter(Boolean);
    } catch {
      return [];
    }
  };
  const below = children(pid).flatMap((child) => [child, ...children(child)]);
  return below.find((child) => {
    try {
      return readFileSync(`/proc/${child}/comm`, "utf8").trim() === "systemd";
    } catch {
      return false;
    }
  });
}
