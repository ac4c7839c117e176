// What people do in these tests, in the words that they see on the pages.
import { type Browser, type BrowserContext, type Locator, type Page, chromium, expect as impatient } from "@playwright/test";
import type { Server } from "./server";

/** For programs outside this folder, which do not find the package by its name. */
export { type Browser, chromium };

/** As patient in programs as the configuration makes it in tests. */
const expect = impatient.configure({ timeout: 20_000 });

export interface Person {
  context: BrowserContext;
  page: Page;
}

/** What one side's connection says, from getStats of the browser itself. */
export interface Picture {
  state: string;
  localType: string;
  remoteType: string;
  relayProtocol: string;
  framesDecoded: number;
  audioEnergy: number;
}

export async function arrive(browser: Browser, options: { phone?: boolean; dark?: boolean; servers?: string; zone?: string } = {}): Promise<Person> {
  const context = await browser.newContext({
    permissions: ["camera", "microphone"],
    viewport: options.phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
    colorScheme: options.dark ? "dark" : "light",
    locale: "en-GB",
    ...(options.zone === undefined ? {} : { timezoneId: options.zone }),
    ignoreHTTPSErrors: true,
  });
  // Keeps a hand on every connection, so that a test can read its statistics and count its offers.
  await context.addInitScript((servers) => {
    const all: RTCPeerConnection[] = [];
    // With `servers`, the browser is left with only those addresses of the relay that contain it.
    const allowed = (configuration?: RTCConfiguration): RTCConfiguration | undefined =>
      servers === undefined || configuration === undefined
        ? configuration
        : {
            ...configuration,
            iceServers: (configuration.iceServers ?? [])
              .map((server) => ({ ...server, urls: [server.urls].flat().filter((url) => url.includes(servers)) }))
              .filter((server) => server.urls.length > 0),
          };
    const Native = RTCPeerConnection;
    class Watched extends Native {
      constructor(configuration?: RTCConfiguration) {
        super(allowed(configuration));
        all.push(this);
      }
      override setConfiguration(configuration?: RTCConfiguration): void {
        super.setConfiguration(allowed(configuration));
      }
    }
    Object.assign(window, { RTCPeerConnection: Watched, peerConnections: all, sockets: [] as WebSocket[] });
    const NativeSocket = WebSocket;
    class WatchedSocket extends NativeSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        (window as unknown as { sockets: WebSocket[] }).sockets.push(this);
      }
    }
    Object.assign(window, { WebSocket: WatchedSocket });
  }, options.servers);
  return { context, page: await context.newPage() };
}

/** Asks the server as this person's browser does, with its cookies; without the clicks, where a test is not about them. */
async function ask(server: Server, { context }: Person, path: string, data: unknown): Promise<void> {
  const answer = await context.request.post(server.url + path, { data, headers: { origin: server.url } });
  expect(answer.status(), `${path}: ${await answer.text()}`).toBeLessThan(300);
}

const AMINA = { email: "amina@practice.example", password: "a quiet little room" };

/** The first admin, who is a host too, by the link that the terminal printed. */
export async function becomeHost(server: Server, host: Person, name = "Dr Amina Njeri"): Promise<void> {
  const timeZone = await zoneOf(host);
  await ask(server, host, "/api/setup", { token: server.setupLink.split("/").at(-1), name, timeZone, ...AMINA });
  await greeted(server, host);
}

/** The same by hand, and from where only the browser reaches the server. */
export async function becomeHostByHand(server: Pick<Server, "setupLink">, host: Person, name = "Dr Amina Njeri"): Promise<void> {
  const { page } = host;
  await page.goto(server.setupLink);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("E-mail address").fill(AMINA.email);
  await page.getByLabel("Password", { exact: true }).fill(AMINA.password);
  await page.getByRole("button", { name: "Create administrator" }).click();
  // Setup comes next, and can wait.
  await page.getByRole("link", { name: "Do all of this later" }).click();
  await expect(page.getByRole("heading", { name: /Hello/ })).toBeVisible();
}

