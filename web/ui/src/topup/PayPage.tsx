/**
 * The step between the price list and a gateway's page: places the order under the key in the
 * address, so that a reload makes no second one, and goes to the checkout.
 */
import "./topup.css";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/error";
import { errorWords } from "../app/errors";
import { PageHead } from "../app/PageHead";
import { navigate, place as where } from "../app/router";
import { Button, ButtonLink, Loading, Notice } from "../components";
import { bookingAddress, keepOrder } from "../booking/orders";
import { newKey, place, t } from "./orders";

/** Noted for this tab only: its way back is to be closed, because a call goes on in another. */
export const TAB_NOTE = "parlor.topup.tab";

export default function PayPage() {
  const query = where.value.query;
  const [failure, setFailure] = useState<unknown>(null);
  const gateway = query.get("gateway") ?? "";
  const pack = query.get("package") ?? "";
  const key = query.get("key") ?? "";
  const meeting = query.get("meeting");
  useEffect(() => {
    setFailure(null);
    if (query.get("tab") === "1") sessionStorage.setItem(TAB_NOTE, "1");
    if (key === "") return retry();
    let gone = false;
    place(gateway, pack, key, meeting === null ? {} : { meetingId: meeting }).then(
      ({ order, checkout }) => {
        if (gone) return;
        if (meeting !== null) keepOrder(order.id, meeting);
        // `replace`: back from the checkout leads to the price list and not to a second try.
        if (checkout?.url) location.replace(checkout.url);
        else navigate(`/wallet/paid?order=${order.id}`, { replace: true });
      },
      (cause: unknown) => !gone && setFailure(cause),
    );
    return () => {
      gone = true;
    };
  }, [gateway, pack, key, meeting]);
  const retry = () => {
    const again = new URLSearchParams(query);
    again.set("key", newKey());
    navigate(`/wallet/pay?${again}`, { replace: true });
  };
  if (failure === null) {
    return (
      <div class="stack">
        <PageHead title={t("pay.title")} />
        <Loading words={t("pay.opening")} />
      </div>
    );
  }
  const gone = failure instanceof ApiError && failure.status === 400;
  return (
    <div class="stack">
      <PageHead title={t("pay.failed")} />
      <Notice kind="danger">{errorWords(failure)}</Notice>
      <div class="form-actions">
        <ButtonLink href={meeting === null ? "/wallet/buy" : bookingAddress(meeting)}>{t("pay.choose")}</ButtonLink>
        {!gone && (
          <Button kind="primary" onClick={retry}>
            {t("pay.retry")}
          </Button>
        )}
      </div>
    </div>
  );
}
