/**
 * Where somebody's data was erased the server keeps one marker in place of the name, in its rows and in
 * what it says. Pages say it in their reader's language.
 */
import { t } from ".";

const MARKER = "Deleted person";

/** For `JSON.parse`: names only, so that nobody's message is changed. */
export const named = (key: string, value: unknown): unknown => (value === MARKER && /name$|author$/i.test(key) ? t("person.erased") : value);
