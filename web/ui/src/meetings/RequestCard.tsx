/** Somebody's wish for a time: who, what, when on both clocks, what it brings, and the host's answer. */
import { useState } from "preact/hooks";
import type { Meeting } from "../api";
import { useAction } from "../app/hooks";
import { Avatar, Button, Dialog, Notice, TextArea, toast } from "../components";
import { t } from "../i18n";
import { clockRange, dayName, deviceZone, inWords, lengthInWords, zoneName } from "../i18n/time";
import { answer } from "./actions";
import { REMARK_CHARS_MAX } from "./limits";
import { priceWords, tm } from "./words";

export interface RequestCardProps {
  meeting: Meeting;
  now: number;
  onAnswered: (meeting: Meeting) => void;
}

export function RequestCard({ meeting, now, onAnswered }: RequestCardProps) {
  const [asked, ask] = useState<"yes" | "no" | null>(null);
  const { name, email } = meeting.client;
  const booking = meeting.booking;
  return (
    <article class="card request-card" aria-label={tm("request.of", { name })}>
      <div class="next-meeting-who">
        <Avatar name={name} />
        <div>
          <h2 class="next-meeting-subject">{name}</h2>
          {email && email !== name && <p class="quiet small">{email}</p>}
          <p>{meeting.subject}</p>
        </div>
      </div>
      <dl class="facts">
        <dt>{t("meeting.when")}</dt>
        <dd>
          <BothClocks meeting={meeting} now={now} />
        </dd>
        <dt>{t("meeting.length")}</dt>
        <dd>{lengthInWords(meeting.durationMinutes * 60)}</dd>
        {booking && (
          <>
            <dt>{tm("money.price")}</dt>
            <dd>
              {priceWords(booking.priceMc)}
              {booking.priceMc > 0 && <span class="quiet small"> · {tm(booking.payment === "paid" ? "money.setAside" : "money.payLater")}</span>}
            </dd>
          </>
        )}
        {meeting.description && (
          <>
            <dt>{t("meeting.note")}</dt>
            <dd class="keep-lines">{meeting.description}</dd>
          </>
        )}
      </dl>
      {booking?.expiresAt != null && <p class="quiet small">{tm("request.until", { when: inWords(booking.expiresAt, now) })}</p>}
      <div class="form-actions">
        <Button kind="primary" onClick={() => ask("yes")}>
          {tm("request.accept")} <span class="only-read">{name}</span>
        </Button>
        <Button kind="danger-quiet" onClick={() => ask("no")}>
          {tm("request.decline")} <span class="only-read">{name}</span>
        </Button>
      </div>
      <AnswerDialog meeting={meeting} yes={asked === "yes"} open={asked !== null} onClose={() => ask(null)} onAnswered={onAnswered} />
    </article>
  );
}

/** The time here, and on the other one's clock where it shows something else. */
export function BothClocks({ meeting, now }: { meeting: Meeting; now: number }) {
  const { scheduledAt, durationMinutes } = meeting;
  const there = meeting.client.timeZone;
  const when = (zone: string) => `${dayName(scheduledAt, now, zone)}, ${clockRange(scheduledAt, durationMinutes, zone)}`;
  const differs = there != null && when(there) !== when(deviceZone());
  return (
    <>
      {when(deviceZone())}
      <br />
      <span class="quiet small">{t("meeting.zoneOf", { zone: zoneName(deviceZone(), scheduledAt) })}</span>
      {differs && (
        <>
          <br />
          <span class="quiet small">{tm("request.there", { name: meeting.client.name, when: when(there), zone: zoneName(there, scheduledAt) })}</span>
        </>
      )}
    </>
  );
}

interface AnswerDialogProps {
  meeting: Meeting;
  yes: boolean;
  open: boolean;
  onClose: () => void;
  onAnswered: (meeting: Meeting) => void;
}

function AnswerDialog({ meeting, yes, open, onClose, onAnswered }: AnswerDialogProps) {
  const [remark, setRemark] = useState("");
  const { busy, failure, run } = useAction();
  const name = meeting.client.name;
  const send = () =>
    run(async () => {
      const answered = await answer(meeting.meetingId, yes, remark);
      toast(tm(yes ? "request.accepted" : "request.declined", { name }));
      onClose();
      onAnswered(answered);
    });
  const due = meeting.booking?.payment === "due";
  const paid = meeting.booking?.payment === "paid";
  return (
    <Dialog
      open={open}
      title={tm(yes ? "request.acceptTitle" : "request.declineTitle", { name })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind={yes ? "primary" : "danger"} busy={busy} onClick={() => void send()}>
            {tm(yes ? "request.accept" : "request.decline")}
          </Button>
        </>
      }
    >
      <div class="stack meeting-dialog">
        {failure && <Notice kind="danger">{failure}</Notice>}
        <p>{yes ? tm(due ? "request.acceptBill" : "request.acceptWords", { name }) : tm(paid ? "request.declinePaid" : "request.declineWords", { name })}</p>
        <TextArea
          label={tm("request.remark", { name })}
          optional
          rows={2}
          maxLength={REMARK_CHARS_MAX}
          value={remark}
          onInput={(event) => setRemark(event.currentTarget.value)}
        />
      </div>
    </Dialog>
  );
}
