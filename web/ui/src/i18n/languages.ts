/**
 * Which language is spoken here, and how another one is loaded: English is in the code, every
 * other language is one file, fetched when somebody reads it. Who spoke last is remembered in this
 * browser; an account's own language goes before that.
 */
import { signal } from "@preact/signals";

export type Catalogue = Record<string, string>;
/** The words of one language by area: `app`, `call`, … */
export type Areas = Record<string, Catalogue>;

/** Each under its own name, as people look for it. */
export const LANGUAGES = [
  { value: "en", label: "English" },
  { value: "de", label: "Deutsch" },
  { value: "es", label: "Español" },
  { value: "fr", label: "Français" },
  { value: "sw", label: "Kiswahili" },
  { value: "hi", label: "हिन्दी" },
] as const;
export type Language = (typeof LANGUAGES)[number]["value"];

const FILES: Record<Exclude<Language, "en">, () => Promise<{ default: Areas }>> = {
  de: () => import("./de"),
  es: () => import("./es"),
  fr: () => import("./fr"),
  sw: () => import("./sw"),
  hi: () => import("./hi"),
};
const KEPT = "parlor.language";

export interface Spoken {
  language: Language;
  /** Missing words are said in English. */
  areas: Areas;
  plural: Intl.PluralRules;
}

const english: Spoken = { language: "en", areas: {}, plural: new Intl.PluralRules("en") };
/** Read inside of a component, it renders again when the language changes. */
export const spoken = signal<Spoken>(english);

/** The language of the words. */
export const language = (): Language => spoken.value.language;

/** The language for dates and numbers: the reader's own variant of the one of the words. */
export function locale(): string {
  const spokenHere = language();
  const device = typeof navigator === "undefined" ? "" : navigator.language;
  return device?.split("-")[0] === spokenHere ? device : spokenHere;
}

/** The first of the tags (`de-AT`, `fr`) that there are words for. */
export function bestOf(tags: readonly (string | null | undefined)[]): Language {
  for (const tag of tags) {
    const base = tag?.split("-")[0]?.toLowerCase();
    const known = LANGUAGES.find(({ value }) => value === base);
    if (known) return known.value;
  }
  return "en";
}

/** What this browser spoke last, or what its reader asked for in its settings. */
export const preferred = (): Language => bestOf([kept(), ...navigator.languages]);

let wanted: Language = "en";
/** Changes the words. When they cannot be fetched, everything stays as it was. */
export async function speak(next: Language): Promise<void> {
  wanted = next;
  const areas = next === "en" ? {} : await FILES[next]().then(
    (file) => file.default,
    () => null,
  );
  if (areas === null || wanted !== next) return; // not to be had, or another was chosen meanwhile
  spoken.value = next === "en" ? english : { language: next, areas, plural: new Intl.PluralRules(next) };
  document.documentElement.lang = next;
  keep(next);
}

// A browser that keeps nothing (private mode, blocked storage) asks its settings each time.
function kept(): string | null {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(chosen: Language): void {
  try {
    localStorage.setItem(KEPT, chosen);
  } catch {
    // said above
  }
}
