// The lab's own DNS: one name, one address, and "no such record" for everything else at once.
// A hosts file is not enough: Chromium looks up the hosts of STUN and TURN past it.
import { createSocket } from "node:dgram";

const A = 1;
const TTL_S = 60;

/** Answers on UDP until the process ends. */
export function serveNames(listen: string, name: string, address: string): Promise<void> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => socket.send(answer(question, name, address), from.port, from.address));
  return new Promise((ready) => socket.bind(53, listen, ready));
}

/** RFC 1035: the question again, with one A record when it is asked for. */
function answer(question: Buffer, name: string, address: string): Buffer {
  let end = 12;
  const labels: string[] = [];
  while (question[end] !== 0) {
    labels.push(question.toString("latin1", end + 1, end + 1 + question[end]!).toLowerCase());
    end += question[end]! + 1;
  }
  const known = labels.join(".") === name;
  const asked = question.readUInt16BE(end + 1);
  const records = known && asked === A ? 1 : 0;
  const head = Buffer.from(question.subarray(0, 12));
  head.writeUInt16BE(known ? 0x8580 : 0x8583, 2);
  head.writeUInt16BE(records, 6);
  head.fill(0, 8, 12);
  const record = Buffer.from([0xc0, 12, 0, A, 0, 1, 0, 0, 0, TTL_S, 0, 4, ...address.split(".").map(Number)]);
  return Buffer.concat([head, question.subarray(12, end + 5), ...(records ? [record] : [])]);
}
