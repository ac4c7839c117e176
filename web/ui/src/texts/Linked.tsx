/** A sentence whose `<terms>` and `<privacy>` are links to the texts, beside the form that one is filling in. */
import { Fragment } from "preact";
import { KINDS } from "./house";

export function Linked({ words }: { words: string }) {
  const parts = words.split(/<(terms|privacy)>(.*?)<\/\1>/);
  // Words, then kind and words of a link, and so on.
  return (
    <>
      {parts.map((part, at) => {
        const kind = at % 3 === 1 ? KINDS.find((it) => it === part) : undefined;
        if (kind)
          return (
            <a key={at} href={`/${kind}`} target="_blank" rel="noopener">
              {parts[at + 1]}
            </a>
          );
        return at % 3 === 0 && <Fragment key={at}>{part}</Fragment>;
      })}
    </>
  );
}
