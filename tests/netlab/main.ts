// The matrix: for each pair of networks a guest and a host meet, must see and hear each other by the
// way that these networks allow, and go on talking when addresses change in the middle.
//
//   run.sh main.ts [--some] [--if-allowed] [kind:kind ...]
//
// Without pairs: all of them, or with --some one for each way through, with one change each.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { frameTimes, percentile } from "../e2e/frames";
import { type Person, admit, enter, followLink, invite, press, startMeeting } from "../e2e/people";
import { type Kind, type Way, everyPair, expected, meets, somePairs } from "./kinds";
import { Lab } from "./lab";
import { CONNECT_GIVE_UP_MS, change, hears, pause, until, way } from "./senses";

/** The bar for a first picture and sound, in ms. */
const CONNECT_MS_MAX = 5_000;

/** `renumber`: the host's provider gives another public address. `roam`: the guest takes the other uplink. */
type Change = "renumber" | "roam";
const changes: Change[] = ["renumber", "roam"];

interface Row {
  pair: string;
  expected: string;
  actual: string;
  asExpected: boolean;
  firstPictureMs?: number;
  renumberMs?: number;
  roamMs?: number;
  failure?: string;
}

async function meet(lab: Lab, [kindA, kindB]: [Kind, Kind], changes: Change[]): Promise<Row> {
  const wanted = expected(kindA, kindB);
  const row: Row = { pair: `${kindA} + ${kindB}`, expected: wanted.words, actual: "-", asExpected: false };
  lab.places[0].become(kindA);
  lab.places[1].become(kindB);
  // A browser drops what it was loading when its address changes; let it notice first.
  await pause(500);
  const guest = await lab.guest();
  const { host } = lab;
  const people = [guest, host];
  try {
    await host.page.goto(lab.server.url);
    const link = await invite(host);
    await followLink(guest, link);
    await enter(guest);
    await startMeeting(host);
    const asked = Date.now();
    await admit(host, "Brian Otieno");
    const first = await Promise.all(
      people.map((person) =>
        until("no picture", CONNECT_GIVE_UP_MS, async () => (await frameTimes(person)).find((time) => time > asked)),
      ),
    );
    await hears(people);
    row.firstPictureMs = Math.max(...first) - asked;
    await until("a better way", 10_000, async () => {
      const ways = [await way(guest), await way(host)] as [Way, Way];
      row.actual = ways.join(" / ");
      row.asExpected = meets(wanted, ways);
      return row.asExpected || undefined;
    }).catch(() => {});
    if (changes.includes("renumber")) row.renumberMs = await change(people, () => lab.places[1].renumber());
    if (changes.includes("roam")) row.roamMs = await change(people, () => lab.places[0].roam());
  } catch (error) {
    row.failure = (error as Error).message.split("\n")[0]!;
    await keepPictures(people, row.pair);
  }
  await press(host, "End").catch(() => {});
  await host.page.getByRole("button", { name: "End for all" }).click().catch(() => {});
  await guest.context.close();
  return row;
}

async function keepPictures(people: Person[], pair: string): Promise<void> {
  const folder = "test-results";
  mkdirSync(folder, { recursive: true });
  for (const [index, person] of people.entries()) {
    const name = `${pair.replaceAll(" ", "")}-${index === 0 ? "guest" : "host"}.png`;
    await person.page.screenshot({ path: join(folder, name) }).catch(() => {});
  }
}

const seconds = (ms?: number) => (ms === undefined ? "-" : ms === 0 ? "no gap" : `${(ms / 1000).toFixed(1)} s`);

function line(row: Row): string {
  const mark = row.failure ?? (row.asExpected ? "" : "NOT THE EXPECTED WAY");
  return [
    row.pair.padEnd(35),
    row.expected.padEnd(14),
    row.actual.padEnd(16),
    seconds(row.firstPictureMs).padEnd(9),
    seconds(row.renumberMs).padEnd(9),
    seconds(row.roamMs).padEnd(9),
    mark,
  ].join(" ").trimEnd();
}

async function main(words: string[]): Promise<boolean> {
  const named = words.filter((word) => word.includes(":")).map((word) => word.split(":") as [Kind, Kind]);
  const some = words.includes("--some");
  const pairs = named.length > 0 ? named : some ? somePairs : everyPair();
  const lab = await Lab.open();
  console.log("guest + host                        expected       guest / host     picture   renumber  roam");
  const rows: Row[] = [];
  try {
    for (const [index, pair] of pairs.entries()) {
      const row = await meet(lab, pair, some ? [changes[index % 2]!] : changes);
      rows.push(row);
      console.log(line(row));
    }
  } finally {
    await lab.close();
  }
  const connected = rows.filter((row) => row.firstPictureMs !== undefined);
  const firsts = connected.map((row) => row.firstPictureMs!);
  const recoveries = rows.flatMap((row) => [row.renumberMs, row.roamMs]).filter((ms) => ms !== undefined);
  console.log(
    `RESULT netlab pairs=${rows.length} connected=${connected.length} ` +
      `within_5s=${firsts.filter((ms) => ms <= CONNECT_MS_MAX).length} ` +
      `expected_path=${rows.filter((row) => row.asExpected).length} ` +
      `first_picture_p50_ms=${percentile(firsts, 0.5)} first_picture_max_ms=${Math.max(0, ...firsts)} ` +
      `recovered=${recoveries.length}/${rows.length * (some ? 1 : 2)} recover_p50_ms=${percentile(recoveries, 0.5)} ` +
      `recover_max_ms=${Math.max(0, ...recoveries)}`,
  );
  return rows.every((row) => row.failure === undefined && row.asExpected);
}

main(process.argv.slice(2)).then(
  (well) => process.exit(well ? 0 : 1),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
