/**
 * Paying a booking that waits for its price: from the wallet when it has enough, otherwise with coins
 * that are bought at a gateway and pay for it the moment they come.
 */
import "../topup/topup.css";
import { useState } from "preact/hooks";
import { type Meeting, request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useNow } from "../app/hooks";
import { navigate } from "../app/router";
import { Button, ClockIcon, Loading, Notice } from "../components";
import { countdown, dayAndTime } from "../i18n/time";
import { usePurse } from "../money/purse";
import { newKey, type Offer, type Package, payAddress, t as topup } from "../topup/orders";
import { Packages } from "../topup/Packages";
import { PhoneStep } from "../topup/PhoneStep";
import { keepOrder } from "./orders";
import { priceWords, tb } from "./words";

/** Above this a countdown says less than the hour. */
const COUNTED_MS = 60 * 60_000;

export interface PayProps {
  meeting: Meeting;
  onPaid: (meeting: Meeting) => void;
  onReload: () => void;
}

export function Pay({ meeting, onPaid, onReload }: PayProps) {
  const purse = usePurse();
  const price = meeting.booking?.priceMc ?? 0;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const pay = async () => {
    setBusy(true);
    setFailure(null);
    try {
      onPaid(await request<Meeting>(`/api/bookings/${encodeURIComponent(meeting.meetingId)}/pay`, { method: "POST" }));
    } catch (cause) {
      setFailure(cause);
      onReload();
    } finally {
      setBusy(false);
    }
  };
  const enough = purse !== null && purse.available >= price;
  return (
    <div class="book-pay">
      {meeting.booking?.expiresAt != null && <Until at={meeting.booking.expiresAt} onOver={onReload} />}
      <p class="book-sum">
        <span>{tb("pay.price")}</span>
        <strong>{priceWords(price)}</strong>
      </p>
      {failure !== null && <Notice kind="danger">{errorWords(failure)}</Notice>}
      {purse === null ? (
        <Loading words={tb("pay.price")} />
      ) : enough ? (
        <>
          <p class="quiet small">
            {tb("cost.have", { coins: priceWords(purse.available) })} {tb("cost.aside")}
          </p>
          <div class="form-actions">
            <Button kind="primary" busy={busy} onClick={() => void pay()}>
              {tb("pay.wallet", { price: priceWords(price) })}
            </Button>
          </div>
        </>
      ) : (
        <Gateway meeting={meeting} missing={price - purse.available} have={purse.available} />
      )}
    </div>
  );
}

function Until({ at, onOver }: { at: number; onOver: () => void }) {
  const now = useNow(1_000);
  const [told, setTold] = useState(false);
  const left = at - now;
  if (left <= 0) {
    if (!told) {
      setTold(true);
      onOver();
    }
    return <Notice kind="warn">{tb("pay.over")}</Notice>;
  }
  return (
    <p class={left < 60_000 ? "book-held book-held-short" : "book-held"}>
      <ClockIcon size={18} />
      <span>{left < COUNTED_MS ? tb("held.for") : tb("pay.until", { when: dayAndTime(at, now) })}</span>
      {left < COUNTED_MS && (
        <strong role="timer" aria-live="off">
          {countdown(left)}
        </strong>
      )}
    </p>
  );
}

/** The price list, without what would not be enough. */
function Gateway({ meeting, missing, have }: { meeting: Meeting; missing: number; have: number }) {
  const { data, error } = useFetched<{ offers: Offer[] }>("/api/payment/offers");
  const [key] = useState(newKey);
  const [phone, setPhone] = useState<{ offer: Offer; pack: Package } | null>(null);
  if (error) return <Notice kind="danger">{errorWords(error)}</Notice>;
  if (!data) return <Loading words={topup("buy.title")} />;
  const fits = (pack: Package) => pack.coins * 1000 >= missing;
  const offers = data.offers.map((offer) => ({ ...offer, packages: offer.packages.some(fits) ? offer.packages.filter(fits) : offer.packages }));
  if (phone) {
    return (
      <PhoneStep
        {...phone}
        meetingId={meeting.meetingId}
        onBack={() => setPhone(null)}
        onPlaced={(order) => {
          keepOrder(order.id, meeting.meetingId);
          navigate(`/wallet/paid?order=${order.id}`);
        }}
      />
    );
  }
  return (
    <>
      <p>{have > 0 ? tb("pay.missing", { have: priceWords(have), missing: priceWords(missing) }) : tb("pay.buy", { missing: priceWords(missing) })}</p>
      <Packages
        offers={offers}
        address={(offer, pack) => payAddress(offer.gateway, pack, key, `&meeting=${encodeURIComponent(meeting.meetingId)}`)}
        onChoose={(offer, pack) => offer.needsPhone && setPhone({ offer, pack })}
      />
      <p class="quiet small">{tb("pay.rest")}</p>
    </>
  );
}
