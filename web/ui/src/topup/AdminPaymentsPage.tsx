/** For operators: money that needs a person, and every order. */
import "./topup.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, type BadgeKind, Button, Card, CheckIcon, Dialog, Empty, Field, Loading, Notice, toast, CoinIcon } from "../components";
import { deviceZone, shortDate, clockTime } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { useMore } from "../admin/useMore";
import { coinsOf, gatewayName, type MoneyAlert, newKey, type Order, type OrderList, price, t } from "./orders";

export default function AdminPaymentsPage() {
  const alerts = useFetched<{ alerts: MoneyAlert[] }>("/api/admin/payment-alerts");
  const [round, setRound] = useState(0);
  const reload = () => {
    void alerts.reload();
    setRound((before) => before + 1);
  };
  if (alerts.error) return <FailedPage error={alerts.error} onRetry={reload} />;
  return (
    <div class="stack">
      <PageHead title={t("admin.title")} intro={t("admin.intro")} />
      {!alerts.data ? (
        <Loading words={t("admin.title")} />
      ) : (
        <>
          <Alerts alerts={alerts.data.alerts} onSettled={reload} />
          <Orders key={round} onChanged={reload} />
        </>
      )}
    </div>
  );
}

function Alerts({ alerts, onSettled }: { alerts: MoneyAlert[]; onSettled: () => void }) {
  const open = alerts.filter((it) => !it.settled).length;
  return (
    <Card title={t("admin.alerts")} aside={open > 0 && <Badge kind="warn">{open}</Badge>}>
      {alerts.length === 0 ? (
        <Empty icon={<CheckIcon size={36} />} title={t("admin.noAlerts")}>
          <p>{t("admin.noAlertsHint")}</p>
        </Empty>
      ) : (
        <ul role="list" class="topup-rows">
          {alerts.map((it) => (
            <Alert key={it.id} alert={it} onSettled={onSettled} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Alert({ alert: it, onSettled }: { alert: MoneyAlert; onSettled: () => void }) {
  const form = useSubmit(
    async (values) => {
      const body = { note: values.text("note") };
      await request(`/api/admin/payment-alerts/${encodeURIComponent(it.id)}/settle`, { method: "POST", body });
      onSettled();
    },
    { fields: ["note"] },
  );
  const sum = it.minor != null && it.currency ? price(it.minor, it.currency) : "";
  return (
    <li class="topup-alert">
      <div class="topup-row">
        <strong>{t(`concern.${it.concern}` as "concern.dispute")}</strong>
        <span>{sum}</span>
      </div>
      <p class="quiet small">
        {shortDate(it.at)}, {clockTime(it.at, deviceZone())} · {t("admin.through", { gateway: gatewayName(it.gateway) })}
        {it.paymentId && <span class="topup-id"> · {it.paymentId}</span>}
      </p>
      {it.settled ? (
        <p class="small">{t("admin.settled", { note: it.settled })}</p>
      ) : (
        <form class="topup-settle" onSubmit={form.onSubmit}>
          {form.failure && <Notice kind="danger">{form.failure}</Notice>}
          <Field label={t("admin.note")} name="note" maxLength={500} error={form.fieldError("note")} />
          <Button type="submit" busy={form.busy}>
            {t("admin.settle")}
          </Button>
        </form>
      )}
    </li>
  );
}

const KINDS: Record<string, BadgeKind> = { paid: "good", failed: "warn", expired: "plain", disputed: "warn" };

function Orders({ onChanged }: { onChanged: () => void }) {
  const { items: orders, failure, busy, more } = useMore<Order, OrderList>("/api/admin/orders", "before", (it) => it.orders, (it) => it.id);
  const [asked, ask] = useState<Order | null>(null);
  return (
    <Card title={t("admin.orders")}>
      {failure ? (
        <Notice kind="danger">{failure}</Notice>
      ) : orders === null ? (
        <Loading words={t("admin.orders")} />
      ) : orders.length === 0 ? (
        <Empty icon={<CoinIcon size={36} />} title={t("admin.noOrders")}>
          <p>{t("admin.noOrdersHint")}</p>
        </Empty>
      ) : (
        <ul role="list" class="topup-rows">
          {orders.map((it) => (
            <li key={it.id}>
              <div class="topup-row">
                <span>
                  {t("buy.coins", { coins: coinsOf(it.coinsMilli) })} <span class="quiet">{price(it.priceMinor, it.currency)}</span>
                </span>
                <Badge kind={KINDS[it.state] ?? "plain"}>{t(`state.${it.state}` as "state.paid")}</Badge>
              </div>
              <p class="quiet small">
                {shortDate(it.createdAt)}, {clockTime(it.createdAt, deviceZone())} · {t("admin.through", { gateway: gatewayName(it.gateway) })} ·{" "}
                <a href={`/admin/people/${encodeURIComponent(it.userId)}`}>{t("admin.buyer")}</a>
              </p>
              {canGoBack(it) && (
                <Button kind="quiet" onClick={() => ask(it)}>
                  {t("admin.refund")}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {more && (
        <div>
          <Button busy={busy} onClick={more}>
            {t("admin.more")}
          </Button>
        </div>
      )}
      {asked && <RefundDialog order={asked} onClose={() => ask(null)} onDone={onChanged} />}
    </Card>
  );
}

const leftOf = (order: Order): number => order.priceMinor - order.refundedMinor;
const canGoBack = (order: Order): boolean => (order.state === "paid" || order.state === "refunded") && leftOf(order) > 0;

function RefundDialog({ order, onClose, onDone }: { order: Order; onClose: () => void; onDone: () => void }) {
  const left = leftOf(order);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  // One key while the question stands: pressing twice sends once.
  const [key] = useState(newKey);
  const send = async () => {
    setBusy(true);
    setFailure(null);
    try {
      const refund = await request<{ state: string }>(`/api/admin/orders/${encodeURIComponent(order.id)}/refund`, {
        method: "POST",
        body: { minor: left },
        idempotencyKey: key,
      });
      toast(t(refund.state === "sent" ? "admin.refundDone" : refund.state === "waiting" ? "admin.refundWaiting" : "admin.refundRefused"));
      onDone();
      onClose();
    } catch (cause) {
      setFailure(cause);
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      title={t("admin.refundTitle", { price: price(left, order.currency) })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("admin.refundNo")}</Button>
          <Button kind="danger" busy={busy} onClick={() => void send()}>
            {t("admin.refundYes")}
          </Button>
        </>
      }
    >
      {failure !== null && <Notice kind="danger">{errorWords(failure)}</Notice>}
      <p>{t("admin.refundWords", { coins: coinsOf((order.coinsMilli * left) / order.priceMinor) })}</p>
    </Dialog>
  );
}
