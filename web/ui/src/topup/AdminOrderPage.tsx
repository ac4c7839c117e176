/** For operators: what became of one order, where its money is in the books, and sending it back. */
import "./topup.css";
import "../admin/admin.css";
import { useState } from "preact/hooks";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { BackIcon, Button, Card, Loading, Notice } from "../components";
import { clockTime, dayAndTime, shortDate } from "../i18n/time";
import { coins, currency, t as money } from "../money/words";
import { FailedPage } from "../pages/ErrorPages";
import { t as admin } from "../admin/words";
import { StateBadge } from "./AdminPaymentsPage";
import { coinsOf, gatewayName, price, t } from "./orders";
import { canGoBack, RefundDialog } from "./RefundDialog";
import { type Event, eventsOf, type Story } from "./story";

export default function AdminOrderPage({ params }: PageProps) {
  const story = useFetched<Story>(`/api/admin/orders/${encodeURIComponent(params["id"] ?? "")}`);
  if (story.error) return <FailedPage error={story.error} onRetry={() => void story.reload()} />;
  if (!story.data) return <Loading words={t("admin.orders")} />;
  const { order } = story.data.bought;
  return (
    <div class="stack">
      <a class="back" href="/admin/payments">
        <BackIcon size={18} /> {admin("ord.back")}
      </a>
      <PageHead title={admin("ord.title", { coins: coinsOf(order.coinsMilli), price: price(order.priceMinor, order.currency) })} />
      <DisputeWords it={story.data} />
      <Facts it={story.data} onDone={() => void story.reload()} />
      <Happened it={story.data} />
      <Entries it={story.data} />
    </div>
  );
}

/** What an operator can do while the payer's bank has the money, and until when. */
function DisputeWords({ it: { bought } }: { it: Story }) {
  const now = useNow(60_000);
  const { order, disputedMinor, answerBy } = bought;
  if (disputedMinor === 0) return null;
  return (
    <Notice kind="warn">
      <p>{admin("ord.disputed", { price: price(disputedMinor, order.currency), gateway: gatewayName(order.gateway) })}</p>
      <p>{answerBy == null ? admin("ord.noAnswerBy") : admin("ord.answerBy", { when: dayAndTime(answerBy, now) })}</p>
    </Notice>
  );
}

function Facts({ it, onDone }: { it: Story; onDone: () => void }) {
  const [asked, ask] = useState(false);
  const { order, buyerName, buyerEmail } = it.bought;
  const gateway = gatewayName(order.gateway);
  const named = (words: string, value: string | null | undefined) =>
    value ? (
      <>
        <dt>{words}</dt>
        <dd class="check-what">
          <code>{value}</code>
        </dd>
      </>
    ) : null;
  return (
    <Card title={admin("ord.order")} aside={<StateBadge order={order} />}>
      <dl class="facts">
        <dt>{admin("ord.buyer")}</dt>
        <dd class="check-what">
          {buyerName ? (
            <>
              <a href={`/admin/people/${encodeURIComponent(order.userId)}`}>{buyerName}</a>
              <p class="quiet small">{buyerEmail}</p>
            </>
          ) : (
            admin("ord.gone")
          )}
          <p class="small">
            <a href={`/admin/payments?${new URLSearchParams({ words: order.userId })}`}>{admin("ord.all")}</a>
          </p>
        </dd>
        <dt>{admin("ord.through")}</dt>
        <dd>{gateway}</dd>
        {order.refundedMinor > 0 && (
          <>
            <dt>{admin("ord.wentBack")}</dt>
            <dd>{price(order.refundedMinor, order.currency)}</dd>
          </>
        )}
        {named(admin("ord.id"), order.id)}
        {named(admin("ord.reference", { gateway }), order.gatewayOrderId)}
        {named(admin("ord.payment", { gateway }), it.paymentId)}
        {named(t("done.receipt"), order.receipt)}
        {it.meetingId && (
          <>
            <dt>{admin("ord.booking")}</dt>
            <dd>
              <a href={`/meetings/${encodeURIComponent(it.meetingId)}`}>{admin("ord.toMeeting")}</a>
            </dd>
          </>
        )}
      </dl>
      {canGoBack(order) && (
        <div class="row">
          <Button kind="danger-quiet" onClick={() => ask(true)}>
            {t("admin.refund")}
          </Button>
        </div>
      )}
      {asked && <RefundDialog order={order} onClose={() => ask(false)} onDone={onDone} />}
    </Card>
  );
}

const STEPS = ["taken", "failed", "expired", "paid", "sent-back", "not-arrived", "went-back", "disputed", "won", "lost"] as const;

function wordsOf(it: Event, gateway: string): string {
  if (it.kind === "made") return admin("ord.made");
  if (it.kind === "refund") return admin(`ord.refund.${it.state}` as "ord.refund.sent", { gateway });
  if (it.kind === "alert") return t(`concern.${it.concern}` as "concern.dispute");
  const step = STEPS.find((known) => known === it.what);
  return step ? admin(`ord.step.${step}`, { gateway }) : it.what;
}

function Happened({ it }: { it: Story }) {
  const { order } = it.bought;
  return (
    <Card title={admin("ord.happened")}>
      <ol role="list" class="lines">
        {eventsOf(it).map((event) => (
          <li key={`${event.kind} ${event.at} ${event.minor}`} class="line">
            <div class="line-words">
              <span>{wordsOf(event, gatewayName(order.gateway))}</span>
              <span class="quiet small">
                {shortDate(event.at)}, {clockTime(event.at)}
                {event.kind === "step" && event.code && ` · ${event.code}`}
              </span>
              {event.kind === "alert" && event.settled && <span class="small">{t("admin.settled", { note: event.settled })}</span>}
            </div>
            {event.minor > 0 && (
              <span class="order-sum">{price(event.minor, (event.kind === "alert" && event.currency) || order.currency)}</span>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}

const ACCOUNTS = ["wallet", "refund-hold", "receivable", "issued", "gateway-money", "sales", "refunds"] as const;
const ENTRIES = ["top-up", "refund", "chargeback"] as const;

function Entries({ it }: { it: Story }) {
  return (
    <Card title={admin("ord.books")}>
      {it.entries.length === 0 && <p class="quiet">{admin("ord.noEntries")}</p>}
      <ul role="list" class="lines">
        {it.entries.map((entry) => {
          const kind = ENTRIES.find((known) => known === entry.kind);
          return (
            <li key={entry.id} class="line order-entry">
              <div class="line-words">
                <span>{kind ? money(`kind.${kind}`) : entry.kind}</span>
                <span class="quiet small">
                  {admin("ord.entry", { number: entry.id })} · {shortDate(entry.at)}, {clockTime(entry.at)}
                </span>
              </div>
              <dl class="order-postings small">
                {entry.postings.map((posting) => {
                  const account = ACCOUNTS.find((known) => known === posting.account);
                  return (
                    <div key={`${posting.account} ${posting.units}`}>
                      <dt class="quiet">{account ? money(`account.${account}`) : posting.account}</dt>
                      <dd>{posting.asset === "coin" ? admin("coins", { amount: coins(posting.units) }) : currency(posting.units, posting.asset)}</dd>
                    </div>
                  );
                })}
              </dl>
            </li>
          );
        })}
      </ul>
      {it.partial && <p class="quiet small">{admin("ord.partial")}</p>}
    </Card>
  );
}
