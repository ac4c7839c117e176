// A push service of the test's own, and browsers' keys: takes what a server sends to a browser, proves
// who sent it (Node's own crypto), reads it (http_ece, an implementation that is not ours), and answers
// as it is told. A real browser's service is on the internet, where tests do not go.
import { type ECDH, createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import { type IncomingMessage, type Server as Http, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import ece from "http_ece";

export interface Keys {
  p256dh: string;
  auth: string;
}

/** What one browser was sent. */
export interface Sent {
  to: string;
  text: Record<string, unknown>;
  ttl: number;
  urgency: string | undefined;
  topic: string | undefined;
  /** Public key of the sender. */
  from: string;
  /** Size on the way. */
  bytes: number;
}

const DAY_S = 24 * 60 * 60;

export class PushService {
  url = "";
  readonly sent: Sent[] = [];
  /** What a real service would not have liked. */
  readonly violations: string[] = [];
  /** Answers to come, instead of 201. */
  readonly answers: { status: number; headers?: Record<string, string> }[] = [];
  /** Requests, also those that were answered with an error. */
  tries = 0;
  private readonly browsers = new Map<string, { ecdh: ECDH; auth: string }>();

  private constructor(private readonly http: Http) {}

  static async start(): Promise<PushService> {
    const http = createServer();
    const service = new PushService(http);
    http.on("request", (request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { status, headers } = service.takes(request, Buffer.concat(parts));
        response.writeHead(status, headers).end();
      });
    });
    await new Promise<void>((ready) => http.listen(0, "127.0.0.1", ready));
    service.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    return service;
  }

  /** Makes a browser's keys; its address is the service's own and its name. */
  browser(name: string): { endpoint: string; keys: Keys } {
    const ecdh = createECDH("prime256v1");
    const auth = randomBytes(16).toString("base64url");
    this.browsers.set(`/${name}`, { ecdh, auth });
    return { endpoint: `${this.url}/${name}`, keys: { p256dh: ecdh.generateKeys("base64url"), auth } };
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  private takes(request: IncomingMessage, body: Buffer): { status: number; headers?: Record<string, string> } {
    this.tries += 1;
    const told = this.answers.shift();
    if (told) return told;
    try {
      this.sent.push(this.read(request, body));
      return { status: 201, headers: { location: `${this.url}/m/${this.tries}` } };
    } catch (cause) {
      this.violations.push(String(cause));
      return { status: 400 };
    }
  }

  private read({ method, url, headers }: IncomingMessage, body: Buffer): Sent {
    const must = (good: unknown, what: string) => {
      if (!good) throw new Error(what);
    };
    const browser = this.browsers.get(url ?? "");
    if (!browser) throw new Error(`no browser ${url}`);
    const header = (name: string) => headers[name] as string | undefined;
    must(method === "POST", "method");
    must(header("content-encoding") === "aes128gcm", "content-encoding");
    must(/^\d+$/.test(header("ttl") ?? ""), "ttl");
    must(["low", "normal", "high", "very-low"].includes(header("urgency") ?? ""), "urgency");
    must(/^[\w-]{0,32}$/.test(header("topic") ?? ""), "topic");
    must(body.length <= 4096, "too long");
    const from = this.proven(header("authorization") ?? "");
    const text = ece.decrypt(body, { version: "aes128gcm", privateKey: browser.ecdh, authSecret: browser.auth });
    return {
      to: url!,
      text: JSON.parse(text.toString()) as Record<string, unknown>,
      ttl: Number(header("ttl")),
      urgency: header("urgency"),
      topic: header("topic"),
      from,
      bytes: body.length,
    };
  }

  /** RFC 8292: whose key it is, if the proof is good. */
  private proven(authorization: string): string {
    const [, signed, proof, key] = /^vapid t=([\w-]+\.[\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization) ?? [];
    if (!signed || !proof || !key) throw new Error(`authorization ${authorization}`);
    const point = Buffer.from(key, "base64url");
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((it) => it.toString("base64url"));
    const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x!, y: y! }, format: "jwk" });
    const good = verify("sha256", Buffer.from(signed), { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(proof, "base64url"));
    if (!good) throw new Error("signature");
    const [head, claims] = signed.split(".").map((it) => JSON.parse(Buffer.from(it, "base64url").toString()) as Record<string, unknown>);
    const left = Number(claims!.exp) - Date.now() / 1000;
    if (head!.alg !== "ES256" || claims!.aud !== this.url || left <= 0 || left > DAY_S) throw new Error(JSON.stringify({ head, claims }));
    if (!/^(mailto:|https:)/.test(String(claims!.sub))) throw new Error(`sub ${String(claims!.sub)}`);
    return key;
  }
}
