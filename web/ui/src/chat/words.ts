/** The words of conversations. Their own catalogue, loaded with them. */
import { translator } from "../i18n/translate";
import english from "../i18n/en/chat.json";

export const tc = translator("chat", english);
