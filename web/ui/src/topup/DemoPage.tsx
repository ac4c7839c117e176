/** The pretended checkout: what a gateway's page would ask, with every outcome one press away. */
import "./topup.css";
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { useFetched } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { navigate, type PageProps } from "../app/router";
import { Button, ButtonLink, Card, Loading, Notice } from "../components";
import { FailedPage } from "../pages/ErrorPages";
import { coinsOf, type Order, price, t } from "./orders";

export default function DemoPage({ params }: PageProps) {
  const id = encodeURIComponent(params["id"] ?? "");
  const order = useFetched<Order>(`/api/payment/orders/${id}`);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const answer = async (outcome: "success" | "failure") => {
    setBusy(true);
    setFailure(null);
    try {
      await request<Order>(`/api/payment/demo/${id}`, { method: "POST", body: { outcome } });
      navigate(`/wallet/paid?order=${id}`, { replace: true });
    } catch (cause) {
      setFailure(cause);
      setBusy(false);
    }
  };
  if (order.error) return <FailedPage error={order.error} onRetry={() => void order.reload()} />;
  const it = order.data;
  return (
    <div class="stack topup-page">
      <PageHead title={t("demo.title")} />
      <Notice kind="warn">{t("demo.warning")}</Notice>
      {failure !== null && <Notice kind="danger">{errorWords(failure)}</Notice>}
      {!it ? (
        <Loading words={t("demo.title")} />
      ) : (
        <Card>
          <p class="topup-question">{t("demo.question", { coins: coinsOf(it.coinsMilli), price: price(it.priceMinor, it.currency) })}</p>
          <div class="topup-answers">
            <Button kind="primary" wide busy={busy} onClick={() => void answer("success")}>
              {t("demo.success")}
            </Button>
            <Button wide disabled={busy} onClick={() => void answer("failure")}>
              {t("demo.failure")}
            </Button>
            <ButtonLink kind="quiet" wide href={`/wallet/paid?order=${id}&cancelled=1`}>
              {t("demo.cancel")}
            </ButtonLink>
          </div>
        </Card>
      )}
    </div>
  );
}
