// The real binary in a temporary folder on ports that the system chooses, and what one does with it
// over REST: become its administrator, arrange meetings, follow an invitation.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const binary = process.env.PARLOR ?? fileURLToPath(new URL("../../target/debug/parlor", import.meta.url));
const trust = process.env.PARLOR_FOREIGN_TRUST;

/** The certificate of the TLS doors; run.sh makes it, and the clients trust nothing else. */
export const CERTIFICATE = `${trust}/cert.pem`;

export class Parlor {
  /** Where plain HTTP answers, without a slash at the end. */
  url = "";
  #log = [];
  #folder = mkdtempSync(join(tmpdir(), "parlor-foreign-"));
  #setupLink = "";
  #admin = "";
  #child;

  /** What its administrator logs in with: address and password. */
  credentials = ["amina@practice.example", "a quiet little room"];

  /** `settings` are environment variables without their prefix; `demo` adds people who can be booked and called. */
  static async start(settings = {}, { demo = false } = {}) {
    const parlor = new Parlor();
    await parlor.#spawn(settings, demo ? "--demo" : "--dev");
    await parlor.#setUp();
    return parlor;
  }

  /** A meeting whose door is open, without a lobby. */
  async meet() {
    const { id, link } = await this.invite({ lobby: false });
    const token = link.split("/").at(-1);
    const guest = await this.post("/api/join/redeem", undefined, { token, name: "Guest" });
    return { id, room: guest.roomId, tokens: [this.#admin, guest.accessToken] };
  }

  /** A meeting whose door is open, and its guest's join link. */
  async invite({ lobby }) {
    const meeting = await this.post("/api/meetings/create", this.#admin, {
      subject: "Foreign tongues",
      scheduledAt: Date.now() + 60_000,
      durationMinutes: 30,
      clientEmail: "guest@mail.example",
      clientName: "Guest",
      lobby,
    });
    return { id: meeting.meetingId, link: meeting.meetingLinks[0] };
  }

  /** The record of a meeting's calls, as its host sees it. */
  async calls(meeting) {
    const session = await this.get(`/api/video-calls/session/${meeting.id}`, this.#admin);
    return session.calls;
  }

  post(path, token, body) {
    return this.#ask("POST", path, token, body);
  }

  /** An access token of somebody who logs in. */
  async login(email, password) {
    return (await this.post("/api/auth/login", undefined, { email, password })).accessToken;
  }

  /** What the server wrote into its log, a line each. */
  get log() {
    return this.#log;
  }

  async stop() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await new Promise((resolve) => {
        this.#child.once("exit", resolve);
        this.#child.kill("SIGTERM");
      });
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Stops the server when this process ends, not before. */
  stopWithProcess() {
    process.once("exit", () => {
      this.#child.kill("SIGKILL");
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  get(path, token) {
    return this.#ask("GET", path, token);
  }

  async #ask(method, path, token, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(body && { "content-type": "application/json", "idempotency-key": crypto.randomUUID() }),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: body && JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async #setUp() {
    const session = await this.post("/api/setup", undefined, {
      token: this.#setupLink.split("/").at(-1),
      name: "Amina",
      email: this.credentials[0],
      password: this.credentials[1],
    });
    this.#admin = session.accessToken;
  }

  async #spawn(settings, mode) {
    const given = {
      SERVER__LISTEN: "127.0.0.1:0",
      ...(trust && { SERVER__TLS_CERTIFICATE_FILE: CERTIFICATE, SERVER__TLS_KEY_FILE: `${trust}/key.pem` }),
      SERVER__PUBLIC_URL: "http://localhost:0",
      RELAY__LISTEN: "127.0.0.1,::1",
      RELAY__PORT: "0",
      RELAY__TLS_PORT: "0",
      // Above the ports that the system chooses from, so that no listener can lie inside.
      RELAY__PORT_MIN: "61000",
      RELAY__ICE_TRANSPORT_POLICY: "relay",
      // Relayed addresses are told as if behind a 1:1 NAT, at an address that nobody has (RFC 5737). So
      // nothing but the relay leads to them: libjuice, for one, takes "relay" for not telling its other
      // addresses, and then uses them all the same.
      RELAY__PUBLIC_IPS: "192.0.2.1",
      LOG__FORMAT: "json",
      LIMITS__ANONYMOUS_PER_IP_PER_15_MIN: "100000",
      LIMITS__ACCOUNT_PER_MIN: "100000",
      LIMITS__HANDSHAKES_PER_IP_PER_MIN: "10000",
      ...settings,
    };
    const variables = Object.entries(given).map(([key, value]) => [`PARLOR__${key}`, value]);
    const env = { PATH: process.env.PATH, ...Object.fromEntries(variables) };
    const child = spawn(binary, ["serve", mode], { cwd: this.#folder, stdio: ["ignore", "pipe", "pipe"], env });
    this.#child = child;
    const setup = new Promise((found) => {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const link = /http\S+\/setup\/\S+/.exec(line);
        if (link) found(link[0]);
      });
    });
    await new Promise((ready, failed) => {
      createInterface({ input: child.stderr }).on("line", (line) => {
        this.#log.push(line);
        const entry = line.startsWith("{") ? JSON.parse(line) : {};
        if (entry.message === "ready") {
          this.url = entry.url;
          ready();
        }
      });
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`parlor ended with ${code}:\n${this.#log.join("\n")}`)));
    });
    this.#setupLink = await setup;
  }
}
