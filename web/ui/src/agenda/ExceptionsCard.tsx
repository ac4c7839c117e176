/** Days that differ from the week: holidays, a journey, a long evening. A line each; opened to change it. */
import { useRef, useState } from "preact/hooks";
import { Badge, Button, Card, Field, PlusIcon, Switch } from "../components";
import { addDays, type ExceptionRow, EXCEPTIONS_MAX, isDate, LABEL_CHARS_MAX, nextKey, readSpans, type RowProblems, timeText } from "./hours";
import { Problem } from "./MoreFields";
import { SpanRows } from "./SpanRows";
import { dateWords, ta, yearlyWords } from "./words";

export interface ExceptionsCardProps {
  rows: readonly ExceptionRow[];
  /** Of the days, and of their hours. */
  problems: RowProblems;
  spans: RowProblems;
  today: string;
  onChange: (rows: ExceptionRow[]) => void;
}

export function ExceptionsCard({ rows, problems, spans, today, onChange }: ExceptionsCardProps) {
  const [open, setOpen] = useState<number | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const set = (key: number, part: Partial<ExceptionRow>) => onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const add = () => {
    const day = addDays(today, 1);
    const row: ExceptionRow = { key: nextKey(), first: day, last: day, yearly: false, label: "", off: true, spans: [] };
    onChange([...rows, row]);
    setOpen(row.key);
  };
  const remove = (key: number) => {
    onChange(rows.filter((row) => row.key !== key));
    frame.current?.querySelector<HTMLElement>(".agenda-add-day")?.focus();
  };
  const wrong = (row: ExceptionRow) => problems.has(row.key) || row.spans.some((span) => spans.has(span.key));
  return (
    <Card title={ta("days.title")}>
      <div class="stack" ref={frame}>
        <p class="quiet">{ta("days.words")}</p>
        {rows.length > 0 && (
          <ul role="list" class="agenda-exceptions">
            {rows.map((row) => (
              <li key={row.key}>
                {open === row.key || wrong(row) ? (
                  <Opened
                    row={row}
                    problem={problems.get(row.key)}
                    spans={spans}
                    onChange={(part) => set(row.key, part)}
                    onClose={() => setOpen(null)}
                    onRemove={() => remove(row.key)}
                  />
                ) : (
                  <Line row={row} onOpen={() => setOpen(row.key)} onRemove={() => remove(row.key)} />
                )}
              </li>
            ))}
          </ul>
        )}
        <div>
          <Button class="agenda-add-day" disabled={rows.length >= EXCEPTIONS_MAX} onClick={add}>
            <PlusIcon />
            {ta("days.add")}
          </Button>
        </div>
      </div>
    </Card>
  );
}

function Line({ row, onOpen, onRemove }: { row: ExceptionRow; onOpen: () => void; onRemove: () => void }) {
  const name = row.label || whenWords(row);
  return (
    <div class="agenda-line">
      <div class="agenda-line-words">
        <strong>{name}</strong>
        <span class="quiet small">
          {row.label && `${whenWords(row)} · `}
          {row.off ? ta("days.off") : hoursWords(row)}
        </span>
      </div>
      {row.yearly && <Badge>{ta("days.yearly")}</Badge>}
      <Button kind="quiet" aria-label={ta("days.changeNamed", { name })} onClick={onOpen}>
        {ta("days.change")}
      </Button>
      <Button kind="danger-quiet" aria-label={ta("days.removeNamed", { name })} onClick={onRemove}>
        {ta("days.remove")}
      </Button>
    </div>
  );
}

interface OpenedProps {
  row: ExceptionRow;
  problem: string | undefined;
  spans: RowProblems;
  onChange: (part: Partial<ExceptionRow>) => void;
  onClose: () => void;
  onRemove: () => void;
}

function Opened({ row, problem, spans, onChange, onClose, onRemove }: OpenedProps) {
  return (
    <fieldset class="form agenda-opened">
      <legend>{row.label || whenWords(row)}</legend>
      <Field
        label={ta("days.label")}
        hint={ta("days.labelHint")}
        optional
        maxLength={LABEL_CHARS_MAX}
        value={row.label}
        onInput={(event) => onChange({ label: event.currentTarget.value })}
      />
      <div class="form-pair">
        <Field
          label={ta("days.first")}
          type="date"
          value={row.first}
          aria-invalid={problem ? true : undefined}
          onInput={(event) => {
            const first = event.currentTarget.value;
            onChange(row.last === row.first || row.last < first ? { first, last: first } : { first });
          }}
        />
        <Field label={ta("days.last")} type="date" min={row.first} value={row.last} onInput={(event) => onChange({ last: event.currentTarget.value })} />
      </div>
      <Switch label={ta("days.yearlySwitch")} checked={row.yearly} onChange={(yearly) => onChange({ yearly })} />
      <Switch
        label={ta("days.offSwitch")}
        hint={ta("days.offHint")}
        checked={row.off}
        onChange={(off) => onChange({ off, spans: off || row.spans.length > 0 ? row.spans : [{ key: nextKey(), from: "09:00", to: "12:00" }] })}
      />
      {!row.off && <SpanRows day={row.label || whenWords(row)} rows={row.spans} problems={spans} onChange={(next) => onChange({ spans: next })} none={ta("week.none")} />}
      {problem && <Problem words={problem} />}
      <div class="row">
        <Button onClick={onClose}>{ta("days.done")}</Button>
        <Button kind="danger-quiet" onClick={onRemove}>
          {ta("days.remove")}
        </Button>
      </div>
    </fieldset>
  );
}

function whenWords(row: ExceptionRow): string {
  if (!isDate(row.first)) return ta("days.new");
  const say = row.yearly ? yearlyWords : dateWords;
  return row.last && row.last !== row.first && isDate(row.last) ? `${say(row.first)} – ${say(row.last)}` : say(row.first);
}

const hoursWords = (row: ExceptionRow): string =>
  readSpans(row.spans)
    .spans.map(({ from, to }) => `${timeText(from)}–${timeText(to)}`)
    .join(", ");