/** An appointment of tomorrow that the first admin makes on some other device. */
export async function arrange(server: Server, clientEmail: string, subject = "Talk"): Promise<void> {
  const post = async (path: string, body: unknown, token = "") => {
    const headers = { "content-type": "application/json", origin: server.url, ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    expect(answer.status, path).toBeLessThan(300);
    return (await answer.json()) as { accessToken: string };
  };
  const { accessToken } = await post("/api/auth/login", AMINA);
  const scheduledAt = Date.now() + 86_400_000;
  await post("/api/meetings/create", { subject, scheduledAt, durationMinutes: 50, clientEmail, clientName: clientEmail }, accessToken);
}

async function greeted(server: Server, { page }: Person, name = ""): Promise<void> {
  // The app asks for its session only where it remembers that there was one: it does so once from now on.
  await page.context().addInitScript(() => {
    try {
      if (localStorage.getItem("test.known") === null) localStorage.setItem("parlor.member", "1");
      localStorage.setItem("test.known", "1");
    } catch {
      // A frame that may keep nothing.
    }
  });
  await page.goto(server.url);
  await expect(page.getByRole("heading", { name: new RegExp(`Hello ${name}`) })).toBeVisible();
}

/** As this person's browser has it. */
const zoneOf = ({ page }: Person): Promise<string> => page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);

/** Somebody with an account, and with the coins of a new one. `journey.spec.ts` signs up by hand. */
export async function member(server: Server, browser: Browser, name: string, options = {}): Promise<Person> {
  const person = await arrive(browser, options);
  const email = `${name.toLowerCase().replace(/ /g, ".")}@mail.example`;
  const timeZone = await zoneOf(person);
  await ask(server, person, "/api/auth/signup", { name, email, password: "green tea at seven", language: "en", timeZone });
  const token = /\/verify\/(\S+)/.exec((await server.mail(email, /./)).text)![1];
  await ask(server, person, "/api/auth/verify", { token });
  await greeted(server, person, name);
  return person;
}

/** A host rings only when switched on, with the switch in the header. */
export async function takeCalls({ page }: Person): Promise<void> {
  const online = page.getByRole("banner").getByRole("switch", { name: "Take calls" });
  await expect(online).toBeVisible();
  if ((await online.getAttribute("aria-checked")) === "false") await online.click();
  await expect(online).toHaveAttribute("aria-checked", "true");
}

/** From the list of hosts over Amina's page to the conversation with her. */
export async function writeToHost(server: Server, { page }: Person): Promise<void> {
  await page.goto(`${server.url}/hosts`);
  await page.getByRole("main").getByRole("link", { name: /Amina/ }).first().click();
  await page.getByRole("link", { name: "Message", exact: true }).click();
}

/** A meeting that starts in two minutes; gives the guest's personal link. */
export async function invite(host: Person, email = "brian@mail.example", name = "Brian Otieno"): Promise<string> {
  const { page } = host;
  await page.goto(new URL("/meetings/new", page.url()).href);
  const start = new Date(Date.now() + 120_000);
  const two = (n: number) => String(n).padStart(2, "0");
  await page.getByLabel("Their e-mail address").fill(email);
  await page.getByLabel("Their name").fill(name);
  await page.getByLabel("Subject").fill("First conversation");
  await page.getByLabel("Date").fill(`${start.getFullYear()}-${two(start.getMonth() + 1)}-${two(start.getDate())}`);
  await page.getByLabel("Time", { exact: true }).fill(`${two(start.getHours())}:${two(start.getMinutes())}`);
  await page.getByRole("button", { name: "Create and send invitation" }).click();
  await expect(page.getByRole("heading", { name: "Your meeting is arranged" })).toBeVisible();
  const link = await page.getByLabel("Their personal link").inputValue();
  expect(link).toContain("/j/");
  return link;
}

/** Follows the join link up to the green room's button. */
export async function followLink(guest: Person, link: string): Promise<void> {
  const { page } = guest;
  await page.goto(link);
  await page.getByRole("button", { name: /Continue/ }).click();
  await page.waitForURL(/video-call/);
}

