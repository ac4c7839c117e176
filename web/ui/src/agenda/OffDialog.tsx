/** Asks before time off is taken, as it was drawn over or as it is typed. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { useAction } from "../app/hooks";
import { Button, Dialog, Field, Notice, toast } from "../components";
import { fromInputs, toInputs, zoneName } from "../i18n/time";
import type { Stretch } from "./grid";
import { useCount } from "./MoveDialog";
import { rangeWords } from "./TimeOffCard";
import { ta, type TimeOff } from "./words";

export interface OffDialogProps {
  off: Stretch | null;
  zone: string;
  now: number;
  onClose: () => void;
  onTaken: () => void;
}

export function OffDialog(props: OffDialogProps) {
  return <Question key={useCount(props.off)} {...props} />;
}

function Question({ off, zone, now, onClose, onTaken }: OffDialogProps) {
  const [from, setFrom] = useState(() => toInputs(off?.from ?? now, zone));
  const [to, setTo] = useState(() => toInputs(off?.to ?? now, zone));
  const { busy, failure, run } = useAction();
  const begins = fromInputs(from.date, from.time, zone);
  const ends = fromInputs(to.date, to.time, zone);
  const wrong = begins === null || ends === null ? ta("bad.date") : ends <= begins ? ta("bad.offOrder") : ends <= now ? ta("bad.offPast") : undefined;
  const take = () =>
    run(async () => {
      if (wrong) return;
      await request<TimeOff>("/api/availability/time-off", { method: "POST", body: { from: begins, to: ends } });
      toast(ta("off.taken"));
      onTaken();
    });
  return (
    <Dialog
      open={off !== null}
      title={ta("off.ask")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{ta("cancel")}</Button>
          <Button kind="primary" busy={busy} disabled={wrong !== undefined} onClick={() => void take()}>
            {ta("off.take")}
          </Button>
        </>
      }
    >
      {begins !== null && ends !== null && !wrong && (
        <p class="cal-range">
          <strong>{rangeWords({ from: begins, to: ends }, now, zone)}</strong>
        </p>
      )}
      <div class="form-pair">
        <Field label={ta("off.fromDate")} type="date" value={from.date} onInput={(event) => setFrom({ ...from, date: event.currentTarget.value })} />
        <Field label={ta("off.fromTime")} type="time" step={300} value={from.time} onInput={(event) => setFrom({ ...from, time: event.currentTarget.value })} />
        <Field label={ta("off.toDate")} type="date" value={to.date} onInput={(event) => setTo({ ...to, date: event.currentTarget.value })} error={wrong} />
        <Field label={ta("off.toTime")} type="time" step={300} value={to.time} onInput={(event) => setTo({ ...to, time: event.currentTarget.value })} />
      </div>
      <p class="quiet small">
        {ta("cal.zone", { zone: zoneName(zone, begins ?? now) })} {ta("off.words")}
      </p>
      {failure && <Notice kind="danger">{failure}</Notice>}
    </Dialog>
  );
}
