// Every page and every answer, as nobody, as another client, as another host and as the admin: nothing is
// shown of two people's meeting, booking and words to whom they do not concern, and no page breaks.
import { readFileSync } from "node:fs";
import { type Browser, type Page, expect } from "@playwright/test";
import { Server } from "./server";
import { test } from "./test";

const DEMO = "parlor demo 2026";
const PASSWORD = "green tea at seven";

/** What only the two (and the guest whom they invited) may read. */
const WORDS = { subject: "Subject-7f3c1", description: "Description-7f3c1", message: "Message-7f3c1", note: "Note-7f3c1", guest: "guest-7f3c1@mail.example" };
const ADDRESSES = { host: "host@demo.parlor.example", client: "client@demo.parlor.example" };
/** Those of the others, as well as ids and links that open something. */
const SECRETS = [...Object.values(WORDS), ...Object.values(ADDRESSES)];
/** Admins see who met whom and when, never what was said, and no link that would let them in. */
const SECRETS_OF_ADMINS = [WORDS.message, WORDS.note, WORDS.description];

interface Caller {
  name: string;
  token?: string;
  login?: [string, string];
  secrets: string[];
}

type Answer = Record<string, any>;

const routes = [...readFileSync(new URL("../../web/ui/src/app/routes.ts", import.meta.url), "utf8").matchAll(/pattern: "([^"]+)"/g)].map((it) => it[1]!);
const document = JSON.parse(readFileSync(new URL("../../web/openapi.json", import.meta.url), "utf8")) as { paths: Record<string, Record<string, { parameters?: { in: string; name: string; required?: boolean }[] }>> };

test("whatever is opened by whomever, nothing of others is shown", async ({ browser }) => {
  test.setTimeout(240_000);
  const server = await Server.start({ LIMITS__ACCOUNT_PER_MIN: "100000" }, ["--demo"]);
  try {
    const ask = api(server);
    const { callers, ids } = await people(server, ask);

    // Every GET of the document, with the ids of the two.
    const gets = Object.entries(document.paths).filter(([, methods]) => methods["get"]);
    expect(gets.length).toBeGreaterThan(60);
    const broken: string[] = [];
    for (const caller of callers) {
      for (const [pattern, methods] of gets) {
        for (const road of filled(pattern, ids)) {
          const answer = await fetch(server.url + road + query(methods["get"]!, ids), { headers: { ...(caller.token && { authorization: `Bearer ${caller.token}` }) }, redirect: "manual" });
          const text = await answer.text();
          expect(answer.status, `${road} as ${caller.name}: ${text}`).toBeLessThan(500);
          broken.push(...shown(text, caller).map((it) => `${road} as ${caller.name} shows ${it}`));
        }
      }
    }
    expect(broken).toEqual([]);

    // Every page of the app, with everything that it loads.
    expect(routes.length).toBeGreaterThan(45);
    for (const caller of callers.filter((it) => it.login || !it.token)) await crawl(browser, server, caller, ids);
  } finally {
    await server.stop();
  }
});

const shown = (text: string, { secrets }: Caller) => secrets.filter((it) => text.includes(it));

function api(server: Server) {
  return async (method: string, road: string, token?: string, body?: unknown): Promise<Answer> => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body !== undefined && { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }) };
    const answer = await fetch(server.url + road, { method, headers, body: JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.ok, `${method} ${road}: ${answer.status} ${text}`).toBe(true);
    return text === "" ? {} : (JSON.parse(text) as Answer);
  };
}

/** The demo's host and client do all that is private; then come those whom it does not concern. */
async function people(server: Server, ask: ReturnType<typeof api>) {
  const login = async (email: string, password: string): Promise<string> => (await ask("POST", "/api/auth/login", undefined, { email, password }))["accessToken"];
  const join = async (name: string, email: string, more = {}) => {
    await ask("POST", "/api/auth/signup", undefined, { name, email, password: PASSWORD, ...more });
    const mail = await server.mail(email, /./);
    await ask("POST", "/api/auth/verify", undefined, { token: /\/verify\/(\S+)/.exec(mail.text)![1] });
    return login(email, PASSWORD);
  };
  await ask("POST", "/api/setup", undefined, { token: server.setupLink.split("/").at(-1), name: "Amina", email: "amina@practice.example", password: "a quiet little room" });
  const admin = await login("amina@practice.example", "a quiet little room");
  const [host, client] = [await login(ADDRESSES.host, DEMO), await login(ADDRESSES.client, DEMO)];
  const [hostId, clientId] = [(await ask("GET", "/api/me", host))["userId"], (await ask("GET", "/api/me", client))["userId"]] as [string, string];

  const meeting = await ask("POST", "/api/meetings/create", host, {
    subject: WORDS.subject,
    description: WORDS.description,
    scheduledAt: Date.now() + 60_000,
    durationMinutes: 30,
    clientEmail: WORDS.guest,
    clientName: "Guest",
  });
  const guest = (await ask("POST", "/api/join/redeem", undefined, { token: meeting["meetingLinks"][0].split("/").at(-1), name: "Guest" }))["accessToken"] as string;
  const conversation = [hostId, clientId].sort().join("_");
  await ask("POST", `/api/conversations/${conversation}/messages`, client, { text: WORDS.message });
  const services = (await ask("GET", `/api/hosts/${hostId}/services`))["services"] as Answer[];
  const service = services.find((it) => it["priceMc"] === 0)!["serviceId"] as string;
  const startsAt = (await ask("GET", `/api/hosts/${hostId}/slots?service=${service}&limit=1`))["slots"][0];
  const booked = await ask("POST", "/api/bookings", client, { hostId, serviceId: service, startsAt, note: WORDS.note });
  const booking = /"meetingId":"([^"]+)"/.exec(JSON.stringify(booked))![1]!;

  const other = await join("Mallory Other", "mallory@mail.example");
  const rival = await join("Rita Rival", "rita@mail.example", { wantsToHost: true });
  const rivalId = (await ask("GET", "/api/me", rival))["userId"] as string;
  await ask("POST", `/api/admin/host-applications/${rivalId}`, admin, { approve: true });

  const callers: Caller[] = [
    { name: "nobody", secrets: SECRETS },
    { name: "a guest of the meeting", token: guest, secrets: [WORDS.message, WORDS.note, ...Object.values(ADDRESSES)] },
    { name: "another client", token: other, login: ["mallory@mail.example", PASSWORD], secrets: SECRETS },
    { name: "another host", token: await login("rita@mail.example", PASSWORD), login: ["rita@mail.example", PASSWORD], secrets: SECRETS },
    { name: "the admin", token: admin, login: ["amina@practice.example", "a quiet little room"], secrets: SECRETS_OF_ADMINS },
  ];
  const ids = { meetings: [meeting["meetingId"], booking] as string[], room: meeting["roomId"] as string, hostId, clientId, conversation, service };
  return { callers, ids };
}

