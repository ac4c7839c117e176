/**
 * Back from a checkout: asks the server to ask the gateway, and shows live where the order stands.
 * Nothing in the address is believed but the order's name; `cancelled` only chooses words.
 */
import "./topup.css";
import { useEffect } from "preact/hooks";
import { request } from "../api";
import { PageHead } from "../app/PageHead";
import { navigate, place as where } from "../app/router";
import { bookingAddress, bookingOf } from "../booking/orders";
import { ButtonLink, Card, CheckIcon, Notice, Spinner } from "../components";
import { coinsOf, gatewayName, type Order, outcomeOf, price, t, useOrder } from "./orders";
import { TAB_NOTE } from "./PayPage";
import { LookAtPhone } from "./PhoneStep";

export default function PaidPage() {
  const query = where.value.query;
  const id = query.get("order") ?? "";
  const { order, unknown } = useOrder(id === "" ? null : { id });
  useEffect(() => {
    if (id === "") return;
    // Its answer comes with the next look at the order; a failure is only a slower one.
    request("/api/payment/verify", { method: "POST", body: { orderId: id } }).catch(() => undefined);
  }, [id]);
  const outcome = outcomeOf(order);
  const booking = bookingOf(id);
  const booked = outcome === "paid" ? booking : null;
  useEffect(() => {
    if (booked !== null) navigate(`${bookingAddress(booked)}?paid`, { replace: true });
  }, [booked]);
  if (unknown || id === "") return <NotPaid title={t("not.unknown")} words="" booking={null} />;
  if (outcome === "paid" && order && booking === null) return <Done order={order} />;
  const not = (title: string, words: string) => <NotPaid title={title} words={words} booking={booking} />;
  if (query.has("cancelled") && outcome === "open") return not(t("not.cancelled"), t("not.cancelledWords"));
  if (outcome === "failed" || query.has("failed")) return not(t("not.failed"), t("not.failedWords"));
  if (outcome === "expired") return not(t("not.expired"), t("not.expiredWords"));
  return (
    <div class="stack topup-page">
      <PageHead title={t("wait.title")} />
      <Card>
        {order?.gateway === "mpesa" ? (
          <LookAtPhone order={order} />
        ) : (
          <div class="topup-wait" role="status">
            <Spinner />
            <p>{t("wait.confirm")}</p>
          </div>
        )}
      </Card>
    </div>
  );
}

function Done({ order }: { order: Order }) {
  const inTab = sessionStorage.getItem(TAB_NOTE) !== null;
  return (
    <div class="stack topup-page">
      <PageHead title={t("done.title")} />
      <Card>
        <div class="topup-done" role="status">
          <span class="topup-done-mark">
            <CheckIcon size={28} />
          </span>
          <p class="topup-done-words">{t("done.words", { coins: coinsOf(order.coinsMilli) })}</p>
        </div>
        <dl class="topup-facts">
          <Fact name={t("done.paid")} value={price(order.priceMinor, order.currency)} />
          <Fact name={t("done.with")} value={gatewayName(order.gateway)} />
          {order.receipt && <Fact name={t("done.receipt")} value={order.receipt} />}
        </dl>
        {inTab ? (
          <Notice kind="info">{t("done.backToCall")}</Notice>
        ) : (
          <div class="form-actions">
            <ButtonLink href="/wallet/buy">{t("done.more")}</ButtonLink>
            <ButtonLink kind="primary" href="/wallet">
              {t("done.home")}
            </ButtonLink>
          </div>
        )}
      </Card>
    </div>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt class="quiet">{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function NotPaid({ title, words, booking }: { title: string; words: string; booking: string | null }) {
  return (
    <div class="stack topup-page">
      <PageHead title={title} />
      {words && <Notice kind="warn">{words}</Notice>}
      <div class="form-actions">
        <ButtonLink kind="primary" href={booking === null ? "/wallet/buy" : bookingAddress(booking)}>
          {t("not.again")}
        </ButtonLink>
      </div>
    </div>
  );
}
