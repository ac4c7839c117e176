/** The words for connections: bars, whose line is weak, details. Their own catalogue. */
import { translator } from "../i18n/translate";
import english from "../i18n/en/link.json";

export const tl = translator("link", english);
