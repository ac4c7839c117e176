/** A call by the minute, on the call page: price, countdown, warnings, and the way to more coins. */
import "./paid.css";
import { useEffect, useState } from "preact/hooks";
import { Notice } from "../components";
import type { InCall } from "../call/panels";
import { useNow } from "../call/useNow";
import { lengthInWords } from "../i18n/time";
import { BuyCoins } from "./BuyCoins";
import { billOf } from "./bill";
import type { PaidFacts } from "./facts";
import { amount, minutes, tp } from "./words";

/** From here on the time left is shouted, not said. */
const LOW_MS = 60_000;

export function PriceClock({ call, facts }: InCall) {
  return facts.paid ? <Price call={call} paid={facts.paid} /> : null;
}

type Shown = { call: InCall["call"]; paid: PaidFacts };

function Price({ call, paid }: Shown) {
  return (
    <span class="price-row">
      <Clock call={call} paid={paid} />
      {!paid.host && <BuyCoins kind="quiet" short />}
    </span>
  );
}

function Clock({ call, paid }: Shown) {
  const bill = billOf(call, paid.callId);
  const at = useNow();
  const now = bill.now.value;
  const left = bill.leftMs(at);
  const low = left !== undefined && left <= LOW_MS;
  return (
    <span class={low ? "price price-low" : "price"} role="timer" aria-label={tp("bar.label")}>
      <span class="price-rate">{tp("bar.price", { coins: amount(now?.ratePerMinMc ?? paid.rateMc) })}</span>
      {now?.phase === "paused" && <span class="price-note">{tp("bar.paused")}</span>}
      {(now === undefined || now.phase === "waiting") && <span class="price-note">{tp("bar.waiting")}</span>}
      {now?.phase === "running" && now.chargedMc === 0 && now.elapsedMs < now.freeS * 1000 && (
        <span class="price-note">{tp("bar.free")}</span>
      )}
      {left !== undefined && now?.phase !== "waiting" && (
        <span class="price-left" data-left-ms={left}>
          {tp("bar.left", { time: minutes(left) })}
        </span>
      )}
    </span>
  );
}

export function MoneyNotice({ call, media, facts }: InCall) {
  return facts.paid ? <Money call={call} media={media} paid={facts.paid} /> : null;
}

function Money({ call, media, paid }: Shown & Pick<InCall, "media">) {
  const bill = billOf(call, paid.callId);
  /** The last mark that was passed, seconds. */
  const [mark, setMark] = useState<number | undefined>(undefined);
  const at = useNow();
  const now = bill.now.value;
  useEffect(() => call.socket.on("low-balance", (data) => data.callId === paid.callId && setMark(data.markS)), [call]);
  const grace = now?.phase === "grace";
  useEffect(() => {
    if (!grace) return;
    // Nothing is paid: nothing is sent.
    void media.setMicrophone(false);
    void media.setCamera(false);
  }, [grace]);
  const left = bill.leftMs(at);
  if (grace)
    return (
      <Notice kind="danger">
        <div class="money-row">
          <p>
            {tp(paid.host ? "money.grace.host" : "money.grace")} <span aria-hidden="true">{minutes(bill.graceMs(at))}</span>
          </p>
          {!paid.host && <BuyCoins />}
        </div>
      </Notice>
    );
  if (now?.phase === "paused") return <Notice kind="warn">{tp("money.paused")}</Notice>;
  // After a top-up there is nothing to warn of until the next mark.
  if (mark === undefined || left === undefined || left > mark * 1000 || now?.phase !== "running" || !now.last) return null;
  // Said once a mark, since it is read out; the countdown above says it by the second.
  const time = lengthInWords(mark);
  return (
    <Notice kind="warn">
      <div class="money-row">
        <p>{tp(paid.host ? "money.low.host" : "money.low", { time })}</p>
        {!paid.host && <BuyCoins />}
      </div>
    </Notice>
  );
}
