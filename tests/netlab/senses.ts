// What people in a call notice: a picture, sound, a gap, and by which way both come.
import { frameTimes, lastGapEnd } from "../e2e/frames";
import { type Person, picture } from "../e2e/people";
import type { Way } from "./kinds";

/** After so long we give up on a first picture, in ms. */
export const CONNECT_GIVE_UP_MS = 30_000;
/** Longer without a frame is a gap that a person notices, in ms. */
const GAP_MS = 500;
const RECOVER_GIVE_UP_MS = 40_000;
/** So long after a change nothing can still come by the old way, in ms. */
const SETTLED_MS = 1_500;

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until<T>(what: string, withinMs: number, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + withinMs; ; ) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${withinMs / 1000} s`);
    await pause(100);
  }
}

export async function way(person: Person): Promise<Way | undefined> {
  const now = await picture(person);
  if (now === undefined || now.localType === "undefined") return undefined;
  return now.localType === "relay" ? (now.relayProtocol as Way) : "direct";
}

/** How long the worse side went without a picture after `since`; 0 when nobody noticed. */
async function recovered(people: Person[], since: number): Promise<number> {
  const gaps = await Promise.all(
    people.map((person) =>
      until("the picture did not come back", RECOVER_GIVE_UP_MS, async () => {
        const times = (await frameTimes(person)).filter((time) => time > since - 1_000);
        const after = times.filter((time) => time > since + SETTLED_MS);
        if (after.length < 15 || times.at(-1)! < Date.now() - GAP_MS) return undefined;
        return lastGapEnd(times, since, GAP_MS);
      }),
    ),
  );
  return Math.max(...gaps);
}

export async function hears(people: Person[]): Promise<void> {
  for (const person of people) {
    const before = (await picture(person))?.audioEnergy ?? 0;
    await until("no sound", CONNECT_GIVE_UP_MS, async () => ((await picture(person))?.audioEnergy ?? 0) > before || undefined);
  }
}

export async function change(people: Person[], act: () => void | Promise<void>): Promise<number> {
  const since = Date.now();
  await act();
  const ms = await recovered(people, since);
  await hears(people);
  return ms;
}
