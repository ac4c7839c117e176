// aiortc with aioice, in Python: data channel and RTP; TURN over UDP, TCP and TLS. It runs as a process of
// its own (aiortc_peer.py) that is spoken to in lines of JSON, and takes descriptions with all their
// candidates in them, so that those which come one by one are put in here.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CERTIFICATE } from "../parlor.mjs";

export const name = "aiortc";
export const ways = ["udp", "tcp", "tls", "shared"];
export const media = true;

const python = process.env.PARLOR_FOREIGN_PYTHON ?? "python3";
const script = fileURLToPath(new URL("./aiortc_peer.py", import.meta.url));

export class Link {
  #child;
  #answers = [];
  #candidates = [];
  #complete;
  #onCandidate;

  constructor({ iceServers, policy, onCandidate, onChannel }) {
    this.#onCandidate = onCandidate;
    this.#complete = withResolvers();
    const env = { PATH: process.env.PATH, SSL_CERT_FILE: CERTIFICATE };
    this.#child = spawn(python, [script], { stdio: ["pipe", "pipe", "inherit"], env });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const said = JSON.parse(line);
      if (said.open) onChannel.open();
      else if (said.message !== undefined) onChannel.message(said.message);
      else this.#answers.shift().resolve(said);
    });
    this.#child.once("exit", (code) => {
      for (const waiting of this.#answers) waiting.reject(new Error(`aiortc's process ended with ${code}`));
    });
    this.#ask({ configure: { iceServers: iceServers.map(named), policy } });
  }

  async offer({ media }) {
    return this.#apart((await this.#ask({ offer: { media } })).sdp);
  }

  async answer(sdp) {
    return this.#apart((await this.#ask({ answer: { sdp: await this.#whole(sdp) } })).sdp);
  }

  async answered(sdp) {
    await this.#ask({ answered: { sdp: await this.#whole(sdp) } });
  }

  async candidate(candidate) {
    if (candidate) this.#candidates.push(candidate.candidate);
    else this.#complete.resolve();
  }

  send(text) {
    void this.#ask({ send: text });
  }

  async received() {
    return (await this.#ask({ received: true })).packets;
  }

  async close() {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, "exit");
  }

  #ask(words) {
    return new Promise((resolve, reject) => {
      this.#answers.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(words)}\n`);
    });
  }

  /** The candidates leave one by one, as everybody's do; the description goes without them. */
  #apart(sdp) {
    const lines = sdp.split("\r\n");
    const found = lines.filter((line) => line.startsWith("a=candidate:"));
    for (const line of new Set(found)) this.#onCandidate({ candidate: line.slice(2), sdpMid: "0", sdpMLineIndex: 0 });
    this.#onCandidate(null);
    return lines.filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line)).join("\r\n");
  }

  /** The description with the candidates in each of its sections, once they are all there. */
  async #whole(sdp) {
    await this.#complete.promise;
    const lines = [...this.#candidates.map((line) => `a=${line.replace(/^a=/, "")}`), "a=end-of-candidates"];
    const sections = sdp.trimEnd().split(/\r\n(?=m=)/);
    return `${[sections[0], ...sections.slice(1).map((it) => [it, ...lines].join("\r\n"))].join("\r\n")}\r\n`;
  }
}

/** Its parser takes no IPv6 address, so that the loopback one goes by a name that its process knows. */
function named(server) {
  return { ...server, urls: server.urls.map((url) => url.replace("[::1]", "ip6-localhost")) };
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}
