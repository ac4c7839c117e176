/**
 * The adapter that the documents offer to old front ends (docs/socketio-adapter.ts): what they emit
 * becomes frames of the protocol, and its frames become the events that they listen for.
 */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OldSocket } from "../../../../docs/socketio-adapter";

class FakeSocket {
  static readonly OPEN = 1;
  static last: FakeSocket;
  readyState = FakeSocket.OPEN;
  sent: { type: string; id?: string; data: Record<string, unknown> }[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;

  constructor(readonly url: string, readonly protocols: string[]) {
    FakeSocket.last = this;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {}

  hear(type: string, data: unknown, more: object = {}): void {
    this.onmessage?.({ data: JSON.stringify({ type, ts: 1, data, ...more }) });
  }
}

const WELCOME = { sessionId: "s", resumeToken: "r", resumed: false };
const PEER = { peerId: "p2", userId: "u2", userName: "Ben", userRole: "guest" };

beforeEach(() => {
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function opened() {
  const old = new OldSocket("https://meet.example.org", () => "token");
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.onopen?.();
  FakeSocket.last.hear("welcome", WELCOME);
  return { old, wire: FakeSocket.last };
}

const types = (wire: FakeSocket) => wire.sent.map(({ type }) => type);

test("it says hello with the token, and never who the user claims to be", async () => {
  const { old, wire } = await opened();
  expect([wire.url, wire.protocols]).toEqual(["wss://meet.example.org/ws", ["rtc.v1.json"]]);
  expect(wire.sent[0]).toMatchObject({ type: "hello", data: { token: "token" } });
  old.emit("join-room", { roomId: "room-1", userId: "somebody else", userName: "X", userRole: "admin" });
  expect(wire.sent[1]?.data).toEqual({ roomId: "room-1", media: { audio: true, video: true } });
  wire.hear("ack", { peerId: "p1", status: "joined" }, { id: "join" });
  expect(old.id).toBe("p1");
});

test("people come and go under their old names, and signals find their negotiation", async () => {
  const { old, wire } = await opened();
  const seen: unknown[] = [];
  for (const event of ["existing-participants", "user-joined", "user-left", "offer", "answer", "ice-candidate"]) {
    old.on(event, (data) => seen.push([event, data]));
  }
  old.emit("join-room", { roomId: "room-1" });
  const ben = { socketId: "p2", userId: "u2", userName: "Ben", userRole: "guest" };
  wire.hear("existing-participants", { roomId: "room-1", participants: [PEER] }, { seq: 1 });
  wire.hear("user-joined", { roomId: "room-1", peer: PEER, polite: true }, { seq: 2 });
  wire.hear("offer", { roomId: "room-1", from: "p2", negotiationId: "n7", offer: { type: "offer", sdp: "o" } }, { seq: 3 });
  old.emit("answer", { to: "p2", answer: { type: "answer", sdp: "a" } });
  old.emit("ice-candidate", { to: "p2", candidate: null });
  expect(wire.sent.slice(-2).map(({ data }) => data)).toEqual([
    { roomId: "room-1", to: "p2", negotiationId: "n7", answer: { type: "answer", sdp: "a" } },
    { roomId: "room-1", to: "p2", negotiationId: "n7", candidate: null },
  ]);
  wire.hear("user-left", { roomId: "room-1", peerId: "p2", userId: "u2", reason: "left" }, { seq: 4 });
  expect(seen).toEqual([
    ["existing-participants", [ben]],
    ["user-joined", ben],
    ["offer", { offer: { type: "offer", sdp: "o" }, from: "p2" }],
    ["user-left", { userId: "u2", socketId: "p2" }],
  ]);
});

test("words and typing keep their old names", async () => {
  const { old, wire } = await opened();
  const heard: unknown[] = [];
  old.on("message", (data) => heard.push(data)).on("user-typing", (data) => heard.push(data));
  old.emit("join_room", { conversationId: "a_b" });
  old.emit("send_message", { conversationId: "a_b", text: "Hello" });
  old.emit("typing", { conversationId: "a_b", isTyping: true });
  expect(types(wire)).toEqual(["hello", "send-message", "typing"]);
  wire.hear("message", { conversationId: "a_b", senderName: "Ben", message: { msgSeq: 1, at: 5, text: "Hello", senderId: "u2" } });
  wire.hear("user-typing", { conversationId: "a_b", userId: "u2", userName: "Ben", isTyping: true, expiresInMs: 6000 });
  expect(heard).toEqual([
    { conversationId: "a_b", msgSeq: 1, at: 5, text: "Hello", senderId: "u2", timestamp: 5, senderName: "Ben" },
    { userId: "u2", isTyping: true },
  ]);
});

test("a lost line resumes where it was, and a restarted server gives the seat back", async () => {
  const { old, wire } = await opened();
  old.emit("join-room", { roomId: "room-1" });
  wire.hear("ack", { peerId: "p1", status: "joined" }, { id: "join" });
  wire.hear("existing-participants", { roomId: "room-1", participants: [] }, { seq: 9 });
  wire.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(15_000);
  const second = FakeSocket.last;
  second.onopen?.();
  expect(second.sent[0]?.data.resume).toEqual({ sessionId: "s", resumeToken: "r", lastSeq: 9 });
  second.hear("welcome", WELCOME);
  expect(second.sent[1]).toMatchObject({ type: "join-room", data: { roomId: "room-1", peerId: "p1" } });
  second.onclose?.({ code: 4511 });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(FakeSocket.last).toBe(second);
});

test("what the protocol does not have is said at once", async () => {
  const { old } = await opened();
  expect(() => old.emit("start_recording")).toThrow("migration.md");
});
