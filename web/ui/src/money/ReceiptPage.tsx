/** What one call cost, minute by minute, and asking for the price back. */
import "./money.css";
import { useState } from "preact/hooks";
import { request, session } from "../api";
import { useFetched, useSubmit } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import type { PageProps } from "../app/router";
import { Button, Card, CoinIcon, Dialog, Empty, Loading, Notice, TextArea, toast } from "../components";
import type { components } from "../generated/rest";
import { Review } from "../hosts/Review";
import { clockTime, countdown, dayAndTime, shortDate } from "../i18n/time";
import { FailedPage } from "../pages/ErrorPages";
import { coins, inCoins, t } from "./words";

type Receipt = components["schemas"]["ReceiptBody"];

export default function ReceiptPage({ params }: PageProps) {
  const path = `/api/wallet/calls/${encodeURIComponent(params["callId"] ?? "")}`;
  const receipt = useFetched<Receipt>(path);
  const identity = session.identity.value;
  if (receipt.error) return <FailedPage error={receipt.error} onRetry={() => void receipt.reload()} />;
  if (!receipt.data) return <Loading words={t("receipt.title")} />;
  const isHost = identity.kind === "member" && identity.user.userId === receipt.data.call.hostId;
  return (
    <div class="stack">
      <PageHead title={t("receipt.title")} />
      <Sum receipt={receipt.data} isHost={isHost} />
      <Minutes receipt={receipt.data} />
      <Review call={receipt.data.call} host={isHost} />
      <Refund receipt={receipt.data} path={path} onDone={receipt.reload} />
    </div>
  );
}

function Sum({ receipt: { call }, isHost }: { receipt: Receipt; isHost: boolean }) {
  return (
    <Card title={t("receipt.with", { name: isHost ? call.userName : call.hostName })}>
      <p>
        <span class="quiet">{t(isHost ? "receipt.earned" : "receipt.paid")}</span>
        <br />
        <span class="receipt-sum" data-testid="receipt-sum">
          {inCoins(isHost ? (call.earnedMc ?? 0) : call.spentMc)}
        </span>
      </p>
      {!call.settled && <Notice kind="info">{t("receipt.running")}</Notice>}
      <dl class="facts">
        <dt>{t(call.callType === "audio" ? "receipt.audio" : "receipt.video")}</dt>
        <dd>
          {dayAndTime(call.createdAt, Date.now())}
          {call.endTime != null && ` – ${clockTime(call.endTime)}`}
        </dd>
        <dt>{t("receipt.rate")}</dt>
        <dd>{t("receipt.price", { amount: inCoins(call.tariff.ratePerMinMc) })}</dd>
        <dt>{t("receipt.duration")}</dt>
        <dd>{countdown(call.duration * 1000)}</dd>
        {call.pausedSeconds > 0 && (
          <>
            <dt>{t("receipt.pausedTime")}</dt>
            <dd>{countdown(call.pausedSeconds * 1000)}</dd>
          </>
        )}
        {call.freeSeconds > 0 && (
          <>
            <dt>{t("receipt.free")}</dt>
            <dd>{t("receipt.freeWords", { seconds: call.freeSeconds, limit: call.tariff.freeS })}</dd>
          </>
        )}
      </dl>
    </Card>
  );
}

function Minutes({ receipt: { lines, call } }: { receipt: Receipt }) {
  if (lines.length === 0) {
    return (
      <Card>
        <Empty icon={<CoinIcon size={36} />} title={t("receipt.none")}>
          <p>{t("receipt.noneHint")}</p>
        </Empty>
      </Card>
    );
  }
  return (
    <Card title={t("receipt.minutes")}>
      <div class="trial-scroll" tabIndex={0} role="region" aria-label={t("receipt.minutes")}>
        <table class="trial">
          <thead>
            <tr>
              <th scope="col">{t("receipt.minute")}</th>
              <th scope="col" class="number">{t("receipt.seconds")}</th>
              <th scope="col" class="number">{t("amount")}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.minute}>
                <th scope="row">{line.minute}</th>
                <td class="number">{line.seconds}</td>
                <td class="number">{coins(line.charged)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("receipt.sum")}</th>
              <td class="number">{lines.reduce((sum, line) => sum + line.seconds, 0)}</td>
              <td class="number">{coins(call.spentMc)}</td>
            </tr>
          </tfoot>
        </table>
      </div>
    </Card>
  );
}

function Refund({ receipt, path, onDone }: { receipt: Receipt; path: string; onDone: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  const form = useSubmit(
    async (values) => {
      await request(`${path}/refund-request`, { method: "POST", body: { reason: values.text("reason") } });
      setAsking(false);
      toast(t("refund.done"));
      await onDone();
    },
    { fields: ["reason"] },
  );
  const asked = receipt.refundRequest;
  if (asked) {
    return (
      <Card title={t("refund.title")}>
        {asked.status === "open" ? (
          <Notice kind="info">{t("refund.open", { date: shortDate(asked.openedAt) })}</Notice>
        ) : (
          <Notice kind="good">
            <p>{t("refund.decided", { amount: inCoins(asked.refund ?? 0) })}</p>
            <p class="words">{asked.note}</p>
          </Notice>
        )}
        <blockquote class="words">{asked.reason}</blockquote>
      </Card>
    );
  }
  if (receipt.disputableUntil == null) return null;
  return (
    <Card title={t("refund.title")}>
      <p class="quiet">{t("refund.hint", { time: dayAndTime(receipt.disputableUntil, Date.now()) })}</p>
      <Button onClick={() => setAsking(true)}>{t("refund.ask")}</Button>
      <Dialog
        open={asking}
        title={t("refund.ask")}
        onClose={() => setAsking(false)}
        actions={
          <>
            <Button onClick={() => setAsking(false)}>{t("cancel")}</Button>
            <Button kind="primary" type="submit" form="ask-refund" busy={form.busy}>
              {t("refund.send")}
            </Button>
          </>
        }
      >
        <form id="ask-refund" class="form" onSubmit={form.onSubmit} noValidate>
          <TextArea label={t("refund.reason")} name="reason" maxLength={1000} error={form.fieldError("reason")} />
          {form.failure && <Notice kind="danger">{form.failure}</Notice>}
        </form>
      </Dialog>
    </Card>
  );
}
