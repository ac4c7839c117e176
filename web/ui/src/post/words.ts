/** The words of the post, their own catalogue. */
import english from "../i18n/en/post.json";
import { type Key, translator } from "../i18n/translate";

export const t = translator("post", english);

/** Words for a word of the server's; one that is not known here is shown as it is. */
export function said(area: "kind" | "why" | "state", word: string): string {
  const key = { kind: `kind.${word}`, why: `why.${word}`, state: `state.${word}` }[area];
  return key in english ? t(key as Key<typeof english>) : word.replace(/_/g, " ");
}
