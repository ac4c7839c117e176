/** From the files of one language to its words by area. */
import type { Areas } from "./languages";

/** `{"./call.json": words}` to `{call: words}`. */
export const byArea = (files: Areas): Areas =>
  Object.fromEntries(Object.entries(files).map(([path, words]) => [path.replace(/^.*\/|\.json$/g, ""), words]));
