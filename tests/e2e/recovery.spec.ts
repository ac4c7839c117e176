// What a call survives: a cut socket, a killed server.
import { expect } from "@playwright/test";
import { type Person, connectionsMade, press, picture, seesAndHears, talk } from "./people";
import { Server } from "./server";
import { test } from "./test";

/** Frames go on arriving while `during` happens: the picture never stops. */
async function keepsRunning(person: Person, during: () => Promise<void>): Promise<void> {
  const before = (await picture(person))!.framesDecoded;
  await during();
  expect((await picture(person))?.state).toBe("connected");
  await expect.poll(async () => (await picture(person))?.framesDecoded ?? 0).toBeGreaterThan(before + 10);
}

test("a socket cut for 10 s resumes without a new offer, and the picture goes on", async ({ browser }) => {
  const server = await Server.start();
  try {
    const { host, guest } = await talk(server, browser);
    const made = await connectionsMade(guest);
    const offers = () => guest.page.evaluate(() => (window as unknown as { descriptions: number }).descriptions ?? 0);
    await guest.page.evaluate(() => {
      const counter = window as unknown as { descriptions: number; peerConnections: RTCPeerConnection[] };
      counter.descriptions = 0;
      for (const pc of counter.peerConnections) {
        pc.addEventListener("signalingstatechange", () => { counter.descriptions += 1; });
      }
    });
    await keepsRunning(guest, async () => {
      await guest.context.setOffline(true);
      await guest.page.evaluate(() => {
        for (const socket of (window as unknown as { sockets: WebSocket[] }).sockets) socket.close();
      });
      await expect(guest.page.getByText(/the call goes on/).first()).toBeVisible();
      await guest.page.waitForTimeout(10_000); // the length of the cut is the point of this test
      await guest.context.setOffline(false);
      await expect(guest.page.getByText(/the call goes on/).first()).toBeHidden();
    });
    expect(await connectionsMade(guest)).toBe(made);
    expect(await offers()).toBe(0);
    await expect(host.page.getByText("Brian Otieno is reconnecting…").first()).toBeHidden();
    await seesAndHears(host);
  } finally {
    await server.stop();
  }
});

test("the server is killed and started again: the picture runs on, the session comes back", async ({ browser }) => {
  const server = await Server.start();
  try {
    const { host, guest } = await talk(server, browser);
    const made = [await connectionsMade(host), await connectionsMade(guest)];
    await keepsRunning(guest, async () => {
      await server.kill();
      await expect(guest.page.getByText(/the call goes on/).first()).toBeVisible();
      await server.restart();
      for (const person of [host, guest]) await expect(person.page.getByText(/the call goes on/).first()).toBeHidden();
    });
    expect([await connectionsMade(host), await connectionsMade(guest)]).toEqual(made);
    // Signaling works again: a mute is seen by the other side.
    await press(guest, "Microphone");
    await expect(host.page.getByText(/is muted/).first()).toBeVisible();
    await press(host, "End");
    await host.page.getByRole("button", { name: "End for all" }).click();
    await expect(guest.page.getByText(/Session completed/)).toBeVisible();
  } finally {
    await server.stop();
  }
});
