// Two seats of one room, each with a connection of some library behind it: the newcomer offers, the
// other answers, candidates follow one by one, and all of it goes through the server's socket.
import { randomUUID } from "node:crypto";
import { Seat } from "./seat.mjs";

const PATIENCE_MS = 60_000;

/** One end of a call. */
class End {
  #messages = [];
  #heard = [];
  #early = [];
  #opened;

  constructor(seat, Link, iceServers) {
    this.seat = seat;
    this.open = new Promise((opened) => {
      this.#opened = opened;
    });
    this.link = new Link({
      iceServers,
      policy: seat.policy,
      onCandidate: (candidate) => this.#candidate(candidate),
      onChannel: { open: () => this.#opened(), message: (text) => this.#message(text) },
    });
  }

  /** Whom it talks to; candidates wait until the description has left. */
  towards(peer, negotiation) {
    Object.assign(this, { peer, negotiation });
  }

  async describe(type, sdp) {
    const told = this.seat.signal(type, this.peer, this.negotiation, { [type]: { type, sdp } });
    this.described = true;
    for (const candidate of this.#early.splice(0)) this.#candidate(candidate);
    await told;
  }

  /** The next message through the data channel. */
  hear() {
    const message = new Promise((heard) => this.#heard.push(heard));
    this.#deliver();
    return within(message, "a message");
  }

  #candidate(candidate) {
    if (!this.described) return void this.#early.push(candidate);
    this.seat.signal("ice-candidate", this.peer, this.negotiation, { candidate: candidate && pick(candidate) });
  }

  #message(text) {
    this.#messages.push(text);
    this.#deliver();
  }

  #deliver() {
    while (this.#messages.length && this.#heard.length) this.#heard.shift()(this.#messages.shift());
  }
}

function pick({ candidate, sdpMid, sdpMLineIndex }) {
  return { candidate, ...(sdpMid != null && { sdpMid }), ...(sdpMLineIndex != null && { sdpMLineIndex }) };
}

/**
 * Connects two libraries in one meeting; gives both ends with their data channels open.
 * `serversFor(iceServers)` leaves each client the way to the relay that is tried.
 */
export async function connect(parlor, meeting, [First, Second], serversFor, media) {
  const [hostToken, guestToken] = meeting.tokens;
  const first = await Seat.take(parlor.url, hostToken, meeting.room);
  const second = await Seat.take(parlor.url, guestToken, meeting.room);
  const [answerer, offerer] = [
    new End(first, First.Link, serversFor(first.iceServers)),
    new End(second, Second.Link, serversFor(second.iceServers)),
  ];
  const failed = new Promise((_, reject) => {
    const hearing = (seat, type, take) => seat.on(type, (data) => Promise.resolve(take(data)).catch(reject));
    hearing(first, "offer", async ({ from, negotiationId, offer }) => {
      answerer.towards(from, negotiationId);
      await answerer.describe("answer", await answerer.link.answer(offer.sdp));
    });
    hearing(second, "answer", ({ answer }) => offerer.link.answered(answer.sdp));
    for (const end of [answerer, offerer]) {
      hearing(end.seat, "ice-candidate", ({ candidate }) => end.link.candidate(candidate));
      end.seat.on("refused", (error) => reject(new Error(`refused: ${JSON.stringify(error)}`)));
    }
  });
  const negotiate = async () => {
    offerer.towards(first.peerId, randomUUID());
    await offerer.describe("offer", await offerer.link.offer({ media }));
    await Promise.all([answerer.open, offerer.open]);
  };
  await within(Promise.race([negotiate(), failed]), "a data channel");
  first.media("connected");
  second.media("connected");
  return [answerer, offerer];
}

function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
