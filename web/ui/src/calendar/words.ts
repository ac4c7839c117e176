/** The words about calendars, their own catalogue. */
import english from "../i18n/en/calendar.json";
import { translator } from "../i18n/translate";

export const t = translator("calendar", english);
