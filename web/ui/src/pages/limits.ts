/** The bounds that the server puts on what is typed, so that the browser can say so first. */
export const NAME_CHARS_MAX = 80;
export const EMAIL_CHARS_MAX = 254;
export const PASSWORD_CHARS_MIN = 10;
/** The server counts bytes, so a few very long ones of other scripts are refused only there. */
export const PASSWORD_CHARS_MAX = 256;
export const SUBJECT_CHARS_MAX = 200;
export const DESCRIPTION_CHARS_MAX = 4000;
