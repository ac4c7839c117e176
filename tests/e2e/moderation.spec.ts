// A host and a guest: knocking, admission, hands, reactions, muting, the lock, removal, and a
// recording that everybody agreed to and that plays.
import { expect } from "@playwright/test";
import { readFileSync } from "node:fs";
import { type Person, arrive, becomeHost, enter, followLink, invite, press, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

/** People, as the panel beside the stage shows them. */
const people = ({ page }: Person) => page.getByRole("complementary", { name: "People" });
const row = (who: Person, name: string) => people(who).getByRole("listitem").filter({ hasText: name });
const dialog = ({ page }: Person, title: string | RegExp) => page.getByRole("dialog", { name: title });

/** For a look at it: SHOTS names a folder. */
async function shot({ page }: Person, name: string): Promise<void> {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
}

async function hostAndGuest(browser: Parameters<typeof arrive>[0], server: Server): Promise<[Person, Person]> {
  const [host, one] = [await arrive(browser), await arrive(browser)];
  await becomeHost(server, host);
  const link = await invite(host);
  await startMeeting(host);
  await followLink(one, link);
  await enter(one);
  return [host, one];
}

test("a host leads a room: admits, mutes, locks, removes, and records with everybody's word", async ({ browser }) => {
  const server = await Server.start();
  try {
    const [host, one] = await hostAndGuest(browser, server);
    await expect(one.page.getByRole("heading", { name: "Waiting room" })).toBeVisible();
    await expect(one.page.getByText("What happens next")).toBeVisible();
    await expect.poll(() => host.page.title()).toMatch(/^\(1\) /);
    await shot(host, "knock-1280");
    await shot(one, "lobby-1280");

    // Not now, with words that are ready.
    await host.page.getByRole("button", { name: "Not now" }).click();
    await host.page.getByRole("button", { name: "I am running 10 minutes late." }).click();
    await shot(host, "deny-1280");
    await dialog(host, "Not now").getByRole("button", { name: "Send" }).click();
    await expect(one.page.getByText("The host says: I am running 10 minutes late.")).toBeVisible();
    await one.page.getByRole("button", { name: "Ask again" }).click();
    await host.page.getByRole("button", { name: /Admit Brian/ }).click();
    await expect(one.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
    await expect(host.page.getByText("Connected", { exact: true }).first()).toBeVisible();

    // A hand, seen in the panel and lowered by the host.
    await press(host, "People");
    await press(one, "Raise hand");
    await expect(row(host, "Brian Otieno").getByText("Hand raised, number 1 in line")).toBeAttached();
    await shot(host, "people-1280");
    await row(host, "Brian Otieno").getByRole("button", { name: "Actions for Brian Otieno" }).click();
    await shot(host, "actions-1280");
    await row(host, "Brian Otieno").getByRole("button", { name: "Lower hand" }).click();
    await expect(one.page.getByText("Your hand was lowered.")).toBeVisible();

    // A reaction flies over both stages.
    await press(one, "React");
    await one.page.getByRole("group", { name: "Reactions" }).getByRole("button", { name: "Clap" }).click();
    await expect(host.page.locator(".reaction").filter({ hasText: "Brian" })).toBeVisible();
    await shot(one, "react-1280");
    await one.page.keyboard.press("Escape");

    // Muted by request; never unmuted.
    await row(host, "Brian Otieno").getByRole("button", { name: "Ask to mute" }).click();
    await expect(one.page.getByText(/asked you to switch off your microphone/)).toBeVisible();
    await expect(row(host, "Brian Otieno").getByText("Microphone off")).toBeAttached();

    // A recording: asked, agreed, seen by both, saved as a file that plays.
    await host.page.evaluate(() => delete (window as { showSaveFilePicker?: unknown }).showSaveFilePicker);
    await press(host, "Record");
    await dialog(host, "Record this call?").getByRole("button", { name: "Ask everybody" }).click();
    await expect(dialog(one, "May this call be recorded?")).toBeVisible();
    await shot(one, "consent-1280");
    await expect(host.page.getByText("Asking everybody…")).toBeVisible();
    await dialog(one, "May this call be recorded?").getByRole("button", { name: "I agree" }).click();
    await expect(host.page.getByText("Recording", { exact: true })).toBeVisible();
    await expect(one.page.getByText("Dr Amina Njeri is recording")).toBeVisible();
    await shot(one, "recording-1280");
    await one.page.setViewportSize({ width: 390, height: 844 });
    await shot(one, "recording-390");
    await host.page.waitForTimeout(3_000); // something to record
    const saved = host.page.waitForEvent("download");
    await one.page.getByRole("button", { name: "Stop: take my agreement back" }).click();
    await dialog(one, "Stop the recording?").getByRole("button", { name: "Take my agreement back" }).click();
    await expect(host.page.getByText(/does not want to be recorded any more/)).toBeVisible();
    const file = await (await saved).path();
    const film = await play(host, readFileSync(file).toString("base64"));
    expect(film.duration).toBeGreaterThan(2);
    expect(film.duration).toBeLessThan(60);
    expect(film.width).toBe(1280);
    expect(film.bright).toBe(true);
    expect(film.loud).toBe(true);

    // Locked: who has a link knocks; who was removed knocks too, and reads why.
    await people(host).getByRole("switch", { name: "Lock the room" }).click();
    await expect(host.page.getByText("The room is locked")).toBeVisible();
    await row(host, "Brian Otieno").getByRole("button", { name: "Remove" }).click();
    await dialog(host, "Remove Brian Otieno?").getByLabel("Reason").fill("Thank you, we are done");
    await shot(host, "remove-1280");
    await dialog(host, "Remove Brian Otieno?").getByRole("button", { name: "Remove" }).click();
    await expect(one.page.getByRole("heading", { name: "You were removed from the meeting" })).toBeVisible();
    await expect(one.page.getByText("The host says: Thank you, we are done")).toBeVisible();
    await one.page.getByRole("radio", { name: "4 stars" }).check();
    await one.page.getByLabel("Anything you would like to say").fill("Clear sound");
    await shot(one, "removed-390");
    await one.page.getByRole("button", { name: "Send" }).click();
    await expect(one.page.getByText("Thank you!")).toBeVisible();
  } finally {
    await server.stop();
  }
});

interface Film {
  duration: number;
  width: number;
  /** It shows something else than the empty ground. */
  bright: boolean;
  /** It has sound that is not silence. */
  loud: boolean;
}

/** Plays a film in this browser, in an empty page: pictures and sound as a person would get them. */
async function play({ context }: Person, base64: string): Promise<Film> {
  const page = await context.newPage();
  try {
    return await page.evaluate(async (text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const video = document.createElement("video");
      video.muted = true;
      video.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
      await new Promise((resolve, reject) => {
        video.onloadedmetadata = resolve;
        video.onerror = () => reject(new Error(video.error?.message));
      });
      const duration = video.duration;
      // Frames as they come, until one shows somebody: more than the dark ground of an empty picture.
      const canvas = document.createElement("canvas");
      canvas.width = 64;
      canvas.height = 36;
      const pen = canvas.getContext("2d", { willReadFrequently: true });
      let bright = false;
      document.body.append(video);
      await video.play();
      while (!bright && !video.ended) {
        await new Promise((resolve) => {
          video.requestVideoFrameCallback(resolve);
          video.onended = resolve;
        });
        pen?.drawImage(video, 0, 0, 64, 36);
        const dots = pen?.getImageData(0, 0, 64, 36).data ?? [];
        bright = Array.from(dots).some((value, index) => index % 4 === 1 && value > 120);
      }
      const audio = await new AudioContext().decodeAudioData(bytes.buffer.slice(0));
      const samples = audio.getChannelData(0);
      return {
        duration,
        width: video.videoWidth,
        bright,
        loud: samples.some((sample) => Math.abs(sample) > 0.01),
      };
    }, base64);
  } finally {
    await page.close();
  }
}
