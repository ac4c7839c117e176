/** Everything about a service that has a sensible default, in one disclosure. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button, CrossIcon, Field, PlusIcon, Switch, WarnIcon } from "../components";
import { AmountField } from "./AmountField";
import { Group } from "./Group";
import { BRACKETS_MAX, type Draft, nextKey, type Problems, REMINDERS_MAX } from "./service-form";
import { ta } from "./words";

export interface MoreFieldsProps {
  draft: Draft;
  problems: Problems;
  onChange: (part: Partial<Draft>) => void;
}

const OUTSIDE = new Set(["title", "durationMinutes", "priceMc", "priceMoney", "details"]);

export function MoreFields({ draft, problems, onChange }: MoreFieldsProps) {
  const [open, setOpen] = useState(false);
  const wrong = Object.keys(problems).some((field) => !OUTSIDE.has(field));
  useEffect(() => {
    if (wrong) setOpen(true);
  }, [wrong]);
  const number = (field: "stepMinutes" | "bufferBeforeMinutes" | "bufferAfterMinutes" | "horizonDays" | "perDayMax" | "perWeekMax" | "perClientMax" | "capacity" | "movesMax", label: string, hint?: string) => (
    <Field
      label={label}
      hint={hint}
      optional={field === "perDayMax" || field === "perWeekMax" || field === "perClientMax"}
      inputMode="numeric"
      autocomplete="off"
      value={draft[field]}
      onInput={(event) => onChange({ [field]: event.currentTarget.value })}
      error={problems[field]}
    />
  );
  return (
    <details class="card agenda-more" open={open || wrong} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span>{ta("more.title")}</span>
        <span class="quiet small">{ta("more.words")}</span>
      </summary>
      <div class="agenda-groups">
        <Group class="form" title={ta("more.times")}>
          <div class="form-pair">
            {number("stepMinutes", ta("more.step"), ta("more.stepHint"))}
            <AmountField label={ta("more.notice")} hint={ta("more.noticeHint")} amount={draft.notice} onChange={(notice) => onChange({ notice })} error={problems["noticeMinutes"]} />
            {number("bufferBeforeMinutes", ta("more.before"))}
            {number("bufferAfterMinutes", ta("more.after"))}
            {number("horizonDays", ta("more.horizon"))}
          </div>
        </Group>
        <Group class="form" title={ta("more.limits")}>
          <div class="form-pair">
            {number("perDayMax", ta("more.perDay"), ta("more.noLimit"))}
            {number("perWeekMax", ta("more.perWeek"), ta("more.noLimit"))}
            {number("perClientMax", ta("more.perClient"), ta("more.noLimit"))}
            {number("capacity", ta("more.capacity"), ta("more.capacityHint"))}
          </div>
        </Group>
        <Brackets draft={draft} problem={problems["cancellation"]} onChange={onChange}>
          {number("movesMax", ta("more.moves"))}
        </Brackets>
        <Group class="form" title={ta("more.door")}>
          <Switch label={ta("more.lobby")} hint={ta("more.lobbyHint")} checked={draft.lobby} onChange={(lobby) => onChange({ lobby })} />
          <Switch label={ta("more.ownWindow")} hint={ta("more.ownWindowHint")} checked={draft.ownWindow} onChange={(ownWindow) => onChange({ ownWindow })} />
          {draft.ownWindow && (
            <div class="form-pair">
              <Field
                label={ta("more.openBefore")}
                inputMode="numeric"
                autocomplete="off"
                value={draft.openBefore}
                onInput={(event) => onChange({ openBefore: event.currentTarget.value })}
                error={problems["joinWindow"]}
              />
              <Field label={ta("more.closeAfter")} inputMode="numeric" autocomplete="off" value={draft.closeAfter} onInput={(event) => onChange({ closeAfter: event.currentTarget.value })} />
            </div>
          )}
        </Group>
        <Reminders draft={draft} problem={problems["reminderMinutes"]} onChange={onChange} />
        <Group class="form" title={ta("more.state")}>
          <Switch label={ta("more.active")} hint={ta("more.activeHint")} checked={draft.active} onChange={(active) => onChange({ active })} />
        </Group>
      </div>
    </details>
  );
}

interface RowsProps {
  draft: Draft;
  problem: string | undefined;
  onChange: (part: Partial<Draft>) => void;
}

/** What a client gets back who calls off, one row for each step. */
function Brackets({ draft, problem, onChange, children }: RowsProps & { children: ComponentChildren }) {
  const rows = draft.cancellation;
  const set = (key: number, part: Partial<(typeof rows)[number]>) =>
    onChange({ cancellation: rows.map((row) => (row.key === key ? { ...row, ...part } : row)) });
  const add = () => onChange({ cancellation: [...rows, { key: nextKey(), notice: { value: "2", unit: "hours" }, percent: "50" }] });
  return (
    <Group class="form" title={ta("more.cancelling")}>
      <p class="quiet small">{ta("more.cancellingWords")}</p>
      {rows.length === 0 && <p class="agenda-nothing">{ta("more.noRefund")}</p>}
      <ul role="list" class="agenda-rows">
        {rows.map((row, place) => (
          <li key={row.key} class="agenda-row">
            <AmountField bare label={ta("more.bracketNotice", { number: place + 1 })} amount={row.notice} onChange={(notice) => set(row.key, { notice })} />
            <span class="agenda-row-words">{ta("more.bracketBefore")}</span>
            <div class="field agenda-percent">
              <input
                inputMode="numeric"
                autocomplete="off"
                aria-label={ta("more.bracketPercent", { number: place + 1 })}
                aria-invalid={problem ? true : undefined}
                value={row.percent}
                onInput={(event) => set(row.key, { percent: event.currentTarget.value })}
              />
              <span aria-hidden="true">%</span>
            </div>
            <span class="agenda-row-words">{ta("more.bracketBack")}</span>
            <RemoveRow label={ta("more.bracketRemove", { number: place + 1 })} onRemove={() => onChange({ cancellation: rows.filter((it) => it.key !== row.key) })} />
          </li>
        ))}
      </ul>
      <AddRow label={ta("more.bracketAdd")} full={rows.length >= BRACKETS_MAX} problem={problem} onAdd={add} />
      <div class="form-pair">{children}</div>
    </Group>
  );
}

