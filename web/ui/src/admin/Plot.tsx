/**
 * A small plot: bars over steps of time, with the sum or the last value in words beside it, a line for
 * a target, and a text that says the same to who does not see it. Drawn by hand in SVG, in the colours
 * of the page.
 */
import { useId } from "preact/hooks";
import { ceiling } from "./plots";

export interface Point {
  at: number;
  /** Null where there is nothing to show. */
  value: number | null;
  /** The part of it that is drawn as trouble. */
  bad?: number;
}

export interface PlotProps {
  title: string;
  /** What stands out: a sum, or the share of the whole span. */
  value: string;
  points: readonly Point[];
  /** How a value is said. */
  words: (value: number) => string;
  /** When a step began, in words. */
  when: (at: number) => string;
  /** The top; by default a round number above all values. */
  max?: number;
  target?: { value: number; words: string };
  /** A sentence with the greatest value and its step, and one for no value at all. */
  summary: (greatest: { value: string; when: string } | null) => string;
}

const WIDTH = 300;
const HEIGHT = 80;

export function Plot({ title, value, points, words, when, max, target, summary }: PlotProps) {
  const id = useId();
  const values = points.flatMap((point) => (point.value === null ? [] : [point.value + (point.bad ?? 0)]));
  const top = max ?? ceiling(Math.max(0, ...values));
  const step = WIDTH / Math.max(points.length, 1);
  const height = (it: number) => (Math.min(Math.max(it, 0), top) / top) * HEIGHT;
  const greatest = points.reduce<Point | null>((best, point) => (point.value !== null && point.value > (best?.value ?? 0) ? point : best), null);
  const said = summary(greatest?.value ? { value: words(greatest.value), when: when(greatest.at) } : null);
  const first = points[0];
  const last = points.at(-1);
  return (
    <figure class="plot" aria-labelledby={id}>
      <figcaption id={id} class="plot-head">
        <span class="small quiet">{target ? `${title} · ${target.words}` : title}</span>
        <strong>{value}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={said}>
        {points.map((point, index) => {
          if (point.value === null) return null;
          const good = height(point.value);
          const all = height(point.value + (point.bad ?? 0));
          const bar = { x: index * step + step * 0.12, width: step * 0.76 };
          return (
            <g key={point.at}>
              <title>{`${when(point.at)}: ${words(point.value)}`}</title>
              {/* Hit everywhere, so that a small bar can be pointed at. */}
              <rect x={index * step} y="0" width={step} height={HEIGHT} class="plot-touch" />
              <rect {...bar} y={HEIGHT - good} height={good} class="plot-bar" />
              {all > good && <rect {...bar} y={HEIGHT - all} height={all - good} class="plot-bad" />}
            </g>
          );
        })}
        {target && <line x1="0" x2={WIDTH} y1={HEIGHT - height(target.value)} y2={HEIGHT - height(target.value)} class="plot-target" />}
      </svg>
      <div class="plot-foot small quiet" aria-hidden="true">
        <span>{first && when(first.at)}</span>
        <span>{last && when(last.at)}</span>
      </div>
    </figure>
  );
}
