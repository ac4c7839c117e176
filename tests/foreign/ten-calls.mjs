// Several calls at once (R098), each between two headless peers, all through the relay for a while: voice
// at Opus' pace, a picture of about 0.5 Mbit/s, and a numbered signal each second each way. Every signal
// must arrive, in order, on sockets that are never cut, and packets must go on arriving until the end.
//
//   CALLS=10 MINUTES=5 node ten-calls.mjs
import { readFileSync, readdirSync } from "node:fs";
import { cpus } from "node:os";
import { MediaStreamTrack, RTCPeerConnection, RtpHeader, RtpPacket } from "werift";
import { connect } from "./call.mjs";
import { Parlor } from "./parlor.mjs";

const CALLS = Number(process.env.CALLS ?? 10);
const MINUTES = Number(process.env.MINUTES ?? 5);
const SIGNAL_EVERY_MS = 1_000;
/** Voice: 20 ms of Opus at 32 kbit/s. Picture: 60 packets a second. */
const VOICE = { kind: "audio", payloadType: 96, everyMs: 20, bytes: 80, ticks: 960 };
const PICTURE = { kind: "video", payloadType: 97, everyMs: 17, bytes: 1_050, ticks: 1_500 };
/** Kernel ticks in a second, as Linux has them everywhere. */
const TICKS_PER_S = 100;

/** One peer's connection: sends both kinds, counts what comes. */
class Link {
  received = 0;
  sent = 0;
  #timers = [];
  #turn = Promise.resolve();

  constructor({ iceServers, policy, onCandidate, onChannel }) {
    this.pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: policy });
    this.pc.onIceCandidate.subscribe((candidate) => onCandidate(candidate?.candidate ? candidate.toJSON() : null));
    this.pc.onTrack.subscribe((track) => track.onReceiveRtp.subscribe(() => (this.received += 1)));
    this.pc.connectionStateChange.subscribe((state) => state === "connected" && onChannel.open());
  }

  async offer() {
    for (const flow of [VOICE, PICTURE]) this.#send(flow);
    await this.pc.setLocalDescription(await this.pc.createOffer());
    return this.pc.localDescription.sdp;
  }

  answer(sdp) {
    return this.#next(async () => {
      await this.pc.setRemoteDescription({ type: "offer", sdp });
      for (const flow of [VOICE, PICTURE]) this.#send(flow);
      await this.pc.setLocalDescription(await this.pc.createAnswer());
      return this.pc.localDescription.sdp;
    });
  }

  answered(sdp) {
    return this.#next(() => this.pc.setRemoteDescription({ type: "answer", sdp }));
  }

  candidate(candidate) {
    return this.#next(() => candidate && this.pc.addIceCandidate(candidate));
  }

  async close() {
    this.#timers.forEach(clearInterval);
    await this.pc.close();
  }

  #next(step) {
    this.#turn = this.#turn.then(step);
    return this.#turn;
  }

  #send({ kind, payloadType, everyMs, bytes, ticks }) {
    const track = new MediaStreamTrack({ kind });
    this.pc.addTrack(track);
    const payload = Buffer.alloc(bytes, 0x55);
    let packet = 0;
    const began = Date.now();
    const tick = () => {
      if (this.pc.connectionState !== "connected") return;
      // A timer of Node's that is late makes up for it, as a sound card would.
      for (const due = (Date.now() - began) / everyMs; packet < due; packet += 1) {
        if (due - packet > 50) packet = Math.floor(due);
        const header = new RtpHeader({ sequenceNumber: packet & 0xffff, timestamp: (packet * ticks) >>> 0, payloadType });
        track.writeRtp(new RtpPacket(header, payload));
        this.sent += 1;
      }
    };
    this.#timers.push(setInterval(tick, everyMs));
  }
}

/** Numbers its signals and counts those of the other side that came out of order or not at all. */
class Wire {
  lost = 0;
  cut = 0;
  heard = 0;
  said = 0;

  constructor(end) {
    this.end = end;
    end.seat.on("ice-candidate", ({ negotiationId }) => {
      const number = /^beat-(\d+)$/.exec(negotiationId)?.[1];
      if (number === undefined) return;
      if (Number(number) !== this.heard + 1) this.lost += 1;
      this.heard = Number(number);
    });
    end.seat.on("closed", () => (this.cut += 1));
    end.seat.on("user-reconnecting", () => (this.cut += 1));
    end.seat.on("refused", () => (this.lost += 1));
  }

