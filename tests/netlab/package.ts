// The whole way of an operator with the package, on a fresh Debian with systemd: install, a certificate
// from an authority, a call over https with one side behind a firewall that lets only 443 through, an
// upgrade and the way back in the middle of that call, and what is left after removal and purge.
//
//   run.sh package.ts DEBIAN OLDER.deb NEWER.deb [--if-allowed]
import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { frameTimes, longestPause, watchFrames } from "../e2e/frames";
import { type Person, admit, arrive, becomeHostByHand, connectionsMade, enter, followLink, invite, startMeeting } from "../e2e/people";
import { Authority } from "./authority";
import { Knock } from "./knock";
import { launch } from "./lab";
import { Machine } from "./machine";
import { CONNECT_GIVE_UP_MS, change, hears, until, way } from "./senses";
import { homeThatTrusts } from "./trust";
import { Place, SERVER_IP, SERVER_NAME, buildCore } from "./world";

const [debian, older, newer] = process.argv.slice(2).filter((word) => !word.startsWith("--")) as [string, string, string];
const URL = `https://${SERVER_NAME}`;
/** A debug build reads the web app from where it was built. */
const APP = realpathSync("../../web/ui/dist");
const UNITS = "parlor.service parlor.socket parlor-backup.timer";
/** What is the operator's, whatever becomes of the package. */
const KEPT = "ls -d /etc/parlor/extra /var/lib/parlor/store /var/lib/parlor/secrets /var/lib/parlor-backups/*.backup";

