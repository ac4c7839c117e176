/** The words of the page on which one chooses how one is told. */
import english from "../i18n/en/notify.json";
import { translator } from "../i18n/translate";

export const t = translator("notify", english);