function Reminders({ draft, problem, onChange }: RowsProps) {
  const rows = draft.reminders;
  const add = () => onChange({ reminders: [...rows, { key: nextKey(), lead: { value: "2", unit: "hours" } }] });
  return (
    <Group class="form" title={ta("more.reminders")}>
      <Switch label={ta("more.ownReminders")} hint={ta("more.ownRemindersHint")} checked={draft.ownReminders} onChange={(ownReminders) => onChange({ ownReminders })} />
      {draft.ownReminders && (
        <>
          {rows.length === 0 && <p class="agenda-nothing">{ta("more.noReminders")}</p>}
          <ul role="list" class="agenda-rows">
            {rows.map((row, place) => (
              <li key={row.key} class="agenda-row">
                <AmountField
                  bare
                  label={ta("more.reminder", { number: place + 1 })}
                  amount={row.lead}
                  onChange={(lead) => onChange({ reminders: rows.map((it) => (it.key === row.key ? { ...it, lead } : it)) })}
                />
                <span class="agenda-row-words">{ta("more.reminderBefore")}</span>
                <RemoveRow label={ta("more.reminderRemove", { number: place + 1 })} onRemove={() => onChange({ reminders: rows.filter((it) => it.key !== row.key) })} />
              </li>
            ))}
          </ul>
          <AddRow label={ta("more.reminderAdd")} full={rows.length >= REMINDERS_MAX} problem={problem} onAdd={add} />
        </>
      )}
    </Group>
  );
}

function RemoveRow({ label, onRemove }: { label: string; onRemove: () => void }) {
  const remove = (event: Event) => {
    onRemove();
    focusAdd(event);
  };
  return (
    <Button kind="quiet" iconOnly aria-label={label} onClick={remove}>
      <CrossIcon />
    </Button>
  );
}

/** Below the rows: what is wrong with them, and one more. */
function AddRow({ label, full, problem, onAdd }: { label: string; full: boolean; problem: string | undefined; onAdd: () => void }) {
  return (
    <>
      {problem && <Problem words={problem} />}
      <div>
        <Button class="agenda-add" disabled={full} onClick={onAdd}>
          <PlusIcon />
          {label}
        </Button>
      </div>
    </>
  );
}

/** Where the focus goes when the row that had it is gone. */
function focusAdd(event: Event): void {
  const group = (event.currentTarget as Element).closest('[role="group"]');
  group?.querySelector<HTMLElement>(".agenda-add")?.focus();
}

/** Words for a whole group, read out when they come. */
export function Problem({ words, id }: { words: string; id?: string }) {
  return (
    <p class="field-error" role="alert" id={id}>
      <WarnIcon size={16} />
      <span>{words}</span>
    </p>
  );
}
