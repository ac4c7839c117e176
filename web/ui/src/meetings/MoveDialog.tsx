/** Moving a booking to another free time. Who was faster is answered with what is free nearby. */
import { useState } from "preact/hooks";
import type { Meeting } from "../api";
import { ApiError } from "../api/error";
import { errorWords } from "../app/errors";
import { Button, Dialog, Notice, toast } from "../components";
import { t } from "../i18n";
import { clockRange, dayName } from "../i18n/time";
import { zone } from "../booking/zone";
import type { Actions } from "./actions";
import { Choice } from "./Choice";
import type { Side } from "./kinds";
import { SlotChoice } from "./SlotChoice";
import { tm } from "./words";

export interface MoveDialogProps {
  meeting: Meeting;
  side: Side;
  open: boolean;
  now: number;
  actions: Actions;
  /** The rest of the series can be moved with it. */
  series?: boolean;
  onClose: () => void;
  onMoved: (meeting: Meeting) => void;
}

export function MoveDialog({ meeting, side, open, now, actions, series = false, onClose, onMoved }: MoveDialogProps) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const [following, setFollowing] = useState(false);
  const booking = meeting.booking;
  const when = (at: number) => `${dayName(at, now, zone.value)}, ${clockRange(at, meeting.durationMinutes, zone.value)}`;
  const move = async () => {
    if (chosen === null) return;
    setBusy(true);
    setFailure(null);
    try {
      onMoved(await actions.move(chosen, following));
      toast(tm("move.done"));
      setChosen(null);
      onClose();
    } catch (cause) {
      const taken = cause instanceof ApiError && cause.code === "slot_taken";
      const some = cause instanceof ApiError && cause.code === "series_taken" ? (cause.body.taken ?? []) : [];
      if (some.length > 0) setFailure(tm("move.someTaken", { count: some.length, times: some.map(when).join("; ") }));
      else setFailure(taken ? tm("move.taken") : errorWords(cause));
      if (taken) {
        setChosen(null);
        setRound(round + 1);
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      title={tm("move.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("meeting.cancelKeep")}</Button>
          <Button kind="primary" busy={busy} disabled={chosen === null} onClick={() => void move()}>
            {tm("move.do")}
          </Button>
        </>
      }
    >
      <div class="stack meeting-dialog">
        {failure && <Notice kind="danger">{failure}</Notice>}
        {series && !(side === "host" && booking?.group) && (
          <fieldset class="meeting-choice">
            <legend class="field-legend">{tm("series.which")}</legend>
            <Choice label={tm("series.this")} checked={!following} onChoose={() => setFollowing(false)} />
            <Choice label={tm("series.moveFollowing")} checked={following} onChoose={() => setFollowing(true)} />
          </fieldset>
        )}
        <dl class="facts meeting-move-facts" aria-live="polite">
          <dt>{tm("move.now")}</dt>
          <dd>{when(meeting.scheduledAt)}</dd>
          <dt>{tm("move.to")}</dt>
          <dd>{chosen === null ? <span class="quiet">{tm("move.choose")}</span> : <strong>{when(chosen)}</strong>}</dd>
        </dl>
        {side === "host" && booking?.group && <p class="field-hint">{tm("group.moves", { count: booking.group.taken })}</p>}
        {side === "client" && booking && <p class="field-hint">{tm("move.left", { count: booking.movesLeft })}</p>}
        {meeting.host.id != null && booking && (
          <SlotChoice
            hostId={meeting.host.id}
            hostName={meeting.host.name}
            serviceId={booking.serviceId}
            except={meeting.scheduledAt}
            chosen={chosen}
            onChoose={setChosen}
            round={round}
          />
        )}
        <p class="field-hint">{tm("move.hint")}</p>
      </div>
    </Dialog>
  );
}
