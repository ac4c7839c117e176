/**
 * Words by key. A catalogue is a flat JSON file per area and language, `<language>/<area>.json`;
 * English is the source and gives the type of the keys, so a missing or misspelt key does not
 * compile. A number that changes the words is called `count` and picks `key.one`, `key.other` by
 * the language's rule.
 */
import { type Catalogue, locale, spoken } from "./languages";

export type Params = Record<string, string | number>;
type PluralStem<K> = K extends `${infer Stem}.${"zero" | "one" | "two" | "few" | "many" | "other"}` ? Stem : K;
/** The keys that a caller may use: plural forms are reached by their stem. */
export type Key<C extends Catalogue> = PluralStem<Extract<keyof C, string>>;

const inEnglish = new Intl.PluralRules("en");

/** Makes the `t` of one area: `const t = translator("chat", english)`. */
export function translator<C extends Catalogue>(area: string, english: C): (key: Key<C>, params?: Params) => string {
  return (key, params = {}) => {
    const { areas, plural } = spoken.value;
    const count = params["count"];
    const words = choose(areas[area], key, count, plural) ?? choose(english, key, count, inEnglish) ?? key;
    return fill(words, params);
  };
}

function choose(
  catalogue: Catalogue | undefined,
  key: string,
  count: string | number | undefined,
  plural: Intl.PluralRules,
): string | undefined {
  if (typeof count === "number") {
    const form = catalogue?.[`${key}.${plural.select(count)}`] ?? catalogue?.[`${key}.other`];
    if (form !== undefined) return form;
  }
  return catalogue?.[key];
}

function fill(words: string, params: Params): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : value;
  });
}
