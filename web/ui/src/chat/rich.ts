/**
 * Words of other people, cut into text and links. Only http and https become links, and only what
 * the URL parser accepts; nothing is fetched to look at it.
 */
export type Piece = { text: string } | { text: string; href: string };

const LINK = /\bhttps?:\/\/[^\s<>"']+/gi;
/** Signs that end a sentence rather than an address. */
const TRAILING = /[.,;:!?…)\]}]+$/;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const words = withoutTail(match[0]);
    const href = addressOf(words);
    if (href === undefined) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: words, href });
    from = match.index + words.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** `(see https://a.example/x_(y))` keeps the inner bracket and drops the outer one. */
function withoutTail(words: string): string {
  let kept = words;
  for (let tail = TRAILING.exec(kept); tail !== null; tail = TRAILING.exec(kept)) {
    const last = kept[kept.length - 1];
    const opens = last === ")" ? "(" : last === "]" ? "[" : last === "}" ? "{" : undefined;
    if (opens !== undefined && kept.split(opens).length >= kept.split(last ?? "").length) return kept;
    kept = kept.slice(0, -1);
  }
  return kept;
}

function addressOf(words: string): string | undefined {
  try {
    const url = new URL(words);
    // A name before the host makes an address look like another one.
    return url.username === "" && url.password === "" && url.hostname !== "" ? url.href : undefined;
  } catch {
    return undefined;
  }
}
