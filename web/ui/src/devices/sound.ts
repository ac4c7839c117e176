/**
 * Sounds that are made, not loaded, and how loud the microphone is. One audio context for the page:
 * browsers allow only a few, and it can only start after a touch or a key.
 */
let shared: AudioContext | undefined;

function context(): AudioContext | undefined {
  if (typeof AudioContext === "undefined") return undefined;
  shared ??= new AudioContext();
  return shared;
}

type Sink = AudioContext & { setSinkId?: (id: string) => Promise<void> };

/** Speakers can be picked here at all (not in Firefox's and Safari's audio contexts). */
export const canPickSpeaker = (): boolean =>
  typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;

interface Note {
  hertz: number;
  at: number;
  seconds: number;
}

async function play(notes: Note[], volume: number, speakerId = ""): Promise<void> {
  const audio = context() as Sink | undefined;
  if (audio === undefined) return;
  if (audio.state === "suspended") await audio.resume().catch(() => {});
  await audio.setSinkId?.(speakerId).catch(() => {});
  const begin = audio.currentTime + 0.02;
  for (const note of notes) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = note.hertz;
    gain.gain.setValueAtTime(0, begin + note.at);
    gain.gain.linearRampToValueAtTime(volume, begin + note.at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + note.at + note.seconds);
    tone.connect(gain).connect(audio.destination);
    tone.start(begin + note.at);
    tone.stop(begin + note.at + note.seconds + 0.05);
  }
  const end = Math.max(...notes.map((note) => note.at + note.seconds));
  await new Promise((resolve) => setTimeout(resolve, end * 1000 + 100));
}

/** Three rising notes at the chosen speaker. Resolves when they have been played. */
export const playTestSound = (speakerId: string): Promise<void> =>
  play(
    [
      { hertz: 523, at: 0, seconds: 0.35 },
      { hertz: 659, at: 0.3, seconds: 0.35 },
      { hertz: 784, at: 0.6, seconds: 0.6 },
    ],
    0.25,
    speakerId,
  );

/** Two short knocks: somebody is at the door. */
export const playKnock = (): void =>
  void play(
    [
      { hertz: 587, at: 0, seconds: 0.16 },
      { hertz: 440, at: 0.2, seconds: 0.3 },
    ],
    0.2,
  );

/** One ring of a telephone, for whoever is called. */
export const playRing = (): void =>
  void play(
    [
      { hertz: 659, at: 0, seconds: 0.4 },
      { hertz: 784, at: 0.18, seconds: 0.4 },
      { hertz: 659, at: 0.6, seconds: 0.4 },
      { hertz: 784, at: 0.78, seconds: 0.5 },
    ],
    0.3,
  );

/** The tone that a caller hears while it rings at the other end. */
export const playRingback = (): void => void play([{ hertz: 440, at: 0, seconds: 1.1 }], 0.06);

/**
 * Calls `tell` about ten times a second with how loud the track is, 0 to 1 on a scale that looks
 * even to people, and whether there was anything at all. Returns the way to stop it.
 */
export function meter(track: MediaStreamTrack, tell: (level: number, alive: boolean) => void): () => void {
  const audio = context();
  if (audio === undefined) return () => {};
  if (audio.state === "suspended") void audio.resume().catch(() => {});
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = audio.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(loudness(samples), samples.some((sample) => sample !== 0));
  }, 100);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}

/** -60 dB and below is 0, -10 dB and above is 1. */
export function loudness(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += (samples[i] ?? 0) ** 2;
  const decibel = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-9);
  return Math.min(1, Math.max(0, (decibel + 60) / 50));
}

/** A level of that scale as an amplitude, 0 to 1, which is how receivers tell theirs. */
export const amplitude = (level: number): number => (level <= 0 ? 0 : 10 ** ((level * 50 - 60) / 20));
