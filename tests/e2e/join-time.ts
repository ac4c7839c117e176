// From the click on Join to the first frame of the other side, server and both browsers on loopback:
// a guest who was admitted before comes back again and again to a host who is there.
//
//   RUNS=30 join-time.ts
import { browserOptions } from "./browser";
import { frameTimes, percentile, watchFrames } from "./frames";
import { type Person, admit, arrive, becomeHost, chromium, enter, followLink, greenRoom, invite, press, startMeeting } from "./people";
import { Server } from "./server";

const RUNS = Number(process.env.RUNS ?? 30);
const GIVE_UP_MS = 20_000;

async function joinOnce(guest: Person): Promise<number> {
  await (await greenRoom(guest)).click();
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end; ) {
    const [first] = await frameTimes(guest);
    const clicked = await guest.page.evaluate(() => (window as unknown as { clickedAt: number }).clickedAt);
    if (first !== undefined) return first - clicked;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("no picture");
}

const server = await Server.start({ MEETINGS__READMIT_S: "3600" });
const browser = await chromium.launch(browserOptions);
try {
  const host = await arrive(browser);
  await becomeHost(server, host);
  const guest = await arrive(browser);
  await watchFrames(guest);
  await guest.context.addInitScript(() => {
    document.addEventListener("click", () => Object.assign(window, { clickedAt: Date.now() }), { capture: true });
  });
  await followLink(guest, await invite(host));
  const room = guest.page.url();
  await enter(guest);
  await startMeeting(host);
  await admit(host, "Brian Otieno");
  const times: number[] = [];
  for (let run = -1; run < RUNS; run += 1) {
    await press(guest, "End");
    // The seat is given back before the next try.
    await guest.page.getByRole("button", { name: "Rejoin" }).waitFor();
    await guest.page.goto(room);
    const ms = await joinOnce(guest);
    // The first time warms everything up.
    if (run >= 0) times.push(ms);
  }
  console.log(`RESULT join p50_ms=${percentile(times, 0.5)} p95_ms=${percentile(times, 0.95)} runs=${times.length}`);
} finally {
  await browser.close();
  await server.stop();
}