type Ids = Awaited<ReturnType<typeof people>>["ids"];

/** The addresses that a pattern stands for; what belongs to nothing of the two is an id of nothing. */
function filled(pattern: string, ids: Ids): string[] {
  const nothing = "01900000-0000-7000-8000-000000000000";
  const of = (name: string): string[] => {
    if (/meeting|session|booking|requests|book\/done/i.test(`${pattern.split(/[:{]/)[0]}${name}`)) return ids.meetings;
    if (pattern.includes("conversations") || pattern.startsWith("/messages")) return name === "seq" ? ["1"] : [ids.conversation];
    if (pattern.includes("/rooms/")) return [ids.room];
    if (pattern.includes("services") || name === "service") return pattern.includes("hosts") ? [ids.hostId] : [ids.service];
    if (/host|user/i.test(`${pattern}${name}`)) return [ids.hostId, ids.clientId];
    return name === "seq" ? ["1"] : [nothing];
  };
  const names = [...pattern.matchAll(/[:{](\w+)/g)].map((it) => it[1]!);
  const most = Math.max(1, ...names.map((name) => of(name).length));
  return Array.from({ length: most }, (_, at) => pattern.replace(/[:{](\w+)\}?/g, (_, name: string) => of(name)[at % of(name).length]!));
}

function query(operation: { parameters?: { in: string; name: string; required?: boolean }[] }, ids: Ids): string {
  const values: Record<string, string> = { q: "7f3c1", service: ids.service, from: String(Date.now()), to: String(Date.now() + 86_400_000), userId: ids.clientId };
  const asked = (operation.parameters ?? []).filter((it) => it.in === "query" && (it.required || it.name in values));
  return asked.length === 0 ? "" : `?${new URLSearchParams(asked.map((it) => [it.name, values[it.name] ?? "1"]))}`;
}

async function crawl(browser: Browser, server: Server, caller: Caller, ids: Ids): Promise<void> {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  const broken: string[] = [];
  let where = "/";
  let loading = 0;
  const headings = new Set<string>();
  page.on("request", () => loading++);
  for (const end of ["requestfinished", "requestfailed"] as const) page.on(end as "requestfinished", () => loading--);
  page.on("pageerror", (error) => broken.push(`${where}: ${error.message}`));
  page.on("response", async (response) => {
    if (!response.url().startsWith(server.url) || !/json|text\/(plain|csv|calendar)/.test(response.headers()["content-type"] ?? "")) return;
    if (response.url().endsWith("/openapi.json")) return;
    const text = await response.text().catch(() => "");
    for (const secret of shown(text, caller)) broken.push(`${response.url()} on ${where} shows ${secret}`);
    if (response.status() >= 500) broken.push(`${response.url()} on ${where}: ${response.status()}`);
  });
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => broken.push(...shown(String(payload), caller).map((it) => `a frame on ${where} shows ${it}`))));
  await page.goto(`${server.url}/${caller.login ? "login" : ""}`);
  if (caller.login) {
    const [email, password] = caller.login;
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Log in" }).click();
    await expect(page.getByRole("button", { name: "Menu" })).toBeVisible();
  }
  for (const road of routes.flatMap((pattern) => filled(pattern, ids))) {
    where = road;
    // As a link of the app leads there, without loading everything anew.
    await page.evaluate((to) => {
      history.pushState(null, "", to);
      dispatchEvent(new PopStateEvent("popstate"));
    }, road);
    await expect.poll(async () => (await stands(page)) && loading === 0, { message: `${road} as ${caller.name}`, intervals: [30] }).toBe(true);
    const text = await page.locator("body").innerText();
    for (const heading of await page.locator("h1").allInnerTexts()) headings.add(heading);
    expect(text.trim(), `${road} as ${caller.name}`).not.toBe("");
    broken.push(...shown(text, caller).map((it) => `${road} shows ${it}`));
  }
  expect(broken, caller.name).toEqual([]);
  // It was led from page to page, and not to one door.
  expect(headings.size, `${caller.name}: ${[...headings].join(", ")}`).toBeGreaterThan(caller.login ? 20 : 5);
  await context.close();
}

/** Two frames were drawn, and nothing says that it is still being loaded. */
function stands(page: Page): Promise<boolean> {
  return page.evaluate(async () => {
    for (const _ of [1, 2]) await new Promise((drawn) => requestAnimationFrame(drawn));
    return globalThis.document.querySelector("[aria-busy=true]") === null;
  });
}
