/**
 * When a media connection is begun anew, and what is said about it meanwhile: a pure machine, one
 * per remote peer. What ICE, the network, the signaling and a person say goes in; "restart" and
 * "show" come out. It knows no connection, no timer and no clock: `deadline` says when to come
 * back with `time`.
 *
 * The shape of it: a break is shown at once and waited out for 2.5 s, since most heal by
 * themselves; a restart needs fresh credentials and a way to the other side, so none is begun while
 * the signaling is away, and one is begun the moment it is back. Of two sides that notice at the
 * same time the impolite one goes first.
 */

/** What the page says about this connection. */
export type LinkState =
  | "connecting"
  | "connected"
  /** No packets for a moment; may heal by itself. */
  | "unstable"
  /** An ICE restart is under way, or waits for the signaling. */
  | "reconnecting"
  /** Half a minute without success; a person decides. */
  | "failed";

export type RecoveryInput =
  /** What ICE and DTLS together say. */
  | { kind: "ice"; state: "trying" | "up" | "disconnected" | "failed" }
  /** Nothing arrives although ICE still believes in its pair; or it arrives again. */
  | { kind: "silent" | "heard" }
  /** Whether signals reach the other side: our socket and theirs stand. */
  | { kind: "signaling"; ready: boolean }
  /** Our network changed or came back. */
  | { kind: "nudge" }
  /** The relay that carries this began anew: the path is gone though nobody noticed yet. */
  | { kind: "renew" }
  /** A person asked for another try. */
  | { kind: "retry" }
  /** A restart got its credentials and goes out only now, or one of the other side came in. */
  | { kind: "begun" }
  /** `deadline` is here. */
  | { kind: "time" };

export type RecoveryEffect = { kind: "restart" } | { kind: "show"; state: LinkState };

/** `disconnected` this long asks for a restart. */
const UNSTABLE_MS = 2_500;
/** The polite side lets the other one begin. */
const POLITE_EXTRA_MS = 1_500;
/** A restart is given this long, longer each time: on a slow line a hasty one kills its forerunner. */
const AGAIN_MS = [4_000, 6_000, 8_000] as const;
/** Two causes in one moment (socket back, peer back) are one restart. */
const QUIET_MS = 1_000;
const FIRST_CONNECT_MS = 15_000;
/** Without a connection for this long a person is asked. */
const GIVE_UP_MS = 30_000;

export class Recovery {
  readonly #polite: boolean;
  #state: LinkState = "connecting";
  #ice: "trying" | "up" | "disconnected" | "failed" = "trying";
  #silent = false;
  #everUp = false;
  #signaling = true;
  #attempts = 0;
  #lastRestart = -Infinity;
  /** The last restart has neither brought the connection back nor been given up. */
  #underWay = false;
  /** The relay began anew while the other side could not be reached. */
  #renewLater = false;
  /** When the connection is begun anew. */
  #restartAt: number | undefined;
  /** When a person is asked. */
  #giveUpAt: number | undefined;

