/** The bounds that the server puts on what is typed on these pages. */
export const REMARK_CHARS_MAX = 500;
