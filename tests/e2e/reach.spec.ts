// Every way to the relay: UDP, TCP, TLS on its own port, TLS on the port that serves this very page;
// IPv4 and IPv6. (journey.spec.ts has UDP and TCP over IPv4.)
import { chromium, expect } from "@playwright/test";
import { browserOptions } from "./browser";
import { admit, arrive, becomeHostByHand, enter, followLink, invite, seesAndHears, startMeeting } from "./people";
import { Server } from "./server";
import { test } from "./test";

const kit = new URL("../../turn/tests/kit/", import.meta.url).pathname;
const CERTIFICATE = { SERVER__TLS_CERTIFICATE_FILE: `${kit}cert.pem`, SERVER__TLS_KEY_FILE: `${kit}key.pem` };
const BOTH = { RELAY__LISTEN: "127.0.0.1,::1", RELAY__ICE_TRANSPORT_POLICY: "relay" };
const V6 = { ...BOTH, RELAY__PUBLIC_HOST: "::1" };
/** HTTPS on a door of its own; the page is served there too. */
const shared = (address: string) => ({
  ...CERTIFICATE,
  SERVER__TLS_LISTEN: `${address}:0`,
  SERVER__PUBLIC_URL: "https://localhost:0",
  RELAY__TRANSPORTS: "tls",
});

const ways = [
  ["udp over IPv6", { ...V6, RELAY__TRANSPORTS: "udp" }, "udp"],
  ["tcp over IPv6", { ...V6, RELAY__TRANSPORTS: "tcp" }, "tcp"],
  ["tls over IPv4", { ...BOTH, ...CERTIFICATE, RELAY__TRANSPORTS: "tls" }, "tls"],
  ["tls over IPv6", { ...V6, ...CERTIFICATE, RELAY__TRANSPORTS: "tls" }, "tls"],
  ["tls on the page's own port over IPv4", { ...BOTH, ...shared("127.0.0.1") }, "tls"],
  ["tls on the page's own port over IPv6", { ...V6, ...shared("[::1]") }, "tls"],
] as const;

for (const [name, settings, protocol] of ways) {
  test(`a relayed call by ${name}`, async () => {
    const server = await Server.start(settings);
    // Chromium's TURN client refuses the test's certificate unless all errors are ignored.
    const browser = await chromium.launch({ ...browserOptions, args: [...browserOptions.args, "--ignore-certificate-errors"] });
    try {
      const port = new URL(server.url).port;
      const servers = server.url.startsWith("https") ? `:${port}?` : undefined;
      const host = await arrive(browser, { servers });
      await becomeHostByHand(server, host);
      const guest = await arrive(browser, { servers });
      await followLink(guest, await invite(host));
      await enter(guest);
      await startMeeting(host);
      await admit(host, "Brian Otieno");
      for (const person of [host, guest]) {
        const seen = await seesAndHears(person);
        expect([seen.localType, seen.remoteType, seen.relayProtocol]).toEqual(["relay", "relay", protocol]);
      }
    } finally {
      await browser.close();
      await server.stop();
    }
  });
}