  constructor(polite: boolean, now: number) {
    this.#polite = polite;
    this.#restartAt = now + FIRST_CONNECT_MS;
    this.#giveUpAt = now + GIVE_UP_MS;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** When `time` is wanted, on the clock of `now`. */
  get deadline(): number | undefined {
    if (this.#restartAt === undefined || this.#giveUpAt === undefined) return this.#restartAt ?? this.#giveUpAt;
    return Math.min(this.#restartAt, this.#giveUpAt);
  }

  handle(input: RecoveryInput, now: number): RecoveryEffect[] {
    const before = this.#state;
    const restart = this.#decide(input, now);
    const effects: RecoveryEffect[] = this.#state === before ? [] : [{ kind: "show", state: this.#state }];
    return restart ? [...effects, { kind: "restart" }] : effects;
  }

  get #up(): boolean {
    return this.#ice === "up" && !this.#silent;
  }

  get #courtesyMs(): number {
    return this.#polite ? POLITE_EXTRA_MS : 0;
  }

  /** Whether the connection is to be begun anew now. */
  #decide(input: RecoveryInput, now: number): boolean {
    switch (input.kind) {
      case "ice":
        this.#ice = input.state;
        this.#iceChanged(now);
        break;
      case "silent":
        if (this.#ice !== "up") break;
        this.#silent = true;
        this.#broken(now, this.#courtesyMs);
        break;
      case "heard":
        this.#silent = false;
        if (this.#up) this.#settled();
        break;
      case "signaling":
        if (input.ready === this.#signaling) break;
        this.#signaling = input.ready;
        if (input.ready && this.#renewLater) {
          this.#renewLater = false;
          this.#began(now);
          return true;
        }
        if (!input.ready || this.#up) break;
        // One is on its way, and lost offers are repeated: another would only undo it.
        if (this.#underWay && now - this.#lastRestart < AGAIN_MS[0]) {
          this.#restartAt = this.#lastRestart + AGAIN_MS[0];
          break;
        }
        // What connects for the first time has its offer on the way, which is repeated by itself.
        if (!this.#everUp && this.#state !== "failed") this.#restartAt ??= now + AGAIN_MS[0];
        else this.#revive(now, this.#courtesyMs);
        break;
      case "nudge":
        if (!this.#up && (this.#everUp || this.#state === "failed")) this.#revive(now, 0);
        break;
      case "renew":
        if (this.#polite) break;
        this.#renewLater = !this.#signaling;
        if (this.#renewLater) break;
        this.#began(now);
        return true;
      case "retry":
        if (!this.#up) this.#again(now);
        break;
      case "begun":
        this.#began(now);
        if (this.#restartAt !== undefined) this.#restartAt = now + pauseAfter(this.#attempts);
        break;
      case "time":
        break;
    }
    return this.#due(now);
  }

  #iceChanged(now: number): void {
    if (this.#ice !== "up") this.#silent = false; // ICE knows by itself now
    if (this.#up) {
      this.#settled();
    } else if (this.#ice === "failed") {
      // A restart that fails is tried again in its time, not at once.
      if (this.#attempts === 0) this.#broken(now, this.#courtesyMs);
    } else if (this.#ice === "disconnected" && this.#state === "connected") {
      this.#state = "unstable";
      this.#giveUpAt ??= now + GIVE_UP_MS;
      this.#restartAt = now + UNSTABLE_MS + this.#courtesyMs;
    }
  }

  #began(now: number): void {
    this.#lastRestart = now;
    this.#underWay = true;
  }

  #settled(): void {
    this.#everUp = true;
    this.#underWay = false;
    this.#attempts = 0;
    this.#restartAt = this.#giveUpAt = undefined;
    this.#state = "connected";
  }

  /** It will not heal by itself. Begins anew in `delayMs`, but not twice in one moment. */
  #broken(now: number, delayMs: number): void {
    if (this.#state === "failed") return;
    this.#giveUpAt ??= now + GIVE_UP_MS;
    const at = Math.max(now + delayMs, this.#lastRestart + QUIET_MS);
    this.#restartAt = Math.min(this.#restartAt ?? at, at);
    this.#state = this.#everUp ? "reconnecting" : "connecting";
  }

  /** The surroundings are better than they were. */
  #revive(now: number, delayMs: number): void {
    if (this.#state === "failed") this.#again(now);
    else this.#broken(now, delayMs);
  }

  #again(now: number): void {
    this.#attempts = 0;
    this.#giveUpAt = now + GIVE_UP_MS;
    this.#restartAt = now;
    this.#state = this.#everUp ? "reconnecting" : "connecting";
  }

  #due(now: number): boolean {
    if (this.#giveUpAt !== undefined && this.#giveUpAt <= now) {
      this.#giveUpAt = this.#restartAt = undefined;
      this.#state = "failed";
      return false;
    }
    if (this.#restartAt === undefined || this.#restartAt > now) return false;
    if (this.#everUp) this.#state = "reconnecting";
    if (!this.#signaling) {
      this.#restartAt = undefined; // it begins when the signaling is back
      return false;
    }
    this.#attempts++;
    this.#restartAt = now + pauseAfter(this.#attempts);
    this.#began(now);
    return true;
  }
}

const pauseAfter = (attempts: number): number => AGAIN_MS[Math.max(0, attempts - 1)] ?? AGAIN_MS[AGAIN_MS.length - 1]!;
