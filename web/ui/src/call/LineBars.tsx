/** How good a line is: four bars for the eye, words for who cannot see them. Nothing when unknown. */
import "./gathering.css";
import { tr } from "./room-words";

export function LineBars({ level }: { level: number | undefined }) {
  if (level === undefined) return null;
  const known = Math.min(4, Math.max(1, Math.round(level))) as 1 | 2 | 3 | 4;
  const words = tr(`people.line.${known}`);
  return (
    <span class={known <= 2 ? "line-bars line-bars-weak" : "line-bars"} title={words}>
      {[1, 2, 3, 4].map((bar) => (
        <span key={bar} class={bar <= known ? "line-bar line-bar-full" : "line-bar"} />
      ))}
      <span class="only-read">{words}</span>
    </span>
  );
}
