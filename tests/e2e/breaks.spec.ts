// What a relayed call survives when more than a socket breaks: the relay, everything at once, sleep,
// and two people who renegotiate in the same moment again and again. Figures are printed; what is
// asserted is that the call comes back.
import { type Browser, chromium, expect } from "@playwright/test";
import { browserOptions } from "./browser";
import { frameTimes, watchFrames } from "./frames";
import { type Person, connectionsMade, seesAndHears, talk } from "./people";
import { Server } from "./server";
import { test } from "./test";

const RELAYED = { RELAY__ICE_TRANSPORT_POLICY: "relay" };

/** Keeps the time of each frame that somebody sees, from the first on. */
async function watch(person: Person): Promise<void> {
  await watchFrames(person);
  await expect.poll(async () => (await frameTimes(person)).length).toBeGreaterThan(0);
}

/** Until nothing has been shown for a while. */
async function goesDark(person: Person): Promise<void> {
  await expect.poll(async () => Date.now() - (await frameTimes(person)).at(-1)!, { timeout: 30_000 }).toBeGreaterThan(1_000);
}

/** When the picture was back after `since`, in ms after it. */
async function comesBack(person: Person, since: number): Promise<number> {
  const after = async () => (await frameTimes(person)).filter((time) => time > since);
  await expect.poll(async () => (await after()).length, { timeout: 60_000 }).toBeGreaterThan(15);
  return (await after())[0]! - since;
}

test("the relay is killed and started again: the picture is back soon after", async ({ browser }) => {
  const server = await Server.start(RELAYED);
  try {
    const { host, guest } = await talk(server, browser);
    for (const person of [host, guest]) await watch(person);
    const made = [await connectionsMade(host), await connectionsMade(guest)];
    const back: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await server.kill();
      for (const person of [host, guest]) await goesDark(person);
      await server.restart();
      const since = Date.now();
      back.push(Math.max(...(await Promise.all([host, guest].map((person) => comesBack(person, since))))));
    }
    console.log(`RESULT relay-restart picture_back_ms=${back.join(",")}`);
    expect([await connectionsMade(host), await connectionsMade(guest)]).toEqual(made);
    for (const person of [host, guest]) await seesAndHears(person);
  } finally {
    await server.stop();
  }
});

test("socket, server and relay go at once: the call comes back by itself", async ({ browser }) => {
  const server = await Server.start(RELAYED);
  try {
    const { host, guest } = await talk(server, browser);
    for (const person of [host, guest]) await watch(person);
    await guest.context.setOffline(true);
    await guest.page.evaluate(() => {
      for (const socket of (window as unknown as { sockets: WebSocket[] }).sockets) socket.close();
    });
    await server.kill();
    for (const person of [host, guest]) await goesDark(person);
    await server.restart();
    await guest.context.setOffline(false);
    const since = Date.now();
    const back = Math.max(...(await Promise.all([host, guest].map((person) => comesBack(person, since)))));
    console.log(`RESULT all-at-once picture_back_ms=${back}`);
    for (const person of [host, guest]) await seesAndHears(person);
  } finally {
    await server.stop();
  }
});

test("a laptop sleeps through a part of the call and wakes up in it", async ({ browser }) => {
  const server = await Server.start(RELAYED);
  const laptop = await chromium.launch(browserOptions);
  try {
    const { host, guest } = await talk(server, browser, laptop);
    for (const person of [host, guest]) await watch(person);
    await asleep(laptop, async () => {
      await goesDark(host);
      await expect(host.page.getByText(/reconnecting|unstable/i).first()).toBeVisible({ timeout: 60_000 });
    });
    const since = Date.now();
    const back = Math.max(...(await Promise.all([host, guest].map((person) => comesBack(person, since)))));
    console.log(`RESULT sleep-and-wake picture_back_ms=${back}`);
    for (const person of [host, guest]) await seesAndHears(person);
  } finally {
    await laptop.close();
    await server.stop();
  }
});

/** Every process of this browser stands still meanwhile, as in a machine that sleeps. */
async function asleep(browser: Browser, meanwhile: () => Promise<void>): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const processes = processInfo.map(({ id }) => id);
  for (const id of processes) process.kill(id, "SIGSTOP");
  try {
    await meanwhile();
  } finally {
    for (const id of processes) process.kill(id, "SIGCONT");
  }
}

test("both sides renegotiate at the same moment, a hundred times", async ({ browser }) => {
  test.setTimeout(300_000);
  const rounds = 100;
  const server = await Server.start();
  try {
    const { host, guest } = await talk(server, browser);
    const made = [await connectionsMade(host), await connectionsMade(guest)];
    const people = [host, guest];
    let glares = 0;
    for (let round = 0; round < rounds; round += 1) {
      const at = Date.now() + 30;
      const offered = await Promise.all(people.map((person) => renegotiate(person, at)));
      if (offered.every(Boolean)) glares += 1;
    }
    console.log(`RESULT glare rounds=${rounds} both_offered=${glares}`);
    expect(glares).toBeGreaterThan(rounds / 10);
    expect([await connectionsMade(host), await connectionsMade(guest)]).toEqual(made);
    for (const person of people) await seesAndHears(person);
  } finally {
    await server.stop();
  }
});

/** Restarts ICE at this moment and waits until all is calm again; says whether this side made an offer. */
function renegotiate({ page }: Person, at: number): Promise<boolean> {
  return page.evaluate(async (moment) => {
    const all = (window as unknown as { peerConnections: RTCPeerConnection[] }).peerConnections;
    const pc = all.filter((one) => one.connectionState === "connected" && one.getReceivers().length > 1).at(-1)!;
    const fragment = () => /a=ice-ufrag:(\S+)/.exec(pc.currentLocalDescription?.sdp ?? "")?.[1];
    const before = fragment();
    let offered = false;
    const look = () => (offered ||= pc.signalingState === "have-local-offer");
    pc.addEventListener("signalingstatechange", look);
    await new Promise((resolve) => setTimeout(resolve, moment - Date.now()));
    pc.restartIce();
    const calm = () => pc.signalingState === "stable" && pc.connectionState === "connected" && fragment() !== before;
    while (!calm()) await new Promise((resolve) => setTimeout(resolve, 10));
    pc.removeEventListener("signalingstatechange", look);
    return offered;
  }, at);
}
