/** An operator sends the money of an order back: everything that is left of it. */
import { useState } from "preact/hooks";
import { request } from "../api";
import { errorWords } from "../app/errors";
import { Button, Dialog, Notice, toast } from "../components";
import { coinsOf, newKey, type Order, price, t } from "./orders";

const leftOf = (order: Order): number => order.priceMinor - order.refundedMinor;
export const canGoBack = (order: Order): boolean => (order.state === "paid" || order.state === "refunded") && leftOf(order) > 0;

export function RefundDialog({ order, onClose, onDone }: { order: Order; onClose: () => void; onDone: () => void }) {
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
