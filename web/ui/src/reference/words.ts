/** The words around the REST document; what it says itself is English. */
import english from "../i18n/en/reference.json";
import { translator } from "../i18n/translate";

export const t = translator("reference", english);
