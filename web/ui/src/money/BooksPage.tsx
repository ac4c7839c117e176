/** The books for admins: whether they are true, what everybody holds, and what waits for a decision. */
import "./money.css";
import { useRef, useState } from "preact/hooks";
import { commandKey, request } from "../api";
import { errorWords } from "../app/errors";
import { FieldProblem, useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Button, ButtonLink, Card, Field, Loading, Notice, toast } from "../components";
import type { components } from "../generated/rest";
import { clockTime, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { DecideDialog, PaidDialog, VoidDialog } from "./BooksDialogs";
import { DownloadButton } from "./DownloadButton";
import { PayoutBadge, PayoutWords } from "./EarningsPage";
import { coins, currency, inCoins, parseCoins, t } from "./words";

type Trial = components["schemas"]["TrialBody"];
type TrialLine = components["schemas"]["TrialLineBody"];
export type Dispute = components["schemas"]["DisputeBody"];
export type HostPayout = components["schemas"]["HostPayoutBody"];
type PayoutsPage = components["schemas"]["PayoutsBody"];

const PAYOUTS = "/api/admin/payouts";

export default function BooksPage() {
  const trial = useFetched<Trial>("/api/admin/books");
  const disputes = useFetched<Dispute[]>("/api/admin/disputes");
  const payouts = useFetched<PayoutsPage>(PAYOUTS);
  const reload = async () => void (await Promise.all([trial.reload(), disputes.reload(), payouts.reload()]));
  const error = trial.error ?? disputes.error ?? payouts.error;
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  if (!trial.data || !disputes.data || !payouts.data) return <Loading words={t("books.title")} />;
  return (
    <div class="stack">
      <PageHead title={t("books.title")} intro={t("books.intro")} action={<ButtonLink href="/admin/payments">{t("books.payments")}</ButtonLink>} />
      <Disputes disputes={disputes.data} onDone={reload} />
      <Payouts first={payouts.data} onDone={reload} />
      <TrialBalance trial={trial.data} />
      <Adjust onDone={reload} />
    </div>
  );
}

interface DisputesProps {
  disputes: readonly Dispute[];
  onDone: () => Promise<void>;
}

function Disputes({ disputes, onDone }: DisputesProps) {
  const [chosen, setChosen] = useState<Dispute | null>(null);
  const open = disputes.filter((it) => it.status === "open").length;
  return (
    <Card title={t("disputes.title")} aside={open > 0 && <Badge kind="warn">{t("waiting", { count: open })}</Badge>}>
      {disputes.length === 0 ? (
        <p class="quiet">{t("disputes.none")}</p>
      ) : (
        <ul role="list" class="lines">
          {disputes.map((it) => (
            <li key={it.callId} class="line">
              <div class="line-words">
                <span>{t("disputes.line", { client: it.clientName, host: it.hostName, amount: inCoins(it.charged) })}</span>
                <span class="small words">{it.reason}</span>
                <span class="quiet small">{shortDate(it.openedAt)}</span>
              </div>
              <div class="row-end">
                {it.status === "open" ? (
                  <Button kind="primary" aria-label={t("disputes.decideNamed", { name: it.clientName })} onClick={() => setChosen(it)}>
                    {t("disputes.decide")}
                  </Button>
                ) : (
                  <Badge kind="plain">{t("disputes.decided", { amount: inCoins(it.refund ?? 0) })}</Badge>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      <DecideDialog dispute={chosen} onClose={() => setChosen(null)} onDone={onDone} />
    </Card>
  );
}

/** The first page as it is now, and earlier ones as they were when they were asked for. */
function Payouts({ first, onDone: reload }: { first: PayoutsPage; onDone: () => Promise<void> }) {
  const [earlier, setEarlier] = useState<PayoutsPage | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const next = earlier === null ? first.next : earlier.next;
  const known = new Set(first.payouts.map((it) => it.payout.id));
  const payouts = [...first.payouts, ...(earlier?.payouts ?? []).filter((it) => !known.has(it.payout.id))];
  const more = async () => {
    setBusy(true);
    try {
      const page = await request<PayoutsPage>(`${PAYOUTS}?before=${encodeURIComponent(next ?? "")}`);
      setEarlier({ payouts: [...(earlier?.payouts ?? []), ...page.payouts], next: page.next ?? null });
      setError(null);
    } catch (cause) {
      setError(cause);
    } finally {
      setBusy(false);
    }
  };
  const onDone = async () => {
    setEarlier(null);
    await reload();
  };
  const [paid, setPaid] = useState<HostPayout | null>(null);
  const [voided, setVoided] = useState<HostPayout | null>(null);
  return (
    <Card title={t("payouts.title")} aside={payouts.length > 0 && <DownloadButton path="/api/admin/payouts.csv" name="payouts.csv" />}>
      {payouts.length === 0 ? (
        <p class="quiet">{t("payouts.none")}</p>
      ) : (
        <ul role="list" class="lines">
          {payouts.map((it) => (
            <li key={it.payout.id} class="line">
              <div class="line-words">
                <span>{t("payouts.line", { name: it.hostName, amount: inCoins(it.payout.amount) })}</span>
                <span class="quiet small">{it.hostEmail}</span>
                <PayoutWords it={it.payout} />
              </div>
              <div class="row-end">
                {it.payout.status === "open" ? (
                  <>
                    <Button kind="danger-quiet" aria-label={t("payouts.voidNamed", { name: it.hostName })} onClick={() => setVoided(it)}>
                      {t("payouts.void")}
                    </Button>
                    <Button kind="primary" aria-label={t("payouts.paidNamed", { name: it.hostName })} onClick={() => setPaid(it)}>
                      {t("payouts.paid")}
                    </Button>
                  </>
                ) : (
                  <PayoutBadge it={it.payout} />
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      {error !== null && <Notice kind="danger">{errorWords(error)}</Notice>}
      {next != null && (
        <Button wide busy={busy} onClick={() => void more()}>
          {t("statement.more")}
        </Button>
      )}
      <PaidDialog payout={paid} onClose={() => setPaid(null)} onDone={onDone} />
      <VoidDialog payout={voided} onClose={() => setVoided(null)} onDone={onDone} />
    </Card>
  );
}

const KINDS = [
  "wallet", "call-hold", "meeting-hold", "refund-hold", "host-pending", "host-available", "payout", "dispute", "fee",
  "promo", "issued", "paid-out", "receivable", "suspense", "gateway-money", "sales", "refunds",
] as const;

const kindWords = (line: TrialLine): string => {
  const kind = KINDS.find((known) => known === line.kind);
  return kind ? t(`account.${kind}`) : line.kind;
};

const sumWords = (asset: string, units: number): string => (asset === "coin" ? coins(units) : currency(units, asset));

function TrialBalance({ trial }: { trial: Trial }) {
  const assets = [...new Set(trial.lines.map((line) => line.asset))];
  return (
    <Card title={t("trial.title")}>
      {trial.fault == null ? (
        <Notice kind="good">{t("trial.true", { entries: trial.entries.toLocaleString(), time: clockTime(trial.checkedAt) })}</Notice>
      ) : (
        <Notice kind="danger">{t("trial.false", { fault: trial.fault })}</Notice>
      )}
      {assets.map((asset) => {
        const lines = trial.lines.filter((line) => line.asset === asset);
        return (
          <div key={asset} class="trial-scroll" tabIndex={0} role="region" aria-label={t("trial.title")}>
            <table class="trial">
              <thead>
                <tr>
                  <th scope="col">{t("trial.account")}</th>
                  <th scope="col" class="number">{t("trial.count")}</th>
                  <th scope="col" class="number">{asset === "coin" ? t("trial.coins") : asset}</th>
                </tr>
              </thead>
              <tbody>
                {lines.map((line) => (
                  <tr key={line.kind}>
                    <th scope="row">{kindWords(line)}</th>
                    <td class="number">{line.accounts.toLocaleString()}</td>
                    <td class="number">{sumWords(asset, line.balance)}</td>
                  </tr>
                ))}
              </tbody>
              <tfoot>
                <tr>
                  <th scope="row">{t("trial.sum")}</th>
                  <td />
                  <td class="number">{sumWords(asset, lines.reduce((sum, line) => sum + line.balance, 0))}</td>
                </tr>
              </tfoot>
            </table>
          </div>
        );
      })}
    </Card>
  );
}

function Adjust({ onDone }: { onDone: () => Promise<void> }) {
  const key = useRef(commandKey());
  const form = useRef<HTMLFormElement>(null);
  const submission = useSubmit(
    async (values) => {
      const amount = parseCoins(values.text("amount"));
      if (amount === null || amount === 0) throw new FieldProblem("amount", t("adjust.amountWrong"));
      const body = { email: values.text("email"), amount, reason: values.text("reason") };
      await request("/api/admin/books/adjustments", { method: "POST", body, idempotencyKey: key.current });
      key.current = commandKey();
      form.current?.reset();
      toast(t("adjust.done"));
      await onDone();
    },
    { fields: ["email", "amount", "reason"], words: (error) => (error.status === 402 ? t("adjust.tooLittle") : undefined) },
  );
  return (
    <Card title={t("adjust.title")}>
      <p class="quiet">{t("adjust.hint")}</p>
      <form ref={form} class="form" onSubmit={submission.onSubmit} noValidate>
        <div class="form-pair">
          <Field label={t("adjust.email")} name="email" type="email" autocomplete="off" error={submission.fieldError("email")} />
          <Field label={t("amount")} name="amount" inputMode="text" autocomplete="off" hint={t("adjust.amountHint")} error={submission.fieldError("amount")} />
        </div>
        <Field label={t("adjust.reason")} name="reason" maxLength={1000} autocomplete="off" error={submission.fieldError("reason")} />
        {submission.failure && <Notice kind="danger">{submission.failure}</Notice>}
        <div class="form-actions">
          <Button kind="primary" type="submit" busy={submission.busy}>
            {t("adjust.send")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
