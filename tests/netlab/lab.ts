// The lab put together: the world, the real server in it, and a real Chromium at each of two places.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchFrames } from "../e2e/frames";
import { type Browser, type Person, arrive, becomeHostByHand, chromium } from "../e2e/people";
import { browserOptions } from "../e2e/browser";
import { Server } from "../e2e/server";
import { makeTrust } from "./trust";
import { Place, SERVER_NAME, buildCore, inside } from "./world";

export class Lab {
  private constructor(
    readonly server: Server,
    readonly places: [Place, Place],
    private readonly browsers: [Browser, Browser],
    readonly host: Person,
  ) {}

  /** The guest sits at the first place, the host at the second. `settings` are the server's. */
  static async open(settings: Record<string, string> = {}): Promise<Lab> {
    await buildCore();
    const places: [Place, Place] = [new Place("a", 0), new Place("b", 1)];
    for (const place of places) place.become("none");
    const trust = makeTrust();
    const server = await Server.start(
      {
        SERVER__LISTEN: "127.0.0.1:8080",
        SERVER__TLS_LISTEN: "0.0.0.0:443",
        SERVER__TLS_CERTIFICATE_FILE: trust.certificate,
        SERVER__TLS_KEY_FILE: trust.key,
        SERVER__PUBLIC_URL: `https://${SERVER_NAME}`,
        RELAY__LISTEN: "0.0.0.0",
        RELAY__PORT: "3478",
        RELAY__TLS_PORT: "5349",
        ...settings,
      },
      [],
      inside("server"),
    );
    const browsers = (await Promise.all(places.map((place) => launch(place.client, trust.home)))) as [Browser, Browser];
    const host = await arrive(browsers[1]);
    await watchFrames(host);
    await becomeHostByHand(server, host);
    return new Lab(server, places, browsers, host);
  }

  /** Somebody new at the first place. */
  async guest(): Promise<Person> {
    const guest = await arrive(this.browsers[0]);
    await watchFrames(guest);
    return guest;
  }

  async close(): Promise<void> {
    for (const browser of this.browsers) await browser.close().catch(() => {});
    await this.server.stop();
  }
}

/** Chromium within a namespace: it speaks with us by pipes, so only its own traffic is in there. */
export async function launch(space: string, home: string): Promise<Browser> {
  const folder = join(tmpdir(), `browser-${space}`);
  mkdirSync(folder);
  const script = join(folder, "chromium");
  writeFileSync(script, `#!/bin/sh\nexec ${inside(space).join(" ")} ${browserOptions.executablePath} "$@"\n`);
  chmodSync(script, 0o755);
  return chromium.launch({
    executablePath: script,
    args: browserOptions.args,
    env: { ...process.env, HOME: home } as Record<string, string>,
  });
}
