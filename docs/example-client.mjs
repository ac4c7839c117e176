// A chat for the terminal in the room of a meeting, without media: log in, enter, write, lose the
// line, come back. It shows the whole life of a session of rtc.v1 (protocol.md explains it).
//
//   node example-client.mjs https://meet.example.org/j/TOKEN NAME                     as a guest
//   node example-client.mjs https://meet.example.org/video-call/ID E-MAIL PASSWORD    with an account
//
// A line is said in the room. /cut drops the line, /back takes it up again, /admit lets in who
// waits, /leave ends. Node 22 has a WebSocket; for Node 20: npm install ws, in the folder you run it in.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const WebSocket = globalThis.WebSocket ?? createRequire(`${process.cwd()}/`)("ws");
const [page, ...who] = process.argv.slice(2);
const { origin, pathname } = new URL(page);
const [kind, key] = pathname.slice(1).split("/");
const device = { id: randomUUID(), kind: "cli" };
const asked = new Map(); // id of a request -> what to do with its answer
const say = console.log;
let cookie = ""; // trades an old access token for a new one
let token; // proves who we are, for ten minutes
let room;
let socket;
let session; // what to resume: { sessionId, resumeToken, lastSeq }
let peerId; // our seat; the same after a lost line
let away = false; // cut by hand: stay away until /back
let failures = 0;

async function post(path, body) {
  const headers = { "content-type": "application/json", origin, cookie };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(origin + path, { method: "POST", headers, body: JSON.stringify(body ?? {}) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${found.code}: ${found.message}`);
  cookie = answer.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
  return found;
}

async function enter() {
  if (kind === "j") {
    const guest = await post("/api/join/redeem", { token: key, name: who[0] ?? "Guest" });
    ({ accessToken: token, roomId: room } = guest);
  } else {
    const login = await post("/api/auth/login", { email: who[0], password: who[1], deviceName: "example" });
    token = login.accessToken;
    room = (await post(`/api/video-calls/generate-room/${key}`)).roomId;
  }
}

async function freshToken() {
  token = (await post(kind === "j" ? "/api/join/refresh" : "/api/auth/refresh")).accessToken;
}

function send(type, data = {}, id) {
  // Every frame may carry the number of the last event that we have dealt with.
  if (socket.readyState === 1) socket.send(JSON.stringify({ type, id, ack: session?.lastSeq, data }));
}

/** A command with an answer; an error of the server is thrown. */
function ask(type, data) {
  const id = randomUUID();
  send(type, data, id);
  return new Promise((resolve, reject) => {
    asked.set(id, (frame) => (frame.type === "error" ? reject(new Error(frame.data.code)) : resolve(frame.data)));
  });
}

function connect() {
  socket = new WebSocket(`${origin.replace(/^http/, "ws")}/ws`, ["rtc.v1.json"]);
  socket.onopen = () => ask("hello", { token, device, resume: session }).catch(failed);
  socket.onmessage = ({ data }) => hear(JSON.parse(data));
  socket.onerror = () => {}; // a close follows
  socket.onclose = ({ code }) => lost(code).catch(failed);
}

/** Done at once, before the next frame: what was missed follows directly. */
function welcomed({ sessionId, resumeToken, resumed, replay, reason }) {
  failures = 0;
  session = { sessionId, resumeToken, lastSeq: resumed ? session.lastSeq : 0 };
  if (resumed) return say(`* resumed, ${replay} events to come`);
  say(`* connected${reason ? ` anew: ${reason}` : ""}`);
  ask("join-room", { roomId: room, peerId, media: { audio: false, video: false } }).then((ack) => {
    peerId = ack.peerId;
    say(ack.status === "joined" ? "* you are in the room" : "* you wait at the door");
  }, failed);
}

function hear(frame) {
  const { type, id, seq, data } = frame;
  if (seq !== undefined) session.lastSeq = seq;
  asked.get(id)?.(frame);
  asked.delete(id);
  events[type]?.(data); // an event that one does not know is none of one's business
}

const events = {
  welcome: welcomed,
  ping: () => send("pong"),
  "auth-expiring": () => freshToken().then(() => ask("auth-refresh", { token })).catch(failed),
  "existing-participants": ({ participants }) =>
    say(`* here: ${participants.map((it) => it.userName).join(", ") || "nobody else"}`),
  "user-joined": ({ peer }) => say(`* ${peer.userName} came`),
  "user-left": ({ reason }) => say(`* somebody is gone (${reason})`),
  "user-reconnecting": () => say("* somebody's line is lost"),
  "user-resumed": () => say("* their line is back"),
  "waiting-room": ({ waiting }) => say(`* at the door: ${waiting.map((it) => it.userName).join(", ") || "nobody"}`),
  admitted: () => say("* you are let in"),
  denied: ({ message }) => say(`* you are not let in. ${message ?? ""}`),
  message: ({ message, senderName }) => say(`${senderName}: ${message.text}`),
  "room-ended": () => leave(),
};

/** 40xx and most of 10xx: come back. 4031: with a fresh token. 45xx and 1000: stay away. */
async function lost(code) {
  for (const answer of asked.values()) answer({ type: "error", data: { code: "the line was lost" } });
  asked.clear();
  if (away) return;
  if (code === 1000 || code >= 4500) return failed(new Error(`closed with ${code}`));
  if (code === 4031) await freshToken();
  setTimeout(connect, Math.random() * Math.min(15_000, 300 * 2 ** failures++));
}

function failed(error) {
  say(`* ${error.message}`);
}

async function leave() {
  away = true;
  await ask("leave-room", { roomId: room }).catch(failed);
  socket.close();
  process.exit();
}

const commands = {
  "/cut": () => ((away = true), socket.terminate ? socket.terminate() : socket.close()),
  "/back": () => ((away = false), connect()),
  "/admit": () => ask("admit-participant", { roomId: room, all: true }),
  "/leave": leave,
};

async function typed(line) {
  if (commands[line]) return commands[line]();
  // The same clientMsgId sent again would be answered again and said once.
  const { msgSeq } = await ask("send-message", { conversationId: room, clientMsgId: randomUUID(), text: line });
  say(`* said as number ${msgSeq}`);
}

await enter();
connect();
createInterface({ input: process.stdin }).on("line", (line) => line && Promise.resolve(typed(line)).catch(failed));
