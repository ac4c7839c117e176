import english from "./en.json";
import { type Key, translator } from "./translate";

/** The words of everything but the call, which brings its own catalogue. */
export const t = translator(english);
export type Words = Key<typeof english>;
export { language, locale, translator } from "./translate";
