/**
 * One conversation as a page knows it: what was said, what is on its way, who has read how far.
 * Follows the socket's events, reads history by pages, and keeps what could not be sent yet (also
 * over a reload of the tab) until the server says that it is on its disk. No DOM in here: the
 * socket, the pages and the storage are handed in.
 *
 * A message is sent under one `clientMsgId` however often it is tried, so it is said once.
 */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { ChatFile, ChatMessage } from "../generated/protocol";
import type { SocketClient } from "../socket/client";
import { type Clock, type Timer, systemClock } from "../socket/clock";
import type { RequestError } from "../socket/frames";

export interface MemberFacts {
  userId: string;
  userName: string;
  inside: boolean;
  moderator: boolean;
  deliveredSeq: number;
  readSeq: number;
}

/** A page of history, as `GET /api/conversations/{id}/messages` answers. */
export interface Page {
  lastMsgSeq: number;
  inside: boolean;
  messages: ChatMessage[];
  hasMore: boolean;
  members: MemberFacts[];
  /** Files are taken here up to this size; none where none are. */
  fileBytesMax?: number | null;
}

/** A message that the server has not taken yet. */
export interface Pending {
  key: string;
  text: string;
  replyTo?: number;
  /** What was given to the server for it. */
  files?: ChatFile[];
  at: number;
  /** The code of a refusal that trying again would not change. */
  failed?: string;
  /** Not now, as somebody is not in the conversation: it goes by itself once they are. */
  waits?: boolean;
}

/** What somebody allows others to see. */
export interface Privacy {
  typing: boolean;
  read: boolean;
}

export interface ConversationParts {
  id: string;
  /** Who we are. */
  userId: string;
  socket: Pick<SocketClient, "on" | "onWelcome" | "request" | "send" | "state">;
  fetchPage: (query: string) => Promise<Page>;
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  privacy: () => Privacy;
  /** Of two people: whoever is out of it does not come in again by waiting, as before a room's door. */
  pair?: boolean;
  clock?: Clock;
  wallClock?: () => number;
  newKey?: () => string;
}

export const TEXT_CHARS_MAX = 4_000;
const PAGE = 50;
/** Most of one page: what may have changed while nobody listened is looked at again that far back. */
const PAGE_MAX = 100;
const LOAD_AGAIN_MS = 1_500;
const SEND_AGAIN_MS = 2_000;
const MARK_AFTER_MS = 250;
const TYPING_EVERY_MS = 3_000;
const TYPING_FORGET_MS = 8_000;