/** Waits until the page knows what the browser allows, asks for the devices if it must, and gives the button. */
export async function greenRoom({ page }: Person): Promise<Locator> {
  const allow = page.getByRole("button", { name: "Allow camera and microphone" });
  const join = page.getByRole("button", { name: "Join", exact: true });
  await expect(allow.or(join.and(page.locator(":enabled"))).first()).toBeVisible();
  if (await allow.isVisible()) await allow.click();
  return join;
}

/** From the green room into the lobby or the call. */
export async function enter(person: Person): Promise<void> {
  await (await greenRoom(person)).click();
}

export async function startMeeting(host: Person): Promise<void> {
  await host.page.getByRole("link", { name: "Open the meeting" }).click();
  await host.page.getByRole("link", { name: "Join" }).click();
  await enter(host);
  await expect(host.page.getByRole("toolbar", { name: "Call controls" })).toBeVisible();
}

export async function admit(host: Person, name: string): Promise<void> {
  await host.page.getByRole("button", { name: new RegExp(`Admit ${name}`) }).click();
}

/** A button of the call's toolbar, or of its "More". */
export async function press({ page }: Person, tool: string): Promise<void> {
  const toolbar = page.getByRole("toolbar", { name: "Call controls" });
  const button = toolbar.getByRole("button", { name: tool, exact: true });
  const more = toolbar.getByRole("button", { name: "More", exact: true });
  await expect(more).toBeVisible();
  if (!(await button.isVisible())) await more.click();
  await button.click();
}

export async function picture(person: Person): Promise<Picture | undefined> {
  return person.page.evaluate(async () => {
    const all = (window as unknown as { peerConnections: RTCPeerConnection[] }).peerConnections;
    const live = all.filter((pc) => pc.connectionState === "connected" && pc.getReceivers().length > 1).at(-1);
    if (!live) return undefined;
    const stats = new Map<string, Record<string, unknown>>();
    (await live.getStats()).forEach((value: Record<string, unknown>, key: string) => stats.set(key, value));
    const values = [...stats.values()];
    const transport = values.find((entry) => entry.type === "transport");
    const pair = stats.get(String(transport?.selectedCandidatePairId));
    const local = stats.get(String(pair?.localCandidateId));
    const remote = stats.get(String(pair?.remoteCandidateId));
    // Camera and screen are both video: together.
    const inbound = (kind: string, figure: string) =>
      values
        .filter((entry) => entry.type === "inbound-rtp" && entry.kind === kind)
        .reduce((sum, entry) => sum + Number(entry[figure] ?? 0), 0);
    return {
      state: live.connectionState,
      localType: String(local?.candidateType),
      remoteType: String(remote?.candidateType),
      relayProtocol: String(local?.relayProtocol),
      framesDecoded: inbound("video", "framesDecoded"),
      audioEnergy: inbound("audio", "totalAudioEnergy"),
    };
  });
}

/** Both moving picture and sound arrive, and go on arriving. */
export async function seesAndHears(person: Person, more = 15): Promise<Picture> {
  await expect.poll(async () => (await picture(person))?.framesDecoded ?? 0).toBeGreaterThan(0);
  const before = (await picture(person))!;
  await expect
    .poll(async () => {
      const now = await picture(person);
      return now !== undefined && now.framesDecoded >= before.framesDecoded + more && now.audioEnergy > before.audioEnergy;
    })
    .toBe(true);
  return (await picture(person))!;
}

/** A host and a guest in a call, both seen and heard. The guest may have a browser of their own. */
export async function talk(server: Server, browser: Browser, guestBrowser = browser): Promise<{ host: Person; guest: Person }> {
  const host = await arrive(browser);
  await becomeHost(server, host);
  const link = await invite(host);
  const guest = await arrive(guestBrowser);
  await followLink(guest, link);
  await enter(guest);
  await startMeeting(host);
  await admit(host, "Brian Otieno");
  await seesAndHears(host);
  await seesAndHears(guest);
  return { host, guest };
}

/** How many media connections this page ever made: another one after a cut means a lost call. */
export function connectionsMade(person: Person): Promise<number> {
  return person.page.evaluate(
    () => (window as unknown as { peerConnections: RTCPeerConnection[] }).peerConnections.length,
  );
}