const began = Date.now();
function say(words: string): void {
  console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${words}`);
}

function must(holds: boolean, words: string): void {
  if (!holds) throw new Error(words);
}

const version = (deb: string) => execFileSync("dpkg-deb", ["-f", deb, "Version"], { encoding: "utf8" }).trim();

/** Which version is installed and which process serves: another one after each exchange. */
async function running(machine: Machine): Promise<{ version: string; process: string }> {
  await machine.run(`systemctl is-active ${UNITS}`);
  return {
    version: await machine.run("dpkg-query -W -f '${Version}' parlor"),
    process: await machine.run("systemctl show -p MainPID --value parlor.service"),
  };
}

async function install(machine: Machine): Promise<void> {
  // The unit hides these folders; where the web app lies in one, only it is shown.
  const hidden = /^\/(home|root|tmp|var\/tmp)\//.exec(APP)?.[1];
  if (hidden) {
    const home = /home|root/.test(hidden) ? "ProtectHome=tmpfs\\n" : "";
    const unit = `[Service]\\n${home}BindReadOnlyPaths=${APP}\\n`;
    await machine.run(`mkdir -p /run/systemd/system/parlor.service.d && printf '${unit}' > /run/systemd/system/parlor.service.d/debug.conf`);
  }
  const said = await machine.run("dpkg -i /root/older.deb 2>&1");
  must(!/warning|error/i.test(said), said);
  await machine.run(`systemctl is-enabled ${UNITS}`);
  await running(machine);
  must((await machine.run("stat -c '%a %U %G' /etc/parlor/config.toml")) === "640 root parlor", "the settings are readable by others");
  must((await machine.run("stat -c '%a %U' /var/lib/parlor")) === "700 parlor", "the data are readable by others");
  say(`${version(older)} is installed and serves, by units with real sockets`);
}

/** The machine's name is its public one already: only the authority is to be named. */
async function certify(machine: Machine, authority: Authority): Promise<void> {
  machine.bring(authority.own, "etc/parlor/authority.pem");
  const acme = `domains = ["${SERVER_NAME}"]\\ndirectory_url = "${authority.directory}"\\nca_file = "/etc/parlor/authority.pem"\\nretry_s = 1`;
  await machine.run(`sed -i 's|^#domains = .*|${acme}|' /etc/parlor/config.toml && parlor check-config && systemctl restart parlor`);
  await until("no certificate comes", 30_000, async () => {
    const asked = ["-sf", "--noproxy", "*", "--cacert", authority.root, "--resolve", `${SERVER_NAME}:443:${SERVER_IP}`, `${URL}/`];
    try {
      return execFileSync("curl", asked, { encoding: "utf8" });
    } catch {
      return undefined;
    }
  });
  say("it has a certificate of the authority");
}

/** Guest and host, talking; the guest's network lets nothing but 443 through. */
async function talk(machine: Machine, places: [Place, Place], home: string): Promise<{ guest: Person; host: Person; close: () => Promise<void> }> {
  const setupLink = /http\S+/.exec(await machine.run("runuser -u parlor -- parlor admin create"))![0];
  const browsers = await Promise.all(places.map((place) => launch(place.client, home)));
  const [guest, host] = (await Promise.all(browsers.map((browser) => arrive(browser!)))) as [Person, Person];
  for (const person of [guest, host]) await watchFrames(person);
  await becomeHostByHand({ setupLink }, host);
  const link = await invite(host);
  await followLink(guest, link);
  await enter(guest);
  await startMeeting(host);
  await admit(host, "Brian Otieno");
  for (const person of [guest, host]) {
    await until("no picture", CONNECT_GIVE_UP_MS, async () => (await frameTimes(person)).at(-1));
  }
  await hears([guest, host]);
  await until("not by TLS on 443", 10_000, async () => (await way(guest)) === "tls" || undefined);
  say("two browsers in other namespaces see and hear each other, the guest over TURN by TLS on 443");
  return { guest, host, close: async () => void (await Promise.all(browsers.map((browser) => browser!.close().catch(() => {})))) };
}

/** Another package in the middle of the call, while people keep coming. */
async function exchange(machine: Machine, people: [Person, Person], name: string, to: string, authority: Authority): Promise<void> {
  const before = await running(machine);
  const connections = await Promise.all(people.map(connectionsMade));
  const knock = new Knock(SERVER_NAME, authority.root);
  await until("nobody is answered", 20_000, async () => knock.answers > 20 || undefined);
  const since = Date.now();
  await change(people, () => machine.run(`dpkg -i /root/${name}.deb 2>&1`).then(() => {}));
  const pauseMs = Math.max(...(await Promise.all(people.map(async (person) => longestPause(await frameTimes(person), since)))));
  const asked = knock.answers;
  await until("nobody is answered any more", 20_000, async () => knock.answers > asked + 20 || undefined);
  await knock.stop();
  const after = await running(machine);
  must(after.version === to, `${after.version} is installed, not ${to}`);
  must(after.process !== before.process, "the old process still serves");
  must(knock.failures.length === 0, `${knock.failures.length} of ${knock.answers + knock.failures.length} were not answered:\n${[...new Set(knock.failures)].join("\n")}`);
  must((await way(people[0])) === "tls", "the guest's way is not TLS on 443 any more");
  const now = await Promise.all(people.map(connectionsMade));
  must(now.every((made, index) => made === connections[index]), `the call was lost and made again: ${connections} connections, then ${now}`);
  const waits = await people[1].page.getByRole("button", { name: /Admit/ }).count();
  must(waits === 0, "the guest had to knock again");
  say(`${to} is in place: the picture stood still for ${(pauseMs / 1000).toFixed(1)} s, ${knock.answers} new connections answered, none refused, the longest after ${(knock.longestMs / 1000).toFixed(1)} s`);
}

/** A store in a form that a future version writes: refused in words, untouched, and taken again. */
async function refuseWhatIsNewer(machine: Machine): Promise<void> {
  await machine.run("systemctl stop parlor.socket parlor.service && cd /var/lib/parlor/store && cp -p format kept && echo 'parlor-data 999' > format");
  await machine.tries("systemctl start parlor.service");
  const words = await machine.run("journalctl -u parlor -n 20 -o cat");
  must(/the store has format 999.*restore a backup/.test(words), words);
  must((await machine.run("cat /var/lib/parlor/store/format")) === "parlor-data 999", "the store was touched");
  await machine.run("systemctl stop parlor.service; mv /var/lib/parlor/store/kept /var/lib/parlor/store/format; systemctl start parlor.socket parlor.service");
  await running(machine);
  say("a store of a future version is refused in words and left alone");
}

async function leave(machine: Machine): Promise<void> {
  await machine.run("systemctl start parlor-backup.service && touch /etc/parlor/extra && dpkg -r parlor");
  const socket = await machine.tries("systemctl is-active parlor.socket");
  must(socket === "inactive", `after the removal the socket is ${socket}`);
  await machine.run(`${KEPT} /etc/parlor/config.toml`);
  await machine.run("dpkg -i /root/newer.deb");
  await running(machine);
  await machine.run("dpkg -P parlor");
  await machine.run(`${KEPT} /var/lib/parlor/config.toml.purged && test ! -e /etc/parlor/config.toml`);
  must((await machine.tries("find /etc/systemd /usr/bin /usr/lib -name '*parlor*'")) === "", "the package leaves files behind");
  say("removal and purge keep data, backups and keys; a package that comes again goes on");
}

await buildCore();
const places: [Place, Place] = [new Place("a", 0), new Place("b", 1)];
places[0].become("only-443");
places[1].become("port-restricted");
const authority = await Authority.start();
const machine = await Machine.boot(debian, "server", APP);
say("a fresh Debian has booted");
let failed = false;
try {
  machine.bring(older, "root/older.deb");
  machine.bring(newer, "root/newer.deb");
  await install(machine);
  await certify(machine, authority);
  const { guest, host, close } = await talk(machine, places, homeThatTrusts(authority.root));
  await exchange(machine, [guest, host], "newer", version(newer), authority);
  await exchange(machine, [guest, host], "older", version(older), authority);
  await close();
  await refuseWhatIsNewer(machine);
  await leave(machine);
} catch (error) {
  failed = true;
  console.error((error as Error).message);
  console.error(await machine.tries("journalctl -u parlor -u parlor.socket -n 60 -o short-precise"));
}
authority.stop();
await machine.stop();
process.exit(failed ? 1 : 0);
