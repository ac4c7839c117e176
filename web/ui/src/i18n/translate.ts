/**
 * Words by key. A catalogue is a flat JSON file per area and language; English is the source and
 * gives the type of the keys, so a missing or misspelt key does not compile. A number that
 * changes the words is called `count` and picks `key.one`, `key.other` by the language's rule.
 */
export type Params = Record<string, string | number>;
type Catalogue = Record<string, string>;
type PluralStem<K> = K extends `${infer Stem}.${"zero" | "one" | "two" | "few" | "many" | "other"}` ? Stem : K;
/** The keys that a caller may use: plural forms are reached by their stem. */
export type Key<C extends Catalogue> = PluralStem<Extract<keyof C, string>>;

/** The language of the words, and the one for dates and numbers. */
export const language = "en";
export const locale = (): string =>
  typeof navigator !== "undefined" && navigator.language?.startsWith(language) ? navigator.language : language;

const plural = new Intl.PluralRules(language);

/** Makes the `t` of one area: `const t = translator(english)`. */
export function translator<C extends Catalogue>(catalogue: C): (key: Key<C>, params?: Params) => string {
  return (key, params = {}) => fill(choose(catalogue, key, params["count"]), params);
}

function choose(catalogue: Catalogue, key: string, count: string | number | undefined): string {
  if (typeof count === "number") {
    const form = catalogue[`${key}.${plural.select(count)}`] ?? catalogue[`${key}.other`];
    if (form !== undefined) return form;
  }
  return catalogue[key] ?? key;
}

function fill(words: string, params: Params): string {
  return words.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : value;
  });
}
