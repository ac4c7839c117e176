/**
 * Who came, as the server saw it, and the way to set it right: each side may say so in favour of the
 * other, an admin as it was. What it does to the money stands there before it is said.
 */
import { useState } from "preact/hooks";
import type { Meeting } from "../api";
import { useAction } from "../app/hooks";
import { Badge, Button, Card, Dialog, Notice, toast } from "../components";
import { t } from "../i18n";
import { clockTime, dayAndTime } from "../i18n/time";
import { inCoins } from "../money/words";
import { judge, type Verdict } from "./actions";
import type { Side } from "./kinds";
import { type Booking, type MeetingWords, tm } from "./words";

export interface AttendanceCardProps {
  meeting: Meeting;
  booking: Booking;
  side: Side | "admin";
  now: number;
  onChange: (meeting: Meeting) => void;
}

const OVER = ["completed", "no_show_client", "no_show_host", "expired"];

/** Whether there is anything to say about who came. */
export const wasHeld = (meeting: Meeting): boolean => OVER.includes(meeting.status) && (meeting.booking?.payment ?? "due") !== "due";

/** What this reader may say, other than what stands there. */
export function verdictsOf(meeting: Meeting, side: Side | "admin", now: number): Verdict[] {
  const until = meeting.booking?.judgedUntil;
  if (until == null || now >= until) return [];
  const all: Record<Side | "admin", Verdict[]> = {
    host: ["no_show_host"],
    client: ["completed", "no_show_client"],
    admin: ["completed", "no_show_client", "no_show_host", "expired"],
  };
  // Of what changes nothing for anybody, only what was wrong is offered.
  const pointless = side === "client" && meeting.status === "completed";
  return pointless ? [] : all[side].filter((it) => it !== meeting.status);
}

export function AttendanceCard({ meeting, booking, side, now, onChange }: AttendanceCardProps) {
  const [asked, ask] = useState<Verdict | null>(null);
  const choices = verdictsOf(meeting, side, now);
  return (
    <Card title={tm("came.title")}>
      <ul role="list" class="lines">
        <Line name={meeting.host.name} at={meeting.hostCameAt} now={now} />
        <Line name={meeting.client.name} at={meeting.clientCameAt} now={now} />
      </ul>
      <p>{tm(`came.${meeting.status}` as "came.completed", names(meeting))}</p>
      {choices.length > 0 && (
        <div class="stack-tight">
          <p class="quiet small">{tm("came.wrong", { when: dayAndTime(booking.judgedUntil ?? now, now) })}</p>
          <div class="form-actions">
            {choices.map((verdict) => (
              <Button key={verdict} onClick={() => ask(verdict)}>
                {tm(saying(verdict, side), names(meeting))}
              </Button>
            ))}
          </div>
        </div>
      )}
      <JudgeDialog meeting={meeting} booking={booking} side={side} verdict={asked} onClose={() => ask(null)} onChange={onChange} />
    </Card>
  );
}

const names = (meeting: Meeting) => ({ host: meeting.host.name, client: meeting.client.name });

function saying(verdict: Verdict, side: Side | "admin"): MeetingWords {
  if (verdict === "no_show_host" && side === "host") return "say.me";
  if (verdict === "no_show_client" && side === "client") return "say.me";
  return `say.${verdict}` as "say.completed";
}

function Line({ name, at, now }: { name: string; at: number | null | undefined; now: number }) {
  return (
    <li class="line">
      <span class="line-words">{name}</span>
      {at == null ? <Badge kind="warn">{tm("came.not")}</Badge> : <Badge kind="good">{tm("came.at", { time: now - at < 20 * 3_600_000 ? clockTime(at) : dayAndTime(at, now) })}</Badge>}
    </li>
  );
}

interface JudgeDialogProps {
  meeting: Meeting;
  booking: Booking;
  side: Side | "admin";
  verdict: Verdict | null;
  onClose: () => void;
  onChange: (meeting: Meeting) => void;
}

function JudgeDialog({ meeting, booking, side, verdict, onClose, onChange }: JudgeDialogProps) {
  const { busy, failure, run } = useAction();
  const send = () =>
    run(async () => {
      if (verdict === null) return;
      onChange(await judge(meeting.meetingId, verdict));
      toast(tm("say.done"));
      onClose();
    });
  const refunds = verdict === "no_show_host" || verdict === "expired";
  const price = { coins: inCoins(booking.priceMc), ...names(meeting) };
  const effect = booking.priceMc === 0 ? tm("say.noMoney") : tm(refunds ? "say.refund" : "say.earn", price);
  return (
    <Dialog
      open={verdict !== null}
      title={tm("say.title")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
          <Button kind="primary" busy={busy} onClick={() => void send()}>
            {verdict && tm(saying(verdict, side), names(meeting))}
          </Button>
        </>
      }
    >
      <div class="stack meeting-dialog">
        {failure && <Notice kind="danger">{failure}</Notice>}
        <p data-refunds={refunds}>{effect}</p>
        {side !== "admin" && <p class="field-hint">{tm("say.back", { name: side === "host" ? meeting.client.name : meeting.host.name })}</p>}
      </div>
    </Dialog>
  );
}
