/**
 * Who is sitting here. The access token lives in memory only; the refresh token is a cookie that
 * no script can read. A session is a member's, or a guest's for one room.
 *
 * Renewing is single: however many requests need a token at once, one refresh goes out, and tabs
 * take turns by a lock, because the server takes a refresh token that comes twice for a theft.
 */
import { type Signal, signal } from "@preact/signals";
import { ApiError } from "./error";
import type { TokenSource } from "./client";
import type { GuestSession, Me, Session } from "./types";

export type Guest = Omit<GuestSession, "accessToken" | "expiresAt">;

export type Identity =
  | { kind: "unknown" }
  | { kind: "stranger" }
  | { kind: "member"; user: Me }
  | { kind: "guest"; guest: Guest };

export interface SessionParts {
  fetch: typeof fetch;
  now: () => number;
  /** Runs one at a time over all tabs. */
  alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** Survives a reload of this tab: which of the two cookies is ours. Holds no secret. */
  remember: (kind: "member" | "guest" | null) => void;
  remembered: () => "member" | "guest" | null;
  wait: (ms: number) => Promise<void>;
}

/** A token with less than this left is renewed before it is used. */
const RENEW_BEFORE_MS = 30_000;
/** Waits between tries to take up a login while the server does not answer, as during its restart. */
const RESTORE_WAITS_MS = [500, 1_000, 2_000, 4_000];
const PATHS = { member: "/api/auth/refresh", guest: "/api/join/refresh" } as const;

export class SessionKeeper implements TokenSource {
  readonly identity: Signal<Identity> = signal({ kind: "unknown" });
  private held: { token: string; expiresAt: number } | null = null;
  private renewing: Promise<string | null> | null = null;
  /** Counts changes of person, so that a late answer for the last one is not taken for this one. */
  private person = 0;

  constructor(private readonly parts: SessionParts) {}

  /** After log in, sign up, reset or set up. */
  becomeMember(session: Session): void {
    this.person += 1;
    this.hold("member", session);
    this.identity.value = { kind: "member", user: session.user };
  }

  /** After a join link was redeemed. */
  becomeGuest(session: GuestSession): void {
    this.person += 1;
    this.hold("guest", session);
    const { roomId, meetingId, user } = session;
    this.identity.value = { kind: "guest", guest: { roomId, meetingId, user } };
  }

  /** After log out, or when the server says that the login is over. */
  becomeStranger(): void {
    this.person += 1;
    this.held = null;
    this.parts.remember(null);
    this.identity.value = { kind: "stranger" };
  }

  /** A guest turned to the start page: whoever has an account in this browser is that again. */
  async leaveRoom(): Promise<void> {
    if (this.identity.value.kind !== "guest") return;
    this.becomeStranger();
    this.identity.value = { kind: "unknown" };
    await this.restore();
  }

  /** The profile changed. */
  updateMember(user: Me): void {
    if (this.identity.value.kind === "member") this.identity.value = { kind: "member", user };
  }

  /** At the start of the page: takes up the login of an earlier visit, if there is one. */
  async restore(): Promise<void> {
    if (this.parts.remembered() === null) return this.becomeStranger();
    for (const wait of [...RESTORE_WAITS_MS, null]) {
      await this.renewOnce().catch(() => null);
      if (this.identity.value.kind !== "unknown") return;
      if (wait !== null) await this.parts.wait(wait);
    }
    this.identity.value = { kind: "stranger" }; // the memory stays: the next page load tries again
  }

  /** The token as it is, for who cannot wait; it may be over. */
  present(): string | null {
    return this.held?.token ?? null;
  }

  async token(): Promise<string | null> {
    if (this.held && this.held.expiresAt - this.parts.now() > RENEW_BEFORE_MS) return this.held.token;
    if (!this.held && this.parts.remembered() === null) return null;
    return this.renewOnce();
  }

  async renew(refused: string): Promise<string | null> {
    if (this.held && this.held.token !== refused) return this.held.token; // someone was faster
    return this.renewOnce();
  }

  private hold(kind: "member" | "guest", session: { accessToken: string; expiresAt: number }): void {
    this.held = { token: session.accessToken, expiresAt: session.expiresAt };
    this.parts.remember(kind);
  }

  private renewOnce(): Promise<string | null> {
    this.renewing ??= this.parts.alone(() => this.askForToken()).finally(() => {
      this.renewing = null;
    });
    return this.renewing;
  }

  private async askForToken(): Promise<string | null> {
    const kind = this.parts.remembered();
    if (kind === null) return null;
    const before = this.person;
    const response = await this.send(PATHS[kind]);
    const answer: unknown = response.ok ? await response.json() : null;
    if (this.person !== before) return this.held?.token ?? null;
    if (response.ok) {
      if (kind === "member") this.becomeMember(answer as Session);
      else this.becomeGuest(answer as GuestSession);
      return this.held?.token ?? null;
    }
    if (response.status === 401 || response.status === 403 || response.status === 404) {
      this.becomeStranger();
      return null;
    }
    throw await ApiError.from(response); // the server is unwell: the login itself may be good
  }

  private async send(path: string): Promise<Response> {
    try {
      return await this.parts.fetch(path, { method: "POST", credentials: "same-origin" });
    } catch {
      throw ApiError.unreachable();
    }
  }
}
