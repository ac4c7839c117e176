// A person's seat in a room, without a browser: the socket protocol rtc.v1 as far as a call needs it
// (web/PROTOCOL.md). It knows nothing of media; descriptions and candidates go through it as they are.
import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import WebSocket from "ws";

/** Longest wait for any single answer of the server. */
const PATIENCE_MS = 20_000;

/** Emits `offer`, `answer`, `ice-candidate`, `user-joined` and every other event by its type. */
export class Seat extends EventEmitter {
  #socket;
  #asked = new Map();
  #processed = 0;
  #room = "";

  /** Connects, says hello and enters; the seat knows `peerId`, `iceServers` and `policy` then. */
  static async take(url, token, room) {
    const seat = new Seat();
    await seat.#open(url, token);
    seat.#room = room;
    const present = once(seat, "existing-participants", { signal: AbortSignal.timeout(PATIENCE_MS) });
    const ack = await seat.ask("join-room", { roomId: room, media: { audio: true, video: false } });
    if (ack.status !== "joined") throw new Error(`not let in: ${JSON.stringify(ack)}`);
    Object.assign(seat, { peerId: ack.peerId, iceServers: ack.iceServers, policy: ack.policy });
    seat.others = (await present)[0].participants;
    return seat;
  }

  /** Sends a command and gives its ack; an error is thrown. */
  ask(type, data) {
    const id = randomUUID();
    this.#send({ type, id, data });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${type}`)), PATIENCE_MS);
      this.#asked.set(id, (frame) => {
        clearTimeout(timer);
        if (frame.type === "error") reject(new Error(`${type}: ${frame.data.code} ${frame.data.message}`));
        else resolve(frame.data);
      });
    });
  }

  /** A description or candidate for one peer. */
  signal(type, to, negotiationId, data) {
    const frame = { roomId: this.#room, to, negotiationId, ...data };
    if (type === "ice-candidate") this.#send({ type, data: frame });
    else return this.ask(type, frame);
  }

  /** Says how the media are; the call begins when two say `connected`. */
  media(state) {
    this.#send({ type: "call-media", data: { roomId: this.#room, state, relayed: true } });
  }

  async leave() {
    await this.ask("leave-room", { roomId: this.#room });
    this.close();
  }

  close() {
    this.#socket.close();
  }

  async #open(url, token) {
    const address = `${url.replace(/^http/, "ws")}/ws`;
    this.#socket = new WebSocket(address, ["rtc.v1.json"]);
    this.#socket.on("message", (text) => this.#hear(JSON.parse(text)));
    await once(this.#socket, "open");
    this.#socket.on("close", (code) => this.emit("closed", code));
    await this.ask("hello", { token, device: { id: randomUUID(), kind: "cli" } });
  }

  #hear(frame) {
    if (frame.seq !== undefined) this.#processed = frame.seq;
    if (frame.type === "ping") return this.#send({ type: "pong", ack: this.#processed, data: {} });
    const answered = frame.id && this.#asked.get(frame.id);
    if (answered) {
      this.#asked.delete(frame.id);
      return answered(frame);
    }
    this.emit(frame.type === "error" ? "refused" : frame.type, frame.data);
  }

  #send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }
}
