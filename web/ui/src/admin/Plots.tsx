/** How the server did, as small plots over a day, a week or a month. */
import { Button, Card, Loading } from "../components";
import { deviceZone } from "../i18n/time";
import { locale } from "../i18n/languages";
import { Plot, type Point } from "./Plot";
import { type Hour, mostOf, shareOf, type Span, SPANS, type Step, stepsOf, sumOf } from "./plots";
import { amount, coinsOf, t } from "./words";

const NAMES = Object.keys(SPANS) as Span[];

interface PlotsProps {
  span: Span;
  hours: Hour[] | null;
  now: number;
  onSpan: (span: Span) => void;
}

export function Plots({ span, hours, now, onSpan }: PlotsProps) {
  const aside = (
    <div class="row-end" role="group" aria-label={t("plots.span")}>
      {NAMES.map((it) => (
        <Button key={it} kind={it === span ? "primary" : "secondary"} aria-pressed={it === span} onClick={() => onSpan(it)}>
          {t(`plots.${it}`)}
        </Button>
      ))}
    </div>
  );
  return (
    <Card title={t("plots.title")} aside={aside}>
      {hours === null ? <Loading words={t("plots.title")} /> : <Grid span={span} hours={hours} steps={stepsOf(span, hours, now)} />}
    </Card>
  );
}

function Grid({ span, hours, steps }: { span: Span; hours: Hour[]; steps: Step[] }) {
  const when = (at: number) => stepWords(span, at);
  const points = (of: (hours: readonly Hour[]) => number | null, bad?: (hours: readonly Hour[]) => number): Point[] =>
    steps.map((step) => ({ at: step.at, value: of(step.hours), ...(bad ? { bad: bad(step.hours) } : {}) }));
  const summary = (title: string, value: string) => (greatest: { value: string; when: string } | null) =>
    greatest ? t("plots.said", { title, value, most: greatest.value, when: greatest.when }) : t("plots.saidNothing", { title });
  const count = (it: number) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 0 }).format(it);
  const percent = (it: number) => `${count(it)} %`;
  const success = shareOf(hours, (it) => it.started, (it) => it.failed);
  const relayed = shareOf(hours, (it) => it.relayed, (it) => it.direct);
  const plots = [
    {
      title: t("plots.calls"),
      value: count(sumOf(hours, (it) => it.started)),
      points: points((it) => sumOf(it, (hour) => hour.started), (it) => sumOf(it, (hour) => hour.failed)),
      words: count,
    },
    {
      title: t("plots.success"),
      value: success === null ? "–" : percent(success),
      points: points((it) => shareOf(it, (hour) => hour.started, (hour) => hour.failed)),
      words: percent,
      max: 100,
      target: { value: 95, words: t("over.above", { percent: 95 }) },
    },
    {
      title: t("plots.share"),
      value: relayed === null ? "–" : percent(relayed),
      points: points((it) => shareOf(it, (hour) => hour.relayed, (hour) => hour.direct)),
      words: percent,
      max: 100,
      target: { value: 20, words: t("over.below", { percent: 20 }) },
    },
    {
      title: t("plots.traffic"),
      value: amount(sumOf(hours, (it) => it.relayBytes)),
      points: points((it) => sumOf(it, (hour) => hour.relayBytes)),
      words: amount,
    },
    {
      title: t("plots.sockets"),
      value: count(mostOf(hours, (it) => it.socketsMax)),
      points: points((it) => mostOf(it, (hour) => hour.socketsMax)),
      words: count,
    },
    {
      title: t("plots.sold"),
      value: coinsOf(sumOf(hours, (it) => it.sold)),
      points: points((it) => sumOf(it, (hour) => hour.sold)),
      words: coinsOf,
    },
  ];
  return (
    <div class="plots">
      {plots.map((plot) => (
        <Plot key={plot.title} {...plot} when={when} summary={summary(plot.title, plot.value)} />
      ))}
    </div>
  );
}

function stepWords(span: Span, at: number): string {
  const format: Intl.DateTimeFormatOptions =
    span === "day" ? { hour: "2-digit", minute: "2-digit" } : span === "week" ? { weekday: "short", hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short" };
  // Days are those of the server, UTC: so is what they hold.
  return new Intl.DateTimeFormat(locale(), { ...format, timeZone: span === "month" ? "UTC" : deviceZone() }).format(at);
}
