/** A booking's money and its rules: what it costs, where that is now, and what calling off gives back. */
import type { Meeting } from "../api";
import { ApiError } from "../api/error";
import { useAction } from "../app/hooks";
import { navigate } from "../app/router";
import { Button, ButtonLink, Card, Notice, toast } from "../components";
import { inWords } from "../i18n/time";
import { usePurse } from "../money/purse";
import { inCoins } from "../money/words";
import { pay } from "./actions";
import { mayCancel, type Side } from "./kinds";
import { type Booking, priceWords, ruleWords, tm } from "./words";

export interface MoneyCardProps {
  meeting: Meeting;
  booking: Booking;
  side: Side;
  other: string;
  now: number;
  onChange: (meeting: Meeting) => void;
}

export function MoneyCard({ meeting, booking, side, other, now, onChange }: MoneyCardProps) {
  return (
    <Card title={tm("money.title")}>
      <dl class="facts">
        <dt>{tm("money.price")}</dt>
        <dd>{priceWords(booking.priceMc)}</dd>
        {booking.priceMc > 0 && (
          <>
            <dt>{tm("money.state")}</dt>
            <dd>
              <Where meeting={meeting} booking={booking} side={side} other={other} now={now} />
            </dd>
          </>
        )}
      </dl>
      {meeting.status === "awaiting_payment" && side === "client" && <PayBill meeting={meeting} booking={booking} onPaid={onChange} />}
      {booking.priceMc > 0 && mayCancel(meeting) && <Rules booking={booking} />}
    </Card>
  );
}

function Where({ meeting, booking, side, other, now }: Omit<MoneyCardProps, "onChange">) {
  switch (booking.payment) {
    case "due":
      return <>{mayCancel(meeting) ? (booking.expiresAt == null ? tm("money.due") : tm("money.dueUntil", { when: inWords(booking.expiresAt, now) })) : tm("money.never")}</>;
    case "paid":
      return <>{tm("money.held")}</>;
    case "settled":
      return <Settled booking={booking} side={side} other={other} />;
    default:
      return <>{tm("money.free")}</>;
  }
}

/** How the price was divided, as this side may know it. */
export function Settled({ booking, side, other }: { booking: Booking; side: Side; other: string }) {
  const refunded = booking.refundedMc ?? 0;
  const kept = booking.priceMc - refunded;
  return (
    <span class="meeting-settled" data-refunded={refunded}>
      {refunded > 0 && <span>{side === "client" ? tm("money.back", { coins: inCoins(refunded) }) : tm("money.backTo", { name: other, coins: inCoins(refunded) })}</span>}
      {kept > 0 && <span>{side === "client" ? tm("money.paidTo", { name: other, coins: inCoins(kept) }) : tm("money.earned", { coins: inCoins(booking.earnedMc ?? kept) })}</span>}
    </span>
  );
}

export function Rules({ booking }: { booking: Booking }) {
  return (
    <div class="stack-tight">
      <h3>{tm("rule.title")}</h3>
      <ul class="meeting-rules">
        {ruleWords(booking.cancellation).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}

/** From the wallet where it has enough; otherwise the page of the booking, which pays at a gateway. */
function PayBill({ meeting, booking, onPaid }: { meeting: Meeting; booking: Booking; onPaid: (meeting: Meeting) => void }) {
  const purse = usePurse();
  const { busy, failure, run } = useAction();
  const elsewhere = `/book/done/${encodeURIComponent(meeting.meetingId)}`;
  const send = () =>
    run(async () => {
      try {
        onPaid(await pay(meeting.meetingId));
        toast(tm("pay.done"));
      } catch (cause) {
        if (!(cause instanceof ApiError && cause.status === 402)) throw cause;
        navigate(elsewhere);
      }
    });
  const short = purse !== null && purse.available < booking.priceMc;
  return (
    <div class="stack-tight">
      {failure && <Notice kind="danger">{failure}</Notice>}
      {short && <p class="field-hint">{tm("pay.short", { coins: inCoins(purse.available) })}</p>}
      <div class="form-actions">
        {short ? (
          <ButtonLink kind="primary" href={elsewhere}>
            {tm("pay.open")}
          </ButtonLink>
        ) : (
          <Button kind="primary" busy={busy} onClick={() => void send()}>
            {tm("pay.do", { coins: inCoins(booking.priceMc) })}
          </Button>
        )}
      </div>
    </div>
  );
}
