/** What a host earned, when it can be asked for, and what was asked for. */
import "./money.css";
import { useRef, useState } from "preact/hooks";
import { commandKey, request } from "../api";
import { FieldProblem, type Fetched, useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Button, Card, CoinIcon, Dialog, Empty, Field, Loading, Notice, toast } from "../components";
import type { components } from "../generated/rest";
import { shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { DownloadButton } from "./DownloadButton";
import { coins, inCoins, parseCoins, t } from "./words";

type Earnings = components["schemas"]["EarningsBody"];
export type Payout = components["schemas"]["PayoutBody"];

export default function EarningsPage() {
  const earnings = useFetched<Earnings>("/api/earnings");
  if (earnings.error) return <FailedPage error={earnings.error} onRetry={() => void earnings.reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("earnings.title")} intro={t("earnings.intro")} />
      {earnings.data ? <Figures earnings={earnings} data={earnings.data} /> : <Loading words={t("earnings.title")} />}
    </div>
  );
}

function Figures({ earnings, data }: { earnings: Fetched<Earnings>; data: Earnings }) {
  const [asking, setAsking] = useState(false);
  const open = data.payouts.find((it) => it.status === "open");
  const enough = data.available >= data.payoutMin;
  return (
    <>
      <dl class="figures">
        <Figure name={t("earnings.today")} milli={data.today} />
        <Figure name={t("earnings.month")} milli={data.month} />
        <Figure name={t("earnings.pending")} milli={data.pending} hint={t("earnings.pendingHint")} />
        <Figure name={t("earnings.available")} milli={data.available} strong />
      </dl>
      <Card title={t("payout.title")} aside={data.payouts.length > 0 && <DownloadButton path="/api/earnings/payouts.csv" name="payouts.csv" />}>
        {open ? (
          <Notice kind="info">{t("payout.open", { amount: inCoins(open.amount), date: shortDate(open.askedAt) })}</Notice>
        ) : enough ? (
          <Button kind="primary" onClick={() => setAsking(true)}>
            {t("payout.ask")}
          </Button>
        ) : (
          <p class="quiet">{t("payout.min", { amount: inCoins(data.payoutMin) })}</p>
        )}
        {data.payouts.length === 0 ? (
          <Empty icon={<CoinIcon size={36} />} title={t("payout.none")} />
        ) : (
          <ul role="list" class="lines">
            {data.payouts.map((it) => (
              <li key={it.id} class="line">
                <div class="line-words">
                  <span>{inCoins(it.amount)}</span>
                  <PayoutWords it={it} />
                </div>
                <PayoutBadge it={it} />
              </li>
            ))}
          </ul>
        )}
      </Card>
      <AskDialog open={asking} data={data} onClose={() => setAsking(false)} onDone={earnings.reload} />
    </>
  );
}

function Figure({ name, milli, hint, strong }: { name: string; milli: number; hint?: string; strong?: boolean }) {
  return (
    <div class={strong ? "figure figure-strong" : "figure"}>
      <dt>{name}</dt>
      <dd>
        <span class="figure-digits">{coins(milli, { maximumFractionDigits: 2 })}</span> <span class="figure-unit">{t("wallet.unit")}</span>
        {hint && <span class="quiet small figure-hint">{hint}</span>}
      </dd>
    </div>
  );
}

export function PayoutWords({ it }: { it: Payout }) {
  const closed = it.status === "open" || it.closedAt == null ? null : shortDate(it.closedAt);
  return (
    <span class="quiet small">
      {t("payout.asked", { date: shortDate(it.askedAt) })}
      {it.status === "paid" && closed && ` · ${t("payout.paidOn", { date: closed, reference: it.reference ?? "" })}`}
      {it.status === "void" && ` · ${it.reason ?? ""}`}
    </span>
  );
}

export function PayoutBadge({ it }: { it: Payout }) {
  if (it.status === "paid") return <Badge kind="good">{t("payout.state.paid")}</Badge>;
  if (it.status === "void") return <Badge kind="plain">{t("payout.state.void")}</Badge>;
  return <Badge kind="info">{t("payout.state.open")}</Badge>;
}

interface AskProps {
  open: boolean;
  data: Earnings;
  onClose: () => void;
  onDone: () => Promise<void>;
}

function AskDialog({ open, data, onClose, onDone }: AskProps) {
  const key = useRef(commandKey());
  const form = useSubmit(
    async (values) => {
      const amount = parseCoins(values.text("amount"));
      if (amount === null || amount < data.payoutMin || amount > data.available)
        throw new FieldProblem("amount", t("payout.range", { min: coins(data.payoutMin), max: coins(data.available) }));
      await request("/api/earnings/payouts", { method: "POST", body: { amount }, idempotencyKey: key.current });
      key.current = commandKey();
      onClose();
      toast(t("payout.done"));
      await onDone();
    },
    { fields: ["amount"] },
  );
  return (
    <Dialog
      open={open}
      title={t("payout.ask")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button kind="primary" type="submit" form="ask-payout" busy={form.busy}>
            {t("payout.send")}
          </Button>
        </>
      }
    >
      <form id="ask-payout" class="form" onSubmit={form.onSubmit} noValidate>
        <Field
          label={t("amount")}
          name="amount"
          inputMode="decimal"
          autocomplete="off"
          defaultValue={coins(data.available, { useGrouping: false })}
          error={form.fieldError("amount")}
          hint={t("payout.range", { min: coins(data.payoutMin), max: coins(data.available) })}
        />
        {form.failure && <Notice kind="danger">{form.failure}</Notice>}
      </form>
    </Dialog>
  );
}
