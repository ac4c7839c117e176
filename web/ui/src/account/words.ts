/** The words of the account page, their own catalogue: nobody else has to load them. */
import english from "../i18n/en/account.json";
import { translator } from "../i18n/translate";

export const ta = translator("account", english);
