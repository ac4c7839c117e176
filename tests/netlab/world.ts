// The internet on one machine: a core that routes, a public server, and two places (a and b), each
// with one client and two uplinks (think Wi-Fi and mobile) whose routers translate addresses as told.
//
// It lives in the namespaces that `run.sh` made: everything, processes too, is gone with them. Nothing
// is connected to the machine's own network. The "public" addresses are those of the AS112 and AMT
// services (RFC 7534, 7535, 7450): the relay takes them for public ones, and they are nobody's host.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kind } from "./kinds";
import { serveNames } from "./names";

/** The provider's router, which answers DNS too. */
export const CORE_IP = "192.175.48.1";
export const SERVER_IP = "192.175.48.10";
export const SERVER_NAME = "parlor.lab";

/** Runs a program to its end; its words are the error's. */
export function run(command: string[], input?: string): void {
  const done = spawnSync(command[0]!, command.slice(1), { input, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${command.join(" ")}: ${done.error?.message ?? done.stderr}${input ?? ""}`);
}

/** Words that run what follows them in a namespace. */
export const inside = (space: string): string[] => ["ip", "netns", "exec", space];
const within = (space: string, line: string): void => run([...inside(space), ...line.split(" ")]);
const here = (line: string): void => run(line.split(" "));

/** A namespace with its loopback up, without IPv6, and routing when it is a router. */
function space(name: string, routes: boolean): void {
  here(`ip netns add ${name}`);
  within(name, "ip link set lo up");
  within(name, "sysctl -qw net.ipv6.conf.all.disable_ipv6=1");
  if (routes) within(name, "sysctl -qw net.ipv4.ip_forward=1");
}

/** A cable from the core into a namespace. */
function cable(name: string, coreEnd: string, coreAddress: string, farEnd: string): void {
  here(`ip link add ${coreEnd} type veth peer name ${farEnd} netns ${name}`);
  here(`ip addr add ${coreAddress} dev ${coreEnd}`);
  here(`ip link set ${coreEnd} up`);
  within(name, `ip link set ${farEnd} up`);
}

export async function buildCore(): Promise<void> {
  // Over the machine's own file, for the processes of the lab only.
  const resolver = join(tmpdir(), "resolv.conf");
  writeFileSync(resolver, `nameserver ${CORE_IP}\n`);
  here(`mount --bind ${resolver} /etc/resolv.conf`);
  here("ip link set lo up");
  run(["sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.disable_ipv6=1"]);
  space("server", false);
  cable("server", "core-server", `${CORE_IP}/24`, "eth0");
  within("server", `ip addr add ${SERVER_IP}/24 dev eth0`);
  within("server", `ip route add default via ${CORE_IP}`);
  await serveNames(CORE_IP, SERVER_NAME, SERVER_IP);
}

/** One of a place's two ways to the internet: a router of its own with a few public addresses. */
class Uplink {
  readonly router: string;
  readonly device: string;
  /** The last number of the public address in use; a provider may give another one at any time. */
  private turn = 0;
  private readonly wan: string;
  private readonly lan: string;
  private readonly open: string;
  kind: Kind = "none";

  constructor(
    private readonly client: string,
    place: number,
    link: number,
  ) {
    const number = place * 2 + link;
    this.router = `${client}-router${link}`;
    this.device = `link${link}`;
    this.wan = `192.31.196.${number * 16}`;
    this.lan = `10.${11 + place}.${1 + link}`;
    this.open = `192.52.193.${number * 16}`;
    space(this.router, true);
    cable(this.router, `core-${client}${link}`, `${this.host(this.wan, 1)}/28`, "wan");
    for (let n = 2; n < 8; n++) within(this.router, `ip addr add ${this.host(this.wan, n)}/28 dev wan`);
    within(this.router, `ip route add default via ${this.host(this.wan, 1)}`);
    here(`ip route add ${this.open}/28 via ${this.host(this.wan, 2)}`);
    within(this.router, `ip link add lan type veth peer name ${this.device} netns ${client}`);
    within(this.router, `ip addr add ${this.lan}.1/24 dev lan`);
    within(this.router, `ip addr add ${this.host(this.open, 1)}/28 dev lan`);
    within(this.router, "ip link set lan up");
  }

  /** Another public address from now on; what was translated before is forgotten. */
  renumber(): void {
    this.turn = (this.turn + 1) % 6;
    this.translate();
    if (this.kind === "none") this.plug();
  }

  translate(): void {
    run([...inside(this.router), "nft", "-f", "-"], this.rules());
    run([...inside(this.router), "conntrack", "-F"]);
  }

  plug(): void {
    within(this.client, `ip addr flush dev ${this.device}`);
    const [address, gateway] =
      this.kind === "none"
        ? [`${this.host(this.open, 2 + this.turn)}/28`, this.host(this.open, 1)]
        : [`${this.lan}.2/24`, `${this.lan}.1`];
    within(this.client, `ip addr add ${address} dev ${this.device}`);
    within(this.client, `ip link set ${this.device} up`);
    within(this.client, `ip route replace default via ${gateway}`);
  }

  unplug(): void {
    within(this.client, `ip link set ${this.device} down`);
    within(this.client, `ip addr flush dev ${this.device}`);
  }

  /** At most this much each way, in kbit/s; nothing for no limit. */
  throttle(kbit?: number): void {
    for (const device of ["wan", "lan"]) {
      spawnSync("ip", ["netns", "exec", this.router, "tc", "qdisc", "del", "dev", device, "root"]);
      if (kbit !== undefined) {
        within(this.router, `tc qdisc add dev ${device} root tbf rate ${kbit}kbit burst 8k latency 120ms`);
      }
    }
  }

  private host(network: string, n: number): string {
    const parts = network.split(".").map(Number);
    return [...parts.slice(0, 3), parts[3]! + n].join(".");
  }

  private rules(): string {
    const outside = this.host(this.wan, 2 + this.turn);
    const rules = {
      none: { source: "", inbound: "accept" },
      "full-cone": { source: `snat to ${outside}`, inbound: "accept" },
      "port-restricted": { source: `snat to ${outside}`, inbound: "drop" },
      symmetric: { source: `snat to ${outside} fully-random`, inbound: "drop" },
      "udp-blocked": { source: `snat to ${outside}`, inbound: "drop" },
      "only-443": { source: `snat to ${outside}`, inbound: "drop" },
    }[this.kind];
    const blocked = {
      "udp-blocked": "udp dport != 53 iifname lan drop",
      "only-443": "udp dport != 53 iifname lan drop\n    iifname lan tcp dport != 443 drop",
    } as Partial<Record<Kind, string>>;
    // A stray packet must not reach the router's own stack: tracked there, it would take the port that
    // the client's next packet is about to use, and a cone would behave like a symmetric router.
    return `flush ruleset
table ip lab {
  chain input {
    type filter hook input priority 0
    ct state established,related accept
    iifname wan drop
  }
  chain forward {
    type filter hook forward priority 0; policy drop
    ${blocked[this.kind] ?? ""}
    ct state established,related accept
    iifname lan accept
    iifname wan ${rules.inbound}
  }
  chain before {
    type nat hook prerouting priority dstnat
    ${this.kind === "full-cone" ? `iifname wan ip daddr ${outside} udp dport 1024-65535 dnat to ${this.lan}.2` : ""}
  }
  chain after {
    type nat hook postrouting priority srcnat
    ${rules.source && `oifname wan ip saddr 10.0.0.0/8 ${rules.source}`}
  }
}
`;
  }
}

/** A client and its two uplinks, one of which is plugged in. */
export class Place {
  private readonly uplinks: [Uplink, Uplink];
  private active = 0;

  constructor(
    readonly client: string,
    number: number,
  ) {
    space(client, false);
    this.uplinks = [new Uplink(client, number, 0), new Uplink(client, number, 1)];
  }

  /** Both uplinks are of this kind; the first is plugged in. */
  become(kind: Kind): void {
    for (const uplink of this.uplinks) {
      uplink.kind = kind;
      uplink.unplug();
      uplink.throttle();
      uplink.translate();
    }
    this.active = 0;
    this.uplinks[0].plug();
  }

  /** The provider gives another address; the client is not told, unless the address is its own. */
  renumber(): void {
    this.uplinks[this.active]!.renumber();
  }

  /** From Wi-Fi to mobile, or back: another interface, another address, another router. */
  roam(): void {
    this.uplinks[this.active]!.unplug();
    this.active = 1 - this.active;
    this.uplinks[this.active]!.plug();
  }

  throttle(kbit?: number): void {
    this.uplinks[this.active]!.throttle(kbit);
  }
}