  say() {
    this.said += 1;
    this.end.seat.signal("ice-candidate", this.end.peer, `beat-${this.said}`, { candidate: null });
  }
}

/** CPU seconds and memory of the server, and what of the CPU the relay's own threads took. */
function usage(pid) {
  const seconds = (stat) => {
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  };
  const tasks = readdirSync(`/proc/${pid}/task`).flatMap((task) => thread(pid, task));
  const relay = tasks.filter((stat) => /\((relay|turn)/.test(stat)).reduce((sum, stat) => sum + seconds(stat), 0);
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
  return { at: Date.now(), cpu: seconds(readFileSync(`/proc/${pid}/stat`, "utf8")), relay, rss };
}

/** A thread that ended since the folder was read took part in nothing: those of the relay stay. */
function thread(pid, task) {
  try {
    return [readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8")];
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return [];
    throw error;
  }
}

const onlyUdp = (servers) =>
  servers
    .filter((server) => server.credential)
    .map((server) => ({ ...server, urls: server.urls.filter((url) => url.endsWith("transport=udp")) }));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What a failed run says first: which ends fell silent, and what werift thinks of their connection.
const tell = (beat, still) => {
  const silent = ends.filter((_, index) => still.includes(index)).map((end) => end.link.pc.connectionState);
  console.log(`${beat} s: nothing came to ${silent.length} of ${ends.length} ends: ${silent}`);
};

const parlor = await Parlor.start({ RELAY__PUBLIC_HOST: "127.0.0.1", SOCKET__DEVICES_PER_USER_MAX: String(CALLS + 10) });
const [pid] = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
const ends = [];
for (let call = 0; call < CALLS; call += 1) {
  ends.push(...(await connect(parlor, await parlor.meet(), [{ Link }, { Link }], onlyUdp, true)));
}
console.log(`${CALLS} calls stand; holding them for ${MINUTES} min`);
const wires = ends.map((end) => new Wire(end));
const before = usage(pid);
const packets = () => ends.map((end) => end.link.received);
let silent = 0;
let [last, rssMax] = [packets(), before.rss];
const until = Date.now() + MINUTES * 60_000;
for (let beat = 1; Date.now() < until; beat += 1) {
  for (const wire of wires) wire.say();
  await pause(SIGNAL_EVERY_MS);
  rssMax = Math.max(rssMax, usage(pid).rss);
  // Ten seconds without a packet is a call that broke.
  if (beat % 10 === 0) {
    const now = packets();
    const still = now.flatMap((count, index) => (count === last[index] ? [index] : []));
    if (still.length > 0) tell(beat, still);
    silent += still.length;
    last = now;
  }
}
const after = usage(pid);
await pause(2_000);
// Each end must have heard all that the other end of its call said.
const missing = wires.map((wire, index) => wires[index ^ 1].said - wire.heard);
const lost = wires.reduce((sum, wire) => sum + wire.lost + wire.cut, 0) + missing.reduce((sum, count) => sum + Math.max(0, count), 0);
const share = (took) => ((100 * took * 1_000) / (after.at - before.at)).toFixed(1);
const sent = ends.reduce((sum, end) => sum + end.link.sent, 0);
const received = ends.reduce((sum, end) => sum + end.link.received, 0);
await Promise.allSettled(ends.flatMap((end) => [end.link.close(), end.seat.leave()]));
await parlor.stop();
console.log(
  `RESULT ten-calls calls=${CALLS} minutes=${MINUTES} signaling_lost=${lost} signals=${wires.reduce((sum, wire) => sum + wire.heard, 0)} ` +
    `media_silent=${silent} packets_sent=${sent} packets_received=${received} cpu_percent=${share(after.cpu - before.cpu)} ` +
    `relay_cpu_percent=${share(after.relay - before.relay)} rss_mb=${rssMax.toFixed(1)} cores=${cpus().length}`,
);
process.exit(lost === 0 && silent === 0 ? 0 : 1);
