// A line that becomes thin and wide again: the guest's uplink is throttled in the middle of a direct
// call. What each side is allowed to send (the rung of the ladder) and really sends is printed as it
// changes; both must go down, keep the voice, and come up again.
//
//   KBIT=200 run.sh ladder.ts
import { type Person, admit, enter, followLink, invite, picture, startMeeting } from "../e2e/people";
import { Lab } from "./lab";

const KBIT = Number(process.env.KBIT ?? 200);
const THIN_S = 40;
const WIDE_S_MAX = 90;

/** What one side may send, and what the other shows of it. */
interface Rung {
  kbitMax: number;
  scale: number;
  fpsMax: number;
  width: number;
}

async function rung({ page }: Person): Promise<Rung> {
  return page.evaluate(async () => {
    const all = (window as unknown as { peerConnections: RTCPeerConnection[] }).peerConnections;
    const pc = all.filter((one) => one.connectionState === "connected").at(-1);
    // The camera comes before a shared screen.
    const sender = pc?.getSenders().find((one) => one.track?.kind === "video");
    const encoding = sender?.getParameters().encodings[0];
    let width = 0;
    (await sender?.getStats())?.forEach((entry: { type: string; frameWidth?: number }) => {
      if (entry.type === "outbound-rtp") width = entry.frameWidth ?? 0;
    });
    if (sender === undefined || encoding?.active === false) return { kbitMax: 0, scale: 0, fpsMax: 0, width: 0 };
    return {
      kbitMax: Math.round((encoding?.maxBitrate ?? 0) / 1000),
      scale: Math.round((encoding?.scaleResolutionDownBy ?? 1) * 10) / 10,
      fpsMax: encoding?.maxFramerate ?? 0,
      width,
    };
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const words = (now: Rung) => `${now.kbitMax} kbit/s, 1/${now.scale}, ${now.fpsMax} fps, ${now.width} px wide`;

/** Watches a person's rung until `done`; gives the seconds it took, or undefined. */
async function watch(name: string, person: Person, seconds: number, done: (now: Rung) => boolean): Promise<number | undefined> {
  const began = Date.now();
  let before = "";
  while (Date.now() - began < seconds * 1_000) {
    const now = await rung(person);
    const age = (Date.now() - began) / 1_000;
    if (words(now) !== before) console.log(`${name.padEnd(12)} ${age.toFixed(1).padStart(5)} s  ${words(now)}`);
    before = words(now);
    if (done(now)) return age;
    await pause(500);
  }
  return undefined;
}

const lab = await Lab.open();
let well = false;
try {
  const guest = await lab.guest();
  const { host } = lab;
  await followLink(guest, await invite(host));
  await enter(guest);
  await startMeeting(host);
  await admit(host, "Brian Otieno");
  await watch("at first", guest, 15, () => false);
  const top = await rung(guest);
  lab.places[0].throttle(KBIT);
  let lowest = top.kbitMax;
  const down = await watch(`${KBIT} kbit/s`, guest, THIN_S, (now) => {
    lowest = Math.min(lowest, now.kbitMax);
    return false;
  }).then(() => (lowest < top.kbitMax ? lowest : undefined));
  const voice = (await picture(host))?.audioEnergy ?? 0;
  await pause(2_000);
  const heard = ((await picture(host))?.audioEnergy ?? 0) > voice;
  lab.places[0].throttle();
  const up = await watch("wide again", guest, WIDE_S_MAX, (now) => now.kbitMax >= top.kbitMax && now.scale <= top.scale);
  well = down !== undefined && heard && up !== undefined;
  console.log(
    `RESULT ladder kbit=${KBIT} top_kbit=${top.kbitMax} lowest_kbit=${lowest} voice_kept=${heard} ` +
      `up_s=${up === undefined ? "never" : up.toFixed(0)}`,
  );
} finally {
  await lab.close();
}
process.exit(well ? 0 : 1);
