/** The books for admins: whether they are true, what everybody holds, and coins by hand. */
import "./money.css";
import { useRef } from "preact/hooks";
import { commandKey, request } from "../api";
import { FieldProblem, useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Button, Card, Field, Loading, Notice, toast } from "../components";
import type { components } from "../generated/rest";
import { clockTime } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { coins, currency, parseCoins, t } from "./words";

type Trial = components["schemas"]["TrialBody"];
type TrialLine = components["schemas"]["TrialLineBody"];

export default function BooksPage() {
  const trial = useFetched<Trial>("/api/admin/books");
  if (trial.error) return <FailedPage error={trial.error} onRetry={() => void trial.reload()} />;
  if (!trial.data) return <Loading words={t("books.title")} />;
  return (
    <div class="stack">
      <PageHead title={t("books.title")} intro={t("books.intro")} />
      <TrialBalance trial={trial.data} />
      <Adjust onDone={trial.reload} />
    </div>
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
