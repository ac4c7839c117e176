/**
 * Waiting for a day that has nothing left: who asks is told by mail when a time of it gets free, and
 * can stop here. Everybody who waits is told at once; nobody has the time for sure.
 */
import { useState } from "preact/hooks";
import type { Me } from "../api";
import { ApiError } from "../api/error";
import { errorWords } from "../app/errors";
import { useSubmit } from "../app/hooks";
import { Button, CheckIcon, Field, Notice, Select } from "../components";
import { EMAIL_CHARS_MAX, NAME_CHARS_MAX } from "../pages/limits";
import { Agree } from "../texts/Agree";
import type { Day } from "./days";
import { longDay } from "./Month";
import type { Waits } from "./waits";
import { tb, type Waiting } from "./words";

export interface WaitProps {
  /** One that was chosen, or all of a month that has nothing left. */
  days: readonly Day[];
  me: Me | null;
  waits: Waits;
  /** What is free is not as it was shown. */
  onChanged: () => void;
}

/** The offer to wait, for the days of these that are not waited for. */
export function Wait({ days, me, waits, onChanged }: WaitProps) {
  const left = days.filter((day) => !waits.all.some((it) => it.day === day));
  const form = useSubmit(
    async (values) => {
      const day = values.optional("day") ?? left[0];
      if (day === undefined) return;
      const reached = me === null ? { name: values.text("name"), email: values.text("email"), agreedTo: values.optional("agreedTo") } : null;
      await waits.begin(day, reached).catch((cause: unknown) => {
        if (cause instanceof ApiError && cause.status === 409) onChanged();
        throw cause;
      });
    },
    { fields: ["name", "email", "day", "agreedTo"], words: (error) => (error.status === 409 ? tb("wait.refused") : undefined) },
  );
  if (left.length === 0) return null;
  return (
    <form class="form book-wait" onSubmit={form.onSubmit}>
      <p>{tb("wait.words")}</p>
      {days.length > 1 && <Select label={tb("wait.day")} name="day" options={left.map((value) => ({ value, label: longDay(value) }))} error={form.fieldError("day")} />}
      {me === null ? (
        <>
          <Field label={tb("form.name")} name="name" autocomplete="name" maxLength={NAME_CHARS_MAX} error={form.fieldError("name")} />
          <Field label={tb("form.email")} name="email" type="email" autocomplete="email" maxLength={EMAIL_CHARS_MAX} error={form.fieldError("email")} />
          <Agree error={form.fieldError("agreedTo")} />
        </>
      ) : (
        <p class="quiet small">{tb("wait.mailTo", { email: me.email })}</p>
      )}
      {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      <div class="form-actions">
        <Button type="submit" kind="primary" busy={form.busy}>
          {tb("wait.ask")}
        </Button>
      </div>
    </form>
  );
}

/** What is waited for, each with a way to stop. */
export function Waited({ waits }: { waits: Waits }) {
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const stop = async (waiting: Waiting) => {
    setBusy(waiting.waitingId);
    setFailure(null);
    await waits.end(waiting).catch(setFailure);
    setBusy(null);
  };
  return (
    <div role="status">
      {failure !== null && <Notice kind="danger">{errorWords(failure)}</Notice>}
      {waits.all.length > 0 && (
        <ul role="list" class="book-waits">
          {waits.all.map((it) => (
            <li key={it.waitingId}>
              <CheckIcon size={18} />
              <span>{tb("wait.told", { day: longDay(it.day) })}</span>
              <Button kind="quiet" busy={busy === it.waitingId} onClick={() => void stop(it)}>
                {tb("wait.stop")} <span class="only-read">{longDay(it.day)}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
