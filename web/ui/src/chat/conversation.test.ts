import { beforeEach, describe, expect, it } from "vitest";
import type { ChatMessage } from "../generated/protocol";
import { FakeClock, settle } from "../socket/fakes";
import { RequestError } from "../socket/frames";
import { Conversation, type Page } from "./conversation";
import { reachedBy } from "./Thread";

const ROOM = "room-1";
const message = (msgSeq: number, senderId = "them", text = `text ${msgSeq}`): ChatMessage => ({
  msgSeq,
  senderId,
  text,
  clientMsgId: `${senderId}-${msgSeq}`,
  at: 1_000 * msgSeq,
});
const member = (userId: string) => ({ userId, userName: userId, inside: true, moderator: false, deliveredSeq: 0, readSeq: 0 });

/** A server with one conversation: pages, answers, and events that a test sends. */
class Room {
  state = { name: "ready" };
  said: ChatMessage[] = [];
  sent: { type: string; data: Record<string, unknown> }[] = [];
  queries: string[] = [];
  refuse: RequestError | undefined;
  silent = false;
  people = ["me", "them"];
  #handlers = new Map<string, (data: never) => void>();
  #welcome: ((welcomed: never) => void) | undefined;

  readonly socket = {
    get state() {
      return { name: "ready" };
    },
    on: (type: string, handler: (data: never) => void) => {
      this.#handlers.set(type, handler);
      return () => void this.#handlers.delete(type);
    },
    onWelcome: (listener: (welcomed: never) => void) => {
      this.#welcome = listener;
      return () => {};
    },
    send: (type: string, data: Record<string, unknown>) => void this.sent.push({ type, data }),
    request: async (type: string, data: Record<string, unknown>) => {
      this.sent.push({ type, data });
      if (this.refuse !== undefined) throw this.refuse;
      if (this.silent) throw new RequestError("timeout", "", true);
      if (type !== "send-message") return {};
      const known = this.said.find((it) => it.clientMsgId === data["clientMsgId"]);
      if (known !== undefined) return { msgSeq: known.msgSeq, at: known.at, duplicate: true };
      const fresh = { ...message(this.said.length + 1, "me", String(data["text"])), clientMsgId: String(data["clientMsgId"]) };
      this.said.push(fresh);
      return { msgSeq: fresh.msgSeq, at: fresh.at, duplicate: false };
    },
  };

  fetchPage = async (query: string): Promise<Page> => {
    this.queries.push(query);
    const asked = new URLSearchParams(query);
    const [after, before] = [Number(asked.get("after") ?? 0), Number(asked.get("before") ?? 1e9)];
    const all = this.said.filter((it) => it.msgSeq > after && it.msgSeq < before);
    const limit = Number(asked.get("limit"));
    const messages = asked.has("after") ? all.slice(0, limit) : all.slice(-limit);
    const members = this.people.map(member);
    return { lastMsgSeq: this.said.length, inside: true, messages, hasMore: all.length > messages.length, members };
  };

  tell(type: string, data: Record<string, unknown>): void {
    this.#handlers.get(type)?.({ conversationId: ROOM, ...data } as never);
  }

  hears(said: ChatMessage): void {
    this.said.push(said);
    this.tell("message", { message: said, senderName: said.senderId });
  }

  welcomes(lost: boolean): void {
    this.#welcome?.({ resumed: !lost, lost } as never);
  }

  count(type: string): number {
    return this.sent.filter((it) => it.type === type).length;
  }
}

class Memory {
  readonly all = new Map<string, string>();
  getItem = (key: string) => this.all.get(key) ?? null;
  setItem = (key: string, value: string) => void this.all.set(key, value);
  removeItem = (key: string) => void this.all.delete(key);
}

let room: Room;
let clock: FakeClock;
let storage: Memory;
const shows = { typing: true, read: true };

async function begin(pair = false): Promise<Conversation> {
  let key = 0;
  const conversation = new Conversation({
    id: ROOM,
    userId: "me",
    socket: room.socket as never,
    fetchPage: room.fetchPage,
    storage,
    privacy: () => shows,
    clock,
    wallClock: () => clock.now(),
    newKey: () => `key-${++key}`,
    pair,
  });
  await settle();
  return conversation;
}

const texts = (conversation: Conversation) => conversation.messages.value.map((it) => it.text);

beforeEach(() => {
  room = new Room();
  clock = new FakeClock();
  storage = new Memory();
  Object.assign(shows, { typing: true, read: true });
});

