// The whole way: sign-up to end page, through the relay, over UDP and over TCP.
import { expect } from "@playwright/test";
import { admit, arrive, becomeHost, enter, followLink, invite, press, picture, seesAndHears, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

for (const transport of ["udp", "tcp"] as const) {
  test(`a host and a guest without an account talk through the relay over ${transport}`, async ({ browser }) => {
    const server = await Server.start({ RELAY__ICE_TRANSPORT_POLICY: "relay", RELAY__TRANSPORTS: transport });
    try {
      const host = await arrive(browser);
      await becomeHost(server, host);
      const link = await invite(host);
      const mail = await server.mail("brian@mail.example", /./);
      expect(mail.text).toContain(link);

      const guest = await arrive(browser, { phone: true });
      await followLink(guest, link);
      await enter(guest);
      await expect(guest.page.getByRole("heading", { name: "Waiting room" })).toBeVisible();
      expect(await picture(guest)).toBeUndefined();

      await startMeeting(host);
      await admit(host, "Brian Otieno");

      for (const person of [host, guest]) {
        const seen = await seesAndHears(person);
        expect([seen.localType, seen.remoteType]).toEqual(["relay", "relay"]);
        expect(seen.relayProtocol).toBe(transport);
      }

      await press(host, "End");
      await host.page.getByRole("button", { name: "End for all" }).click();
      for (const person of [host, guest]) {
        await expect(person.page.getByText(/Session completed. Duration: /)).toBeVisible();
      }
      await guest.context.close();
      await host.context.close();
    } finally {
      await server.stop();
    }
  });
}

test("a person signs up by mail, logs out, resets the password and sees the devices", async ({ browser }) => {
  const server = await Server.start();
  try {
    const { page, context } = await arrive(browser);
    await page.goto(`${server.url}/signup`);
    await page.getByLabel("Your name").fill("Carla Mendes");
    await page.getByLabel("E-mail address").fill("carla@mail.example");
    await page.getByLabel("Password", { exact: true }).fill("green tea at seven");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();

    const verify = /http\S+\/verify\/\S+/.exec((await server.mail("carla@mail.example", /./)).text)![0];
    await page.goto(verify);
    await page.getByRole("button", { name: "Confirm and go on" }).click();
    await expect(page.getByRole("heading", { name: /Hello Carla/ })).toBeVisible();
    await page.reload();
    await expect(page.getByRole("heading", { name: /Hello Carla/ })).toBeVisible();

    await page.goto(`${server.url}/account`);
    await expect(page.getByText("This device")).toBeVisible();
    await page.getByRole("button", { name: "Log out", exact: true }).last().click();

    await page.goto(`${server.url}/reset`);
    await page.getByLabel("E-mail address").fill("carla@mail.example");
    await page.getByRole("button", { name: "Send the link" }).click();
    await expect(page.getByRole("heading", { name: "Check your mail" })).toBeVisible();
    const reset = /http\S+\/reset\/\S+/.exec((await server.mail("carla@mail.example", /password/i)).text)![0];
    await page.goto(reset);
    await page.getByLabel("New password", { exact: true }).fill("black coffee at nine");
    await page.getByRole("button", { name: "Save password and log in" }).click();
    await expect(page.getByRole("heading", { name: /Hello Carla/ })).toBeVisible();
    await context.close();
  } finally {
    await server.stop();
  }
});
