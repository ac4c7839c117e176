// Six people in one room, each sending to each: fifteen connections on one machine, with small pictures.
import { expect } from "@playwright/test";
import { type Person, arrive, becomeHost, enter, followLink, invite } from "./people";
import { Server } from "./server";
import { test } from "./test";

const PEOPLE = 6;

/** Cameras of 160 x 120 at 5 frames a second, or thirty encoders would be too much for a small machine. */
async function smallCamera({ context }: Person): Promise<void> {
  await context.addInitScript(() => {
    const ask = MediaDevices.prototype.getUserMedia;
    MediaDevices.prototype.getUserMedia = function (wishes) {
      const small = { width: 160, height: 120, frameRate: 5 };
      return ask.call(this, wishes?.video ? { ...wishes, video: small } : wishes);
    };
  });
}

/** From how many others both frames and sound come at this moment, by the connections' own counts. */
async function alive({ page }: Person): Promise<Map<string, [number, number]>> {
  const counts = await page.evaluate(async () => {
    const all = (window as unknown as { peerConnections: RTCPeerConnection[] }).peerConnections;
    const live = all.filter((pc) => pc.connectionState === "connected" && pc.getReceivers().length > 1);
    return Promise.all(
      live.map(async (pc): Promise<[string, [number, number]]> => {
        let [frames, energy] = [0, 0];
        (await pc.getStats()).forEach((entry: { type: string; framesDecoded?: number; totalAudioEnergy?: number }) => {
          if (entry.type !== "inbound-rtp") return;
          frames += entry.framesDecoded ?? 0;
          energy += entry.totalAudioEnergy ?? 0;
        });
        return [String(all.indexOf(pc)), [frames, energy]];
      }),
    );
  });
  return new Map(counts);
}

test("six people see and hear each other", async ({ browser }) => {
  test.setTimeout(300_000);
  const server = await Server.start({ MEETINGS__ROOM_PEOPLE_MAX: String(PEOPLE) });
  try {
    const host = await arrive(browser);
    await smallCamera(host);
    await becomeHost(server, host);
    const links = [await invite(host)];
    await host.page.getByRole("link", { name: "Open the meeting" }).click();
    for (let number = 1; number < PEOPLE - 1; number += 1) {
      await host.page.getByLabel("Their e-mail address").fill(`guest${number}@mail.example`);
      await host.page.getByLabel("Their name").fill(`Guest ${number}`);
      await host.page.getByRole("button", { name: "Send invitation" }).click();
      const link = host.page.getByLabel(new RegExp(`Guest ${number}`)).and(host.page.locator("input"));
      links.push(await link.inputValue());
    }
    const guests: Person[] = [];
    for (const link of links) {
      const guest = await arrive(browser, { phone: true });
      await smallCamera(guest);
      await followLink(guest, link);
      await enter(guest);
      guests.push(guest);
    }
    await host.page.getByRole("link", { name: "Join" }).click();
    await enter(host);
    await host.page.getByRole("button", { name: /Admit all/ }).click();
    const people = [host, ...guests];
    for (const person of people) {
      await expect.poll(async () => (await alive(person)).size, { timeout: 90_000 }).toBe(PEOPLE - 1);
      const before = await alive(person);
      await expect
        .poll(
          async () => {
            const now = await alive(person);
            return [...before].filter(([key, [frames, energy]]) => {
              const later = now.get(key);
              return later !== undefined && later[0] > frames && later[1] > energy;
            }).length;
          },
          { timeout: 90_000 },
        )
        .toBe(PEOPLE - 1);
    }
    console.log(`RESULT mesh people=${PEOPLE} connections=${(PEOPLE * (PEOPLE - 1)) / 2}`);
  } finally {
    await server.stop();
  }
});
