/** For operators: money that needs a person, and every order, searched by buyer, name or state. */
import "./topup.css";
import { request } from "../api";
import { useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Badge, type BadgeKind, Button, Card, CheckIcon, CoinIcon, Empty, Field, Loading, Notice, Select } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { MoreButton } from "../admin/MoreButton";
import { useMore } from "../admin/useMore";
import { t as admin } from "../admin/words";
import { coinsOf, gatewayName, type MoneyAlert, type Order, price, t } from "./orders";

export type Bought = components["schemas"]["BoughtBody"];
export type BoughtList = components["schemas"]["BoughtList"];

const STATES = ["created", "pending", "paid", "failed", "expired", "refunded", "disputed"] as const;

export default function AdminPaymentsPage() {
  const alerts = useFetched<{ alerts: MoneyAlert[] }>("/api/admin/payment-alerts");
  if (alerts.error) return <FailedPage error={alerts.error} onRetry={() => void alerts.reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("admin.title")} intro={t("admin.intro")} />
      {alerts.data ? <Alerts alerts={alerts.data.alerts} onSettled={() => void alerts.reload()} /> : <Loading words={t("admin.title")} />}
      <Orders />
    </div>
  );
}

function Alerts({ alerts, onSettled }: { alerts: MoneyAlert[]; onSettled: () => void }) {
  const open = alerts.filter((it) => !it.settled);
  const settled = alerts.filter((it) => it.settled);
  return (
    <Card title={t("admin.alerts")} aside={open.length > 0 && <Badge kind="warn">{open.length}</Badge>}>
      {open.length === 0 ? (
        <p class="admin-calm quiet">
          <span class="check-good">
            <CheckIcon size={20} />
          </span>
          {t("admin.noAlerts")}
        </p>
      ) : (
        <ul role="list" class="topup-rows">
          {open.map((it) => (
            <Alert key={it.id} alert={it} onSettled={onSettled} />
          ))}
        </ul>
      )}
      {settled.length > 0 && (
        <details class="topup-settled">
          <summary>{admin("ord.settled", { count: settled.length })}</summary>
          <ul role="list" class="topup-rows">
            {settled.map((it) => (
              <Alert key={it.id} alert={it} onSettled={onSettled} />
            ))}
          </ul>
        </details>
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
  const concern = t(`concern.${it.concern}` as "concern.dispute");
  return (
    <li class="topup-alert">
      <div class="topup-row">
        <strong>{it.orderId ? <a href={`/admin/payments/${encodeURIComponent(it.orderId)}`}>{concern}</a> : concern}</strong>
        <span>{sum}</span>
      </div>
      <p class="quiet small">
        {shortDate(it.at)}, {clockTime(it.at)} · {t("admin.through", { gateway: gatewayName(it.gateway) })}
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

function Orders() {
  const { query } = place.value;
  const words = query.get("words") ?? "";
  const state = STATES.find((it) => it === query.get("state")) ?? "";
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = new URLSearchParams([...form].map(([name, value]): [string, string] => [name, String(value)]).filter(([, value]) => value !== ""));
    navigate(`/admin/payments?${wanted}`, { replace: true });
  };
  return (
    <Card title={t("admin.orders")}>
      <form key={`${state} ${words}`} class="admin-search" role="search" onSubmit={look}>
        <Field label={admin("ord.words")} type="search" name="words" defaultValue={words} autocomplete="off" required={false} />
        <Select
          label={admin("ord.state")}
          name="state"
          defaultValue={state}
          options={[{ value: "", label: admin("ord.anyState") }, ...STATES.map((value) => ({ value, label: t(`state.${value}`) }))]}
        />
        <Button kind="primary" type="submit">
          {admin("list.search")}
        </Button>
      </form>
      <Found path={`/api/admin/orders?${new URLSearchParams({ state, words })}`} searched={state !== "" || words !== ""} />
    </Card>
  );
}

function Found({ path, searched }: { path: string; searched: boolean }) {
  const { items, failure, busy, more } = useMore<Bought, BoughtList>(path, "before", (it) => it.orders, (it) => it.order.id);
  if (failure) return <Notice kind="danger">{failure}</Notice>;
  if (!items) return <Loading words={t("admin.orders")} />;
  return (
    <>
      {items.length > 0 ? (
        <ul role="list" class="lines">
          {items.map((it) => (
            <OrderLine key={it.order.id} it={it} />
          ))}
        </ul>
      ) : searched ? (
        <Empty icon={<CoinIcon size={36} />} title={admin("list.none")} />
      ) : (
        <Empty icon={<CoinIcon size={36} />} title={t("admin.noOrders")}>
          <p>{t("admin.noOrdersHint")}</p>
        </Empty>
      )}
      <MoreButton busy={busy} more={more} />
    </>
  );
}

const KINDS: Record<string, BadgeKind> = { paid: "good", failed: "warn", disputed: "danger", pending: "info" };

export const StateBadge = ({ order }: { order: Order }) => <Badge kind={KINDS[order.state] ?? "plain"}>{t(`state.${order.state}` as "state.paid")}</Badge>;

function OrderLine({ it: { order, buyerName, buyerEmail } }: { it: Bought }) {
  return (
    <li class="line">
      <div class="line-words">
        <a href={`/admin/payments/${encodeURIComponent(order.id)}`}>
          {admin("ord.title", { coins: coinsOf(order.coinsMilli), price: price(order.priceMinor, order.currency) })}
        </a>
        <span class="small check-what">{buyerName ? `${buyerName}, ${buyerEmail}` : admin("ord.gone")}</span>
        <span class="quiet small">
          {shortDate(order.createdAt)}, {clockTime(order.createdAt)} · {t("admin.through", { gateway: gatewayName(order.gateway) })}
        </span>
      </div>
      <div class="row-end">
        <StateBadge order={order} />
      </div>
    </li>
  );
}
