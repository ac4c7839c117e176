/**
 * Buying coins without leaving where one is, such as a call: a sheet with the price list. Pages of
 * gateways open in another tab, and the sheet follows the order until the coins are there.
 */
import "./topup.css";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useFetched } from "../app/hooks";
import { errorWords } from "../app/errors";
import { Button, Dialog, Loading, Notice, Spinner } from "../components";
import { coinsOf, type Followed, newKey, type Offer, outcomeOf, type Package, payAddress, t, useOrder } from "./orders";
import { Packages } from "./Packages";
import { LookAtPhone, PhoneStep } from "./PhoneStep";

export interface TopUpSheetProps {
  open: boolean;
  onClose: () => void;
  /** Told once for each purchase, when the coins are in the wallet. In milli-coins. */
  onPaid?: (coinsMilli: number) => void;
  /** Said above the price list, such as how long the coins still last. */
  note?: ComponentChildren;
}

export function TopUpSheet({ open, onClose, onPaid, note }: TopUpSheetProps) {
  return (
    <Dialog open={open} title={t("sheet.title")} onClose={onClose} actions={<Button onClick={onClose}>{t("sheet.close")}</Button>}>
      <Steps onPaid={onPaid} note={note} />
    </Dialog>
  );
}

type Step =
  | { at: "list" }
  | { at: "phone"; offer: Offer; pack: Package }
  | { at: "wait"; followed: Followed; page: string | null };

function Steps({ onPaid, note }: { onPaid: TopUpSheetProps["onPaid"]; note: ComponentChildren }) {
  const offers = useFetched<{ offers: Offer[] }>("/api/payment/offers");
  const [step, go] = useState<Step>({ at: "list" });
  // A fresh key for the next purchase, made before the press so that the link has it.
  const [key, setKey] = useState(newKey);
  const again = () => {
    setKey(newKey());
    go({ at: "list" });
  };
  if (offers.error) return <Notice kind="danger">{errorWords(offers.error)}</Notice>;
  if (!offers.data) return <Loading words={t("sheet.title")} />;
  if (step.at === "wait") return <Wait key={key} step={step} onPaid={onPaid} onAgain={again} />;
  if (step.at === "phone") {
    return <PhoneStep offer={step.offer} pack={step.pack} onBack={again} onPlaced={(order) => go({ at: "wait", followed: { id: order.id }, page: null })} />;
  }
  return (
    <div class="topup-sheet">
      {note}
      <Packages
        offers={offers.data.offers}
        newTab
        address={(offer, pack) => payAddress(offer.gateway, pack, key, "&tab=1")}
        onChoose={(offer, pack) =>
          go(offer.needsPhone ? { at: "phone", offer, pack } : { at: "wait", followed: { key }, page: payAddress(offer.gateway, pack, key, "&tab=1") })
        }
      />
    </div>
  );
}

interface WaitProps {
  step: Extract<Step, { at: "wait" }>;
  onPaid: TopUpSheetProps["onPaid"];
  onAgain: () => void;
}

function Wait({ step, onPaid, onAgain }: WaitProps) {
  const { order } = useOrder(step.followed);
  const outcome = outcomeOf(order);
  const told = useRef(false);
  useEffect(() => {
    if (outcome !== "paid" || order === null || told.current) return;
    told.current = true;
    onPaid?.(order.coinsMilli);
  }, [outcome, order, onPaid]);
  if (outcome === "paid" && order) {
    return (
      <div class="topup-sheet">
        <Notice kind="good">{t("done.words", { coins: coinsOf(order.coinsMilli) })}</Notice>
        <Button onClick={onAgain}>{t("done.more")}</Button>
      </div>
    );
  }
  return (
    <div class="topup-sheet">
      {outcome === "failed" && <Notice kind="warn">{t("not.failed")}</Notice>}
      {outcome === "expired" && <Notice kind="warn">{t("not.expired")}</Notice>}
      {outcome === "open" && order && step.page === null && <LookAtPhone order={order} />}
      {outcome === "open" && step.page !== null && (
        <div class="topup-wait" role="status">
          <Spinner />
          <div>
            <strong>{t("wait.title")}</strong>
            <p>{t("wait.elsewhere")}</p>
          </div>
        </div>
      )}
      {step.page !== null && outcome === "open" && (
        <a class="button button-secondary" href={step.page} target="_blank" rel="noopener">
          {t("wait.open")}
        </a>
      )}
      <Button kind="quiet" onClick={onAgain}>
        {t("wait.again")}
      </Button>
    </div>
  );
}
