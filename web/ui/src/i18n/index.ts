import english from "./en/app.json";
import { type Key, translator } from "./translate";

/** The words of everything but the areas that bring their own catalogue, such as the call. */
export const t = translator("app", english);
export type Words = Key<typeof english>;
export { bestOf, language, LANGUAGES, type Language, locale, preferred, speak } from "./languages";
export { translator } from "./translate";