describe("a conversation", () => {
  it("shows what is said, once, however it arrives", async () => {
    room.said = [message(1), message(2)];
    const conversation = await begin();
    room.hears(message(3));
    room.tell("message", { message: message(3), senderName: "them" });
    conversation.say("mine");
    await settle();
    room.tell("message", { message: room.said[3], senderName: "me" });
    expect(texts(conversation)).toEqual(["text 1", "text 2", "text 3", "mine"]);
    expect(conversation.pending.value).toEqual([]);
    expect(conversation.unread.value).toBe(3);
  });

  it("sends files by their names, with or without words, and shows them at once", async () => {
    const file = { fileId: "f1", name: "a.pdf", size: 9, kind: "file" as const };
    const conversation = await begin();
    expect(conversation.say("  ", undefined, [])).toBe(false);
    room.silent = true;
    expect(conversation.say("", undefined, [file])).toBe(true);
    await settle();
    expect(conversation.pending.value[0]?.files).toEqual([file]);
    expect(room.sent.at(-1)?.data).toMatchObject({ text: "", files: ["f1"] });
    room.silent = false;
    await clock.pass(2_000);
    await settle();
    expect(conversation.messages.value[0]?.files).toEqual([file]);
    conversation.draftFiles = [file];
    expect((await begin()).draftFiles).toEqual([file]);
  });

  it("fetches what it missed instead of leaving a hole", async () => {
    room.said = [message(1)];
    const conversation = await begin();
    room.said.push(message(2));
    room.hears(message(3));
    await settle();
    expect(texts(conversation)).toEqual(["text 1", "text 2", "text 3"]);
  });

  it("says what was changed while nobody listened, and keeps what is further back", async () => {
    room.said = Array.from({ length: 160 }, (_, n) => message(n + 1));
    const conversation = await begin();
    await conversation.loadOlder();
    await conversation.loadOlder();
    room.said[159] = { ...message(160), text: "", deleted: true };
    room.said.push(message(161));
    room.welcomes(true);
    await settle();
    expect(conversation.messages.value.map((it) => it.msgSeq)).toEqual(Array.from({ length: 151 }, (_, n) => 11 + n));
    expect(conversation.messages.value.at(-2)?.deleted).toBe(true);
  });

  it("goes to a message far back, on from there, and back to the newest", async () => {
    room.said = Array.from({ length: 200 }, (_, n) => message(n + 1));
    const conversation = await begin();
    const shown = () => [conversation.messages.value[0]?.msgSeq, conversation.messages.value.at(-1)?.msgSeq, conversation.away.value];
    expect(await conversation.goTo(180)).toBe(true);
    expect(shown()).toEqual([151, 200, false]);
    expect(await conversation.goTo(60)).toBe(true);
    expect(shown()).toEqual([35, 84, true]);
    room.hears(message(201));
    conversation.markRead();
    expect(shown()).toEqual([35, 84, true]);
    expect(room.count("mark-read")).toBe(0);
    await conversation.loadOlder();
    for (let page = 0; page < 3; page += 1) await conversation.loadNewer();
    expect(shown()).toEqual([1, 201, false]);
    expect(await conversation.goTo(999)).toBe(false);
  });

  it("says that a message waits while somebody is not in the room, and sends it later", async () => {
    const conversation = await begin();
    room.refuse = new RequestError("not_admitted", "", true);
    conversation.say("let me in");
    await settle();
    expect(conversation.pending.value.map((it) => [it.waits, it.failed])).toEqual([[true, undefined]]);
    room.refuse = undefined;
    await clock.pass(2_000);
    await settle();
    expect([texts(conversation), conversation.pending.value]).toEqual([["let me in"], []]);
  });

  it("puts what it is about before the first words, once", async () => {
    const conversation = await begin();
    let asked = 0;
    conversation.opening = () => (asked++ === 0 ? "About “Talk”:" : "");
    conversation.say("Is it online?");
    conversation.say("Thank you");
    await settle();
    expect(texts(conversation)).toEqual(["About “Talk”:\nIs it online?", "Thank you"]);
  });

  it("comes back to the newest to say something", async () => {
    room.said = Array.from({ length: 200 }, (_, n) => message(n + 1));
    const conversation = await begin();
    await conversation.goTo(10);
    conversation.say("here");
    await settle();
    expect([conversation.away.value, texts(conversation).at(-1)]).toEqual([false, "here"]);
    expect(conversation.pending.value).toEqual([]);
  });

  it("begins with the newest page when too much was missed", async () => {
    room.said = [message(1)];
    const conversation = await begin();
    for (let n = 2; n <= 120; n += 1) room.said.push(message(n));
    room.welcomes(true);
    await settle();
    expect(conversation.messages.value.map((it) => it.msgSeq)).toEqual(Array.from({ length: 100 }, (_, n) => 21 + n));
    await conversation.loadOlder();
    expect(conversation.messages.value[0]?.msgSeq).toBe(1);
  });

  it("keeps what could not be sent, and sends it once under the same name", async () => {
    const conversation = await begin();
    room.silent = true;
    conversation.say("first");
    conversation.say("second");
    await settle();
    expect(conversation.pending.value.map((it) => it.text)).toEqual(["first", "second"]);
    conversation.close();

    // The tab is loaded again; the server had taken the first one, only its answer was lost.
    room.said.push({ ...message(1, "me", "first"), clientMsgId: "key-1" });
    room.silent = false;
    const again = await begin();
    await settle();
    expect(texts(again)).toEqual(["first", "second"]);
    expect(again.pending.value).toEqual([]);
    expect(room.said.map((it) => it.clientMsgId)).toEqual(["key-1", "key-2"]);
  });

  it("tries again by itself, and stops at a refusal that stays", async () => {
    const conversation = await begin();
    room.silent = true;
    conversation.say("late");
    await settle();
    room.silent = false;
    await clock.pass(2_000);
    expect(texts(conversation)).toEqual(["late"]);
    room.refuse = new RequestError("not_admitted", "", false);
    conversation.say("too late");
    await settle();
    expect(conversation.pending.value[0]?.failed).toBe("not_admitted");
    room.refuse = undefined;
    conversation.retry(conversation.pending.value[0]?.key ?? "");
    await settle();
    expect(texts(conversation)).toEqual(["late", "too late"]);
  });

  it("waits before a room that lets nobody in yet, and not for a pair that was parted", async () => {
    room.refuse = new RequestError("not_admitted", "", true);
    for (const pair of [false, true]) {
      const conversation = await begin(pair);
      conversation.say("hello?");
      await settle();
      expect(conversation.pending.value.at(-1)?.failed).toBe(pair ? "not_admitted" : undefined);
      conversation.close();
      storage.all.clear();
    }
  });

  it("follows changes and markers", async () => {
    room.said = [message(1, "me"), message(2, "me")];
    const conversation = await begin();
    expect(reachedBy(conversation, 2)).toBe("sent");
    room.tell("message-delivered", { userId: "them", upToSeq: 2 });
    expect(reachedBy(conversation, 2)).toBe("delivered");
    room.tell("message-read", { userId: "them", upToSeq: 1 });
    expect([reachedBy(conversation, 1), reachedBy(conversation, 2)]).toEqual(["read", "delivered"]);
    room.tell("message-updated", { message: { ...message(1, "me", ""), deleted: true } });
    expect(conversation.messages.value[0]?.deleted).toBe(true);
  });

  it("learns who came when they first receive something", async () => {
    room.people = ["me"];
    const conversation = await begin();
    conversation.say("anybody here?");
    await settle();
    room.people = ["me", "them"];
    room.tell("message-delivered", { userId: "them", upToSeq: 1 });
    await settle();
    expect([...conversation.members.value.keys()]).toEqual(["me", "them"]);
  });

  it("says what arrived and what was read, and hides what is to be hidden", async () => {
    room.said = [message(1), message(2)];
    const conversation = await begin();
    await clock.pass(300);
    expect(room.sent).toEqual([{ type: "mark-delivered", data: { conversationId: ROOM, upToSeq: 2 } }]);
    shows.read = false;
    conversation.markRead();
    conversation.markRead();
    expect(room.sent.at(-1)).toEqual({ type: "mark-read", data: { conversationId: ROOM, upToSeq: 2, private: true } });
    expect(room.count("mark-read")).toBe(1);
    expect(conversation.unread.value).toBe(0);
  });

  it("says that one types, seldom, and that one stopped", async () => {
    const conversation = await begin();
    conversation.typing();
    await clock.pass(1_000);
    conversation.typing();
    expect(room.sent.map((it) => it.data["isTyping"])).toEqual([true]);
    await clock.pass(3_000);
    expect(room.sent.map((it) => it.data["isTyping"])).toEqual([true, false]);
    shows.typing = false;
    conversation.typing();
    expect(room.count("typing")).toBe(2);
  });

  it("forgets who typed and never said that they stopped", async () => {
    const conversation = await begin();
    room.tell("user-typing", { userId: "them", userName: "Them", isTyping: true, expiresInMs: 6_000 });
    expect([...conversation.typists.value.values()]).toEqual(["Them"]);
    await clock.pass(8_000);
    expect(conversation.typists.value.size).toBe(0);
  });
});