export class Conversation {
  readonly state = signal<"loading" | "ready" | "failed">("loading");
  /** What the server has, by number. */
  readonly messages = signal<readonly ChatMessage[]>([]);
  readonly pending = signal<readonly Pending[]>([]);
  readonly members = signal<ReadonlyMap<string, MemberFacts>>(new Map());
  readonly typists = signal<ReadonlyMap<string, string>>(new Map());
  readonly hasMore = signal(false);
  /** What is shown ends before the newest message: somebody went to one that is further back. */
  readonly away = signal(false);
  /** Files are taken here up to this size, bytes; 0 where none are. */
  readonly fileBytesMax = signal(0);
  readonly readSeq = signal(0);
  readonly unread: ReadonlySignal<number>;
  readonly userId: string;
  /** What the next message is about; asked once, when it is said. */
  opening: (() => string) | undefined;
  readonly #parts: ConversationParts;
  readonly #clock: Clock;
  readonly #now: () => number;
  readonly #off: (() => void)[] = [];
  readonly #typingTimers = new Map<string, Timer>();
  #last = 0;
  #delivered = 0;
  #markTimer: Timer | undefined;
  #againTimer: Timer | undefined;
  #loadTimer: Timer | undefined;
  #typingTimer: Timer | undefined;
  #typingSaidAt = Number.NEGATIVE_INFINITY;
  #sending = false;
  #loading = false;
  #closed = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.userId = parts.userId;
    this.#clock = parts.clock ?? systemClock;
    this.#now = parts.wallClock ?? Date.now;
    this.pending.value = this.#stored();
    this.unread = computed(
      () => this.messages.value.filter((it) => it.msgSeq > this.readSeq.value && it.senderId !== this.userId && !it.deleted).length,
    );
    this.#listen();
    void this.load();
  }

  /** The own words for this conversation that are not sent yet. */
  get draft(): string {
    return this.#parts.storage.getItem(this.#place("draft")) ?? "";
  }

  set draft(text: string) {
    if (text === "") this.#parts.storage.removeItem(this.#place("draft"));
    else this.#parts.storage.setItem(this.#place("draft"), text.slice(0, TEXT_CHARS_MAX));
  }

  /** Files that the server has and no message yet: a draft too. */
  get draftFiles(): ChatFile[] {
    return this.#list<ChatFile>("files");
  }

  set draftFiles(files: readonly ChatFile[]) {
    this.#store("files", files);
  }

  /** Where files for this conversation are given to. */
  get filesPath(): string {
    return `/api/conversations/${encodeURIComponent(this.#parts.id)}/files`;
  }

  /** Where a file of a message is. */
  filePath(msgSeq: number, fileId: string, small = false): string {
    return `/api/conversations/${encodeURIComponent(this.#parts.id)}/messages/${msgSeq}/files/${fileId}${small ? "?size=small" : ""}`;
  }

  // --- what a person does ---

  /** Shows it at once and sends it as soon as that is possible. False when there is nothing to send. */
  say(text: string, replyTo?: number, files: readonly ChatFile[] = []): boolean {
    if (text.trim() === "" && files.length === 0) return false;
    const words = [this.opening?.() ?? "", text.trim()].filter(Boolean).join("\n").slice(0, TEXT_CHARS_MAX);
    const key = (this.#parts.newKey ?? (() => crypto.randomUUID()))();
    const at = this.#now();
    this.#keep([...this.pending.value, { key, text: words, at, ...(replyTo === undefined ? {} : { replyTo }), ...(files.length === 0 ? {} : { files: [...files] }) }]);
    this.stopTyping();
    if (this.away.value) void this.toNewest().catch(() => {});
    void this.#flush();
    return true;
  }

  /** Tries a refused message once more, under the same name. */
  retry(key: string): void {
    this.#keep(this.pending.value.map(({ failed, ...it }) => (it.key === key || failed === undefined ? it : { ...it, failed })));
    void this.#flush();
  }

  discard(key: string): void {
    this.#keep(this.pending.value.filter((it) => it.key !== key));
  }

  async edit(msgSeq: number, text: string): Promise<void> {
    const clientMsgId = crypto.randomUUID();
    await this.#parts.socket.request("edit-message", { ...this.#mine(), clientMsgId, msgSeq, text: text.trim() }, { again: true });
  }

  async remove(msgSeq: number): Promise<void> {
    const clientMsgId = crypto.randomUUID();
    await this.#parts.socket.request("delete-message", { ...this.#mine(), clientMsgId, msgSeq }, { again: true });
  }

  /** Everything that is there was seen. */
  markRead(): void {
    if (this.away.value || this.#last <= this.readSeq.value) return;
    this.readSeq.value = this.#last;
    const hidden = this.#parts.privacy().read ? {} : { private: true };
    const asked = this.#parts.socket.request("mark-read", { ...this.#mine(), upToSeq: this.#last, ...hidden }, { again: true });
    // The next one says more than this one did.
    asked.catch(() => {});
  }

  /** The person writes; said to others now and then, unless they keep it to themselves. */
  typing(): void {
    if (!this.#parts.privacy().typing || this.#parts.socket.state.name !== "ready") return;
    const now = this.#now();
    if (now - this.#typingSaidAt >= TYPING_EVERY_MS) {
      this.#typingSaidAt = now;
      this.#parts.socket.send("typing", { ...this.#mine(), isTyping: true });
    }
    this.#clock.cancel(this.#typingTimer);
    this.#typingTimer = this.#clock.after(TYPING_EVERY_MS, () => this.stopTyping());
  }

  stopTyping(): void {
    this.#clock.cancel(this.#typingTimer);
    if (this.#typingSaidAt === Number.NEGATIVE_INFINITY) return;
    this.#typingSaidAt = Number.NEGATIVE_INFINITY;
    if (this.#parts.socket.state.name !== "ready") return;
    this.#parts.socket.send("typing", { ...this.#mine(), isTyping: false });
  }

  async loadOlder(): Promise<void> {
    const first = this.messages.value[0];
    if (first === undefined || !this.hasMore.value) return;
    await this.#alone(async () => {
      const page = await this.#parts.fetchPage(`?limit=${PAGE}&before=${first.msgSeq}`);
      if (this.messages.value[0] !== first) return; // somebody went elsewhere meanwhile
      this.hasMore.value = page.hasMore;
      this.#merge(page.messages);
    });
  }

  /** What comes after the shown ones, while those end before the newest. */
  async loadNewer(): Promise<void> {
    const end = this.messages.value[this.messages.value.length - 1];
    if (end === undefined || !this.away.value) return;
    await this.#alone(async () => {
      const page = await this.#parts.fetchPage(`?limit=${PAGE}&after=${end.msgSeq}`);
      if (this.messages.value[this.messages.value.length - 1]?.msgSeq !== end.msgSeq) return;
      this.#merge(page.messages);
      this.away.value = page.hasMore || (this.messages.value[this.messages.value.length - 1]?.msgSeq ?? 0) < this.#last;
    });
  }

  /** Shows the messages around this one; false when there is no such message. */
  async goTo(msgSeq: number): Promise<boolean> {
    const known = () => this.messages.value.some((it) => it.msgSeq === msgSeq);
    if (known()) return true;
    if (msgSeq < 1 || (this.#last > 0 && msgSeq > this.#last)) return false;
    const page = await this.#parts.fetchPage(`?limit=${PAGE}&before=${msgSeq + PAGE / 2}`);
    if (this.#closed || page.messages.length === 0) return false;
    this.#last = Math.max(this.#last, page.lastMsgSeq);
    this.messages.value = [];
    this.hasMore.value = page.hasMore;
    this.away.value = (page.messages[page.messages.length - 1]?.msgSeq ?? 0) < this.#last;
    this.#merge(page.messages);
    return known();
  }

  /** Back from there. */
  async toNewest(): Promise<void> {
    if (!this.away.value) return;
    const page = await this.#parts.fetchPage(`?limit=${PAGE}`);
    if (this.#closed) return;
    this.away.value = false;
    this.messages.value = [];
    this.hasMore.value = page.hasMore;
    this.#merge(page.messages);
  }

  /** One page at a time. */
  async #alone(run: () => Promise<void>): Promise<void> {
    if (this.#loading) return;
    this.#loading = true;
    try {
      await run();
    } finally {
      this.#loading = false;
    }
  }

  /** The newest page: of what is known already it says what was changed while nobody listened. */
  async load(): Promise<void> {
    this.#clock.cancel(this.#loadTimer);
    try {
      const first = this.messages.value.length === 0;
      const page = await this.#parts.fetchPage(`?limit=${first ? PAGE : PAGE_MAX}`);
      if (this.#closed) return;
      const begins = page.messages[0]?.msgSeq ?? 0;
      const end = this.messages.value[this.messages.value.length - 1]?.msgSeq ?? 0;
      if (this.away.value) {
        // Somebody reads further back: only what is shown is made new.
        this.#last = Math.max(this.#last, page.lastMsgSeq);
        page.messages = page.messages.filter((it) => it.msgSeq <= end);
      } else if (first || begins > end + 1) {
        // The first one, or too much was missed to go on where we were.
        this.messages.value = [];
        this.hasMore.value = page.hasMore;
      }
      this.members.value = new Map(page.members.map((it) => [it.userId, it]));
      this.readSeq.value = Math.max(this.readSeq.value, this.members.value.get(this.userId)?.readSeq ?? 0);
      this.fileBytesMax.value = page.fileBytesMax ?? 0;
      this.#merge(page.messages);
      this.state.value = "ready";
      this.#mark();
      void this.#flush();
    } catch {
      if (this.#closed) return;
      this.state.value = this.messages.value.length > 0 ? "ready" : "failed";
      this.#loadTimer = this.#clock.after(LOAD_AGAIN_MS, () => void this.load());
    }
  }

  close(): void {
    this.stopTyping();
    this.#closed = true;
    for (const off of this.#off) off();
    const timers = [this.#markTimer, this.#againTimer, this.#loadTimer, ...this.#typingTimers.values()];
    for (const timer of timers) this.#clock.cancel(timer);
  }

  // --- what the server says ---

  #listen(): void {
    const { socket, id } = this.#parts;
    this.#off.push(
      socket.on("message", ({ conversationId, message, senderName }) => {
        if (conversationId !== id) return;
        if (!this.members.value.has(message.senderId)) this.#meet(message.senderId, senderName);
        const missed = message.msgSeq > this.#last + 1;
        if (missed) void this.load();
        else if (this.away.value) this.#passed(message);
        else this.#merge([message]);
        this.#typed(message.senderId, undefined);
        this.#mark();
      }),
      socket.on("message-updated", ({ conversationId, message }) => {
        const known = this.messages.value.some((it) => it.msgSeq === message.msgSeq);
        if (conversationId === id && known) this.#merge([message]);
      }),
      socket.on("message-delivered", (data) => data.conversationId === id && this.#marked(data.userId, data.upToSeq, 0)),
      socket.on("message-read", (data) => data.conversationId === id && this.#marked(data.userId, data.upToSeq, data.upToSeq)),
      socket.on("unread", (data) => {
        if (data.conversationId === id) this.readSeq.value = Math.max(this.readSeq.value, data.readSeq);
      }),
      socket.on("user-typing", (data) => {
        if (data.conversationId === id) this.#typed(data.userId, data.isTyping ? data.userName : undefined);
      }),
      socket.onWelcome(({ resumed, lost }) => {
        if (!resumed || lost) void this.load();
        else void this.#flush();
      }),
    );
  }

  /** Said while one reads further back: counted, and shown once one comes back. */
  #passed(message: ChatMessage): void {
    this.#last = Math.max(this.#last, message.msgSeq);
    if (message.senderId === this.userId) this.#keep(this.pending.value.filter((it) => it.key !== message.clientMsgId));
  }

  #merge(fresh: readonly ChatMessage[]): void {
    if (fresh.length === 0) return;
    this.messages.value = merged(this.messages.value, fresh);
    this.#last = Math.max(this.#last, this.messages.value[this.messages.value.length - 1]?.msgSeq ?? 0);
    const said = new Set(fresh.filter((it) => it.senderId === this.userId).map((it) => it.clientMsgId));
    if (this.pending.value.some((it) => said.has(it.key))) this.#keep(this.pending.value.filter((it) => !said.has(it.key)));
  }

  #meet(userId: string, userName: string): void {
    const facts = { userId, userName, inside: true, moderator: false, deliveredSeq: 0, readSeq: 0 };
    this.members.value = new Map([...this.members.value, [userId, facts]]);
  }

  #marked(userId: string, delivered: number, read: number): void {
    const known = this.members.value.get(userId);
    // Somebody came since the last page: it says who.
    if (known === undefined) return void this.load();
    const facts = { ...known, deliveredSeq: Math.max(known.deliveredSeq, delivered), readSeq: Math.max(known.readSeq, read) };
    this.members.value = new Map([...this.members.value, [userId, facts]]);
  }

  #typed(userId: string, name: string | undefined): void {
    this.#clock.cancel(this.#typingTimers.get(userId));
    const typists = new Map(this.typists.value);
    if (name === undefined) {
      if (!typists.delete(userId)) return;
    } else {
      typists.set(userId, name);
      // "Stopped" may never come.
      this.#typingTimers.set(userId, this.#clock.after(TYPING_FORGET_MS, () => this.#typed(userId, undefined)));
    }
    this.typists.value = typists;
  }

  /** Says what arrived here, a moment later, so that a burst is one word. */
  #mark(): void {
    this.#clock.cancel(this.#markTimer);
    this.#markTimer = this.#clock.after(MARK_AFTER_MS, () => {
      if (this.#last <= this.#delivered || this.#parts.socket.state.name !== "ready") return;
      this.#delivered = this.#last;
      this.#parts.socket.send("mark-delivered", { ...this.#mine(), upToSeq: this.#last });
    });
  }

  /** Sends what waits, one after the other, in the order in which it was written. */
  async #flush(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    this.#clock.cancel(this.#againTimer);
    try {
      for (let next = this.#next(); next !== undefined && !this.#closed; next = this.#next()) {
        if (!(await this.#send(next))) return;
      }
    } finally {
      this.#sending = false;
    }
  }

  #next(): Pending | undefined {
    return this.pending.value.find((it) => it.failed === undefined);
  }

  /** False: not now; it is tried again by itself. */
  async #send({ key, text, replyTo, files, at }: Pending): Promise<boolean> {
    const reply = replyTo === undefined ? {} : { replyTo };
    const names = files === undefined ? {} : { files: files.map((it) => it.fileId) };
    const along = files === undefined ? {} : { files };
    try {
      const ack = await this.#parts.socket.request(
        "send-message",
        { ...this.#mine(), clientMsgId: key, text, ...reply, ...names },
        { again: true },
      );
      const message = { msgSeq: ack.msgSeq, clientMsgId: key, senderId: this.userId, text, at: ack.at, ...reply, ...along };
      if (this.away.value) this.#passed(message);
      else if (ack.msgSeq === this.#last + 1) this.#merge([message]);
      else if (!this.messages.value.some((it) => it.msgSeq === ack.msgSeq)) await this.load();
      this.#keep(this.pending.value.filter((it) => it.key !== key));
      return true;
    } catch (error) {
      const { code, retryable, retryAfterMs } = error as RequestError;
      const parted = this.#parts.pair === true && code === "not_admitted";
      if (code === "not_admitted" && !parted) this.#keep(this.pending.value.map((it) => (it.key === key ? { ...it, waits: true } : it)));
      if ((retryable && !parted) || code === "timeout" || code === "disconnected") {
        this.#againTimer = this.#clock.after(Math.max(SEND_AGAIN_MS, retryAfterMs ?? 0), () => void this.#flush());
        return false;
      }
      this.#keep(this.pending.value.map((it) => (it.key === key ? { key, text, at, ...reply, ...along, failed: code } : it)));
      return true;
    }
  }

  #mine(): { conversationId: string } {
    return { conversationId: this.#parts.id };
  }

  #place(what: string): string {
    return `parlor.chat.${what}.${this.#parts.id}.${this.userId}`;
  }

  #keep(pending: readonly Pending[]): void {
    this.pending.value = pending;
    this.#store("pending", pending);
  }

  #stored(): readonly Pending[] {
    return this.#list<Pending>("pending");
  }

  #store(what: string, list: readonly unknown[]): void {
    if (list.length === 0) this.#parts.storage.removeItem(this.#place(what));
    else this.#parts.storage.setItem(this.#place(what), JSON.stringify(list));
  }

  #list<T>(what: string): T[] {
    try {
      const stored: unknown = JSON.parse(this.#parts.storage.getItem(this.#place(what)) ?? "[]");
      return Array.isArray(stored) ? (stored as T[]) : [];
    } catch {
      return [];
    }
  }
}

/** Both, by number; what is newer replaces what was there. */
function merged(old: readonly ChatMessage[], fresh: readonly ChatMessage[]): readonly ChatMessage[] {
  const [first] = fresh;
  // Nearly always: one more at the end.
  if (first !== undefined && fresh.length === 1 && first.msgSeq > (old[old.length - 1]?.msgSeq ?? 0)) return [...old, first];
  const all = new Map(old.map((it) => [it.msgSeq, it]));
  for (const message of fresh) all.set(message.msgSeq, message);
  return [...all.values()].sort((a, b) => a.msgSeq - b.msgSeq);
}
