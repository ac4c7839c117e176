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
import { Button, ButtonLink, ClockIcon, Loading, Notice } from "../components";
import { countdown, dayAndTime } from "../i18n/time";
import { usePurse } from "../money/purse";
import { currency } from "../money/words";
import { gatewayName, newKey, type Offer, type Package, payAddress, t as topup } from "../topup/orders";
import { Packages } from "../topup/Packages";
import { PhoneStep } from "../topup/PhoneStep";
import { keepOrder } from "./orders";
import { enoughOffers, exactOffers } from "./ways";
import { priceOf, priceWords, tb } from "./words";

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
        <strong>{meeting.booking ? priceOf(meeting.booking) : priceWords(price)}</strong>
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
          {meeting.booking?.priceMoney && (
            <details class="book-other">
              <summary>{tb("pay.otherWay")}</summary>
              <Gateway meeting={meeting} missing={0} have={0} />
            </details>
          )}
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

/** Where it is paid: exactly in the currency of its price where a gateway takes that, otherwise by coins. */
function Gateway({ meeting, missing, have }: { meeting: Meeting; missing: number; have: number }) {
  const { data, error } = useFetched<{ offers: Offer[] }>("/api/payment/offers");
  const [key] = useState(newKey);
  const [phone, setPhone] = useState<{ offer: Offer; pack: Package } | null>(null);
  if (error) return <Notice kind="danger">{errorWords(error)}</Notice>;
  if (!data) return <Loading words={topup("buy.title")} />;
  const address = (offer: Offer, pack: Package) => payAddress(offer.gateway, pack, key, `&meeting=${encodeURIComponent(meeting.meetingId)}`);
  const choose = (offer: Offer, pack: Package) => offer.needsPhone && setPhone({ offer, pack });
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
  const money = meeting.booking?.priceMoney;
  const exactly = exactOffers(data.offers, meeting.booking);
  if (money && exactly.length > 0) {
    return (
      <>
        <p>{tb("pay.money", { price: currency(money.minor, money.currency) })}</p>
        <Ways offers={exactly} address={address} onChoose={choose} />
        {have > 0 && <p class="quiet small">{tb("pay.kept", { have: priceWords(have) })}</p>}
      </>
    );
  }
  return (
    <>
      <p>{have > 0 ? tb("pay.missing", { have: priceWords(have), missing: priceWords(missing) }) : tb("pay.buy", { missing: priceWords(missing) })}</p>
      <Packages offers={enoughOffers(data.offers, missing)} address={address} onChoose={choose} />
      <p class="quiet small">{tb("pay.rest")}</p>
    </>
  );
}

interface WaysProps {
  offers: readonly Offer[];
  address: (offer: Offer, pack: Package) => string;
  onChoose: (offer: Offer, pack: Package) => void;
}

/** One press for each gateway: there is one price. */
function Ways({ offers, address, onChoose }: WaysProps) {
  return (
    <ul role="list" class="book-ways">
      {offers.map((offer) =>
        offer.packages.map((pack) => {
          const words = tb("pay.with", { price: currency(pack.priceMinor, pack.currency), gateway: gatewayName(offer.gateway) });
          return (
            <li key={offer.gateway}>
              {offer.needsPhone ? (
                <Button kind="primary" onClick={() => onChoose(offer, pack)}>
                  {words}
                </Button>
              ) : (
                <ButtonLink kind="primary" href={address(offer, pack)}>
                  {words}
                </ButtonLink>
              )}
            </li>
          );
        }),
      )}
    </ul>
  );
}
