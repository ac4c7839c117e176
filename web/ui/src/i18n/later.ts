/**
 * Areas of many words that few people read: in another language they come when their page is there, and cost
 * everybody else nothing. Each is left out in that language's `index.ts`.
 */
import { useEffect, useState } from "preact/hooks";
import { type Catalogue, spoken } from "./languages";

const FILES = import.meta.glob<{ default: Catalogue }>("./{de,es,fr,hi,sw}/{doctor,setup}.json");

/** Brings the words of the reader's language; false until they are there. */
export function useArea(area: "doctor" | "setup"): boolean {
  const { language, areas } = spoken.value;
  const load = FILES[`./${language}/${area}.json`];
  const [given, setGiven] = useState<string | null>(null);
  const here = load === undefined || areas[area] !== undefined || given === language;
  useEffect(() => {
    if (here) return;
    const take = (words: Catalogue | null) => {
      const now = spoken.value;
      if (now.language !== language) return;
      if (words !== null) spoken.value = { ...now, areas: { ...now.areas, [area]: words } };
      setGiven(language); // what cannot be fetched is said in English
    };
    load().then(
      (file) => take(file.default),
      () => take(null),
    );
  }, [area, here, language]);
  return here;
}
