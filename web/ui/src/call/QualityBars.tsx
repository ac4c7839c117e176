/** How good a connection is, in four bars and, for who does not see them, in a word. */
import "./link.css";
import type { Level } from "../rtc/quality";
import { tl } from "./link-words";

interface QualityBarsProps {
  /** Undefined before anything is known. */
  level: Level | undefined;
  /** Whose connection; without a name it is our own. */
  name?: string;
}

export function QualityBars({ level, name }: QualityBarsProps) {
  const word = tl(level === undefined ? "bars.unknown" : `bars.${level}`);
  const label = name === undefined ? tl("bars.own", { level: word }) : tl("bars.theirs", { name, level: word });
  return (
    <span class={`bars bars-${level ?? 0}`} role="img" aria-label={label} title={label}>
      {([1, 2, 3, 4] as const).map((bar) => (
        <span key={bar} class={bar <= (level ?? 0) ? "bar bar-full" : "bar"} />
      ))}
    </span>
  );
}
