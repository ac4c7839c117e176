/**
 * Looks to a front end like the Socket.IO client that it was written for, and speaks rtc.v1 to
 * Parlor (migration.md has the table). Copy it beside the generated types; it has no dependencies.
 *
 *     const socket = new OldSocket("https://meet.example.org", () => accessToken);
 *     socket.on("user-joined", ({ socketId, userName }) => …);
 *     socket.emit("join-room", { roomId });
 */
import type {
  Answer, Candidate, ClientFrame, CommandName, Commands, Events, Offer, Peer,
} from "../web/ui/src/generated/protocol";

type Old = Record<string, unknown>;
type Listener = (data: never) => void;

/** What the old events called a participant. A socket's id is a seat in a room now. */
const person = (peer: Peer) => ({
  socketId: peer.peerId, userId: peer.userId, userName: peer.userName, userRole: peer.userRole,
});

export class OldSocket {
  /** Our own seat, once we are in a room. It outlives the connection. */
  id = "";
  connected = false;

  #socket: WebSocket | undefined;
  #session: { sessionId: string; resumeToken: string; lastSeq: number } | undefined;
  #listeners = new Map<string, Set<Listener>>();
  #room = "";
  #ended = false;
  #failures = 0;
  #device = crypto.randomUUID();
  /** The negotiation under way with each peer: an answer and its candidates carry the offer's. */
  #negotiations = new Map<string, string>();

  /** `token` gives an access token that is still good; it is asked again before one ends. */
  constructor(private readonly origin: string, private readonly token: () => string | Promise<string>) {
    void this.#connect();
  }

  on(event: string, listener: Listener): this {
    const all = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, all.add(listener));
    return this;
  }

  off(event: string, listener: Listener): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  disconnect(): void {
    this.#ended = true;
    this.#socket?.close(1000);
  }

  /** The old commands. Who sends them is known from the token: `userId` and the like are left out. */
  emit(event: string, data: Old = {}): this {
    const roomId = String(data.roomId ?? this.#room);
    const conversationId = String(data.conversationId ?? roomId);
    const to = String(data.to ?? "");
    switch (event) {
      case "join-room":
        this.#room = roomId;
        this.#send("join-room", { roomId, media: { audio: true, video: true } }, "join");
        break;
      case "leave-room":
        this.#send("leave-room", { roomId }, "leave");
        this.id = this.#room = "";
        break;
      case "offer": {
        const negotiationId = crypto.randomUUID();
        this.#negotiations.set(to, negotiationId);
        this.#send("offer", { roomId, to, negotiationId, offer: data.offer as Offer["offer"] }, "signal");
        break;
      }
      case "answer":
        this.#send("answer", { ...this.#towards(roomId, to), answer: data.answer as Answer["answer"] }, "signal");
        break;
      case "ice-candidate":
        this.#send("ice-candidate", {
          ...this.#towards(roomId, to), candidate: (data.candidate ?? null) as Candidate["candidate"],
        });
        break;
      case "send_message":
        this.#send("send-message", { conversationId, clientMsgId: crypto.randomUUID(), text: String(data.text) }, "message");
        break;
      case "typing":
        this.#send("typing", { conversationId, isTyping: data.isTyping !== false });
        break;
      case "join_room": // Whoever is in a conversation hears it; there is nothing to join.
        break;
      default:
        throw new Error(`Parlor has no ${event}; see the table in migration.md`);
    }
    return this;
  }

  #towards(roomId: string, to: string) {
    return { roomId, to, negotiationId: this.#negotiations.get(to) ?? crypto.randomUUID() };
  }

  async #connect(): Promise<void> {
    const token = await this.token();
    const socket = (this.#socket = new WebSocket(`${this.origin.replace(/^http/, "ws")}/ws`, ["rtc.v1.json"]));
    const device = { id: this.#device, kind: "web" } as const;
    socket.onopen = () => this.#send("hello", { token, device, resume: this.#session }, "hello");
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)));
    socket.onclose = ({ code }) => {
      this.connected = false;
      this.#tell("disconnect", code);
      const stay = this.#ended || code === 1000 || code >= 4500;
      if (!stay) setTimeout(() => void this.#connect(), Math.random() * Math.min(15_000, 300 * 2 ** this.#failures++));
    };
  }

  #send<K extends CommandName>(type: K, data: Commands[K]["data"], id?: string): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const frame = { type, id, ack: this.#session?.lastSeq, data } as ClientFrame;
    this.#socket.send(JSON.stringify(frame));
  }

  #tell(event: string, data: unknown): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(data as never);
  }

  #hear(frame: { type: string; id?: string; seq?: number; data: never }): void {
    if (frame.seq !== undefined && this.#session) this.#session.lastSeq = frame.seq;
    if (frame.type === "ack" && frame.id === "join") {
      this.id = (frame.data as Commands["join-room"]["reply"]).peerId;
    }
    const translate = this.#events[frame.type as keyof Events] as ((data: never) => void) | undefined;
    if (translate) translate(frame.data);
    else this.#tell(frame.type, frame.data); // the new events, for code that knows them already
  }

  /** The new events under their old names and with their old fields. */
  #events: { [K in keyof Events]?: (data: Events[K]) => void } = {
    welcome: (it) => {
      this.#failures = 0;
      this.connected = true;
      const lastSeq = it.resumed ? (this.#session?.lastSeq ?? 0) : 0;
      this.#session = { sessionId: it.sessionId, resumeToken: it.resumeToken, lastSeq };
      this.#tell("connect", undefined);
      // The seat is still ours; media connections stay as they are.
      const again = { roomId: this.#room, peerId: this.id || undefined, media: { audio: true, video: true } };
      if (!it.resumed && this.#room) this.#send("join-room", again, "join");
    },
    error: (it) => this.#tell(this.connected ? "error" : "connect_error", it),
    ping: () => this.#send("pong", {}),
    "auth-expiring": () => void Promise.resolve(this.token()).then((token) => this.#send("auth-refresh", { token }, "auth")),
    "existing-participants": (it) => this.#tell("existing-participants", it.participants.map(person)),
    "user-joined": (it) => this.#tell("user-joined", person(it.peer)),
    "user-left": (it) => this.#tell("user-left", { userId: it.userId, socketId: it.peerId }),
    offer: (it) => {
      this.#negotiations.set(it.from, it.negotiationId);
      this.#tell("offer", { offer: it.offer, from: it.from });
    },
    answer: (it) => this.#tell("answer", { answer: it.answer, from: it.from }),
    "ice-candidate": (it) => this.#tell("ice-candidate", { candidate: it.candidate, from: it.from }),
    message: ({ conversationId, message, senderName }) =>
      this.#tell("message", { conversationId, ...message, timestamp: message.at, senderName }),
    "user-typing": (it) => this.#tell("user-typing", { userId: it.userId, isTyping: it.isTyping }),
  };
}
