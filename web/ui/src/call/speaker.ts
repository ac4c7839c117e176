/**
 * Who speaks, from how loud everybody is: a pure machine fed a few times a second. A cough does not
 * make a speaker and a breath does not end one; of two who talk at once the first one keeps the word
 * until the other is clearly louder for a while.
 */
/** Above the hum of a room, on the scale of `loudness` and of a receiver's `audioLevel` alike. */
const VOICE = 0.02;
const RISE_MS = 300;
const FALL_MS = 900;
const TAKEOVER_MS = 1_200;
const LOUDER = 1.5;

interface Voice {
  /** Smoothed. */
  level: number;
  since: number | undefined;
  heardAt: number;
  speaking: boolean;
}

export interface Heard {
  /** Everybody who speaks. */
  speaking: ReadonlySet<string>;
  /** The one who has the word; stays until somebody else has it. */
  speaker: string | undefined;
}

export class Speakers {
  readonly #voices = new Map<string, Voice>();
  #speaker: string | undefined;
  #rival: { id: string; since: number } | undefined;

  hear(levels: ReadonlyMap<string, number>, now: number): Heard {
    for (const id of this.#voices.keys()) if (!levels.has(id)) this.#voices.delete(id);
    for (const [id, level] of levels) this.#one(id, level, now);
    if (this.#speaker !== undefined && !this.#voices.has(this.#speaker)) this.#speaker = undefined;
    const speaking = new Set([...this.#voices].filter(([, voice]) => voice.speaking).map(([id]) => id));
    this.#choose(speaking, now);
    return { speaking, speaker: this.#speaker };
  }

  #one(id: string, level: number, now: number): void {
    const voice = this.#voices.get(id) ?? { level: 0, since: undefined, heardAt: -Infinity, speaking: false };
    this.#voices.set(id, voice);
    voice.level = voice.level * 0.6 + level * 0.4;
    if (voice.level >= VOICE) {
      voice.since ??= now;
      voice.heardAt = now;
      if (level >= VOICE && now - voice.since >= RISE_MS) voice.speaking = true; // not the echo of a cough
    } else if (now - voice.heardAt >= FALL_MS) {
      voice.since = undefined;
      voice.speaking = false;
    }
  }

  #choose(speaking: ReadonlySet<string>, now: number): void {
    const level = (id: string | undefined) => (id === undefined ? 0 : (this.#voices.get(id)?.level ?? 0));
    const loudest = [...speaking].sort((a, b) => level(b) - level(a))[0];
    if (loudest === undefined || loudest === this.#speaker) {
      this.#rival = undefined;
      return;
    }
    if (this.#speaker === undefined || !speaking.has(this.#speaker)) {
      this.#speaker = loudest;
      this.#rival = undefined;
      return;
    }
    if (level(loudest) < level(this.#speaker) * LOUDER) {
      this.#rival = undefined;
      return;
    }
    if (this.#rival?.id !== loudest) this.#rival = { id: loudest, since: now };
    if (now - this.#rival.since >= TAKEOVER_MS) {
      this.#speaker = loudest;
      this.#rival = undefined;
    }
  }
}
