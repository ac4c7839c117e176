/** For admins: who wants money back, clients after a call and banks after a payment, and what can be done about it. */
import "./money.css";
import "../admin/admin.css";
import { useState } from "preact/hooks";
import { MoreButton } from "../admin/MoreButton";
import { useMore } from "../admin/useMore";
import { t as admin } from "../admin/words";
import { useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Button, Card, Loading, Notice } from "../components";
import type { components } from "../generated/rest";
import { dayAndTime, inWords, shortDate } from "../i18n/time";
import { DecideDialog } from "./BooksDialogs";
import { currency, inCoins, t } from "./words";

type CallDispute = components["schemas"]["CallDisputeBody"];
type DisputeList = components["schemas"]["DisputeList"];
type Bought = components["schemas"]["BoughtBody"];
type BoughtList = components["schemas"]["BoughtList"];

export default function DisputesPage() {
  // A decision moves a line from one list to another one: both are asked for again.
  const [round, setRound] = useState(0);
  const onDone = async () => setRound((before) => before + 1);
  return (
    <div class="stack">
      <PageHead title={admin("dsp.title")} intro={admin("dsp.intro")} />
      <Open key={`open ${round}`} onDone={onDone} />
      <Banks />
      <Decided key={`decided ${round}`} />
    </div>
  );
}

const useDisputes = (decided: boolean) =>
  useMore<CallDispute, DisputeList>(`/api/admin/disputes?decided=${decided}`, "before", (it) => it.disputes, (it) => it.dispute.callId);

function Open({ onDone }: { onDone: () => Promise<void> }) {
  const { items, failure, busy, more } = useDisputes(false);
  const [chosen, setChosen] = useState<CallDispute | null>(null);
  return (
    <Card title={admin("dsp.open")} aside={items && items.length > 0 && <Badge kind="warn">{more ? `${items.length}+` : items.length}</Badge>}>
      {failure && <Notice kind="danger">{failure}</Notice>}
      {items === null && !failure && <Loading words={admin("dsp.open")} />}
      {items?.length === 0 && !more && <p class="quiet">{admin("dsp.openNone")}</p>}
      {items && items.length > 0 && (
        <>
          <p class="quiet small">{admin("dsp.how")}</p>
          <ul role="list" class="lines">
            {items.map((it) => (
              <OpenLine key={it.dispute.callId} it={it} onDecide={() => setChosen(it)} />
            ))}
          </ul>
        </>
      )}
      <MoreButton busy={busy} more={more} />
      <DecideDialog dispute={chosen?.dispute ?? null} onClose={() => setChosen(null)} onDone={onDone} />
    </Card>
  );
}

function OpenLine({ it, onDecide }: { it: CallDispute; onDecide: () => void }) {
  const now = useNow(60_000);
  const { dispute } = it;
  return (
    <li class="line dispute-line">
      <div class="line-words">
        <span>{t("disputes.line", { client: dispute.clientName, host: dispute.hostName, amount: inCoins(dispute.charged) })}</span>
        <blockquote class="words small">{dispute.reason}</blockquote>
        <span class="quiet small">
          {admin("dsp.asked", { when: inWords(dispute.openedAt, now) })} · {admin("dsp.aside", { amount: inCoins(it.aside) })}
        </span>
        <Sides it={it} />
      </div>
      <div class="row-end">
        <Button kind="primary" aria-label={t("disputes.decideNamed", { name: dispute.clientName })} onClick={onDecide}>
          {t("disputes.decide")}
        </Button>
      </div>
    </li>
  );
}

/** The accounts of both, and what the client paid for coins. */
function Sides({ it: { dispute, clientId, hostId } }: { it: CallDispute }) {
  return (
    <span class="small dispute-sides">
      <a href={`/admin/people/${encodeURIComponent(clientId)}`}>{dispute.clientName}</a>
      <a href={`/admin/people/${encodeURIComponent(hostId)}`}>{dispute.hostName}</a>
      <a href={`/admin/payments?${new URLSearchParams({ words: clientId })}`}>{admin("dsp.payments")}</a>
    </span>
  );
}

function Banks() {
  const { items, failure, busy, more } = useMore<Bought, BoughtList>("/api/admin/orders?state=disputed", "before", (it) => it.orders, (it) => it.order.id);
  return (
    <Card title={admin("dsp.banks")}>
      {failure && <Notice kind="danger">{failure}</Notice>}
      {items === null && !failure && <Loading words={admin("dsp.banks")} />}
      {items?.length === 0 && !more && <p class="quiet">{admin("dsp.banksNone")}</p>}
      {items && items.length > 0 && (
        <>
          <p class="quiet small">{admin("dsp.banksHow")}</p>
          <ul role="list" class="lines">
            {items.map((it) => (
              <BankLine key={it.order.id} it={it} />
            ))}
          </ul>
        </>
      )}
      <MoreButton busy={busy} more={more} />
    </Card>
  );
}

function BankLine({ it: { order, buyerName, buyerEmail, disputedMinor, answerBy } }: { it: Bought }) {
  const now = useNow(60_000);
  const open = disputedMinor > 0;
  return (
    <li class="line">
      <div class="line-words">
        <a href={`/admin/payments/${encodeURIComponent(order.id)}`}>{currency(open ? disputedMinor : order.priceMinor, order.currency)}</a>
        <span class="small check-what">{buyerName ? `${buyerName}, ${buyerEmail}` : admin("ord.gone")}</span>
        <span class="quiet small">{shortDate(order.updatedAt)}</span>
      </div>
      <div class="row-end">
        {!open ? (
          <Badge>{admin("dsp.lost")}</Badge>
        ) : answerBy == null ? (
          <Badge kind="warn">{admin("ord.noAnswerBy")}</Badge>
        ) : (
          <Badge kind={answerBy > now ? "warn" : "danger"}>{admin("ord.answerBy", { when: dayAndTime(answerBy, now) })}</Badge>
        )}
      </div>
    </li>
  );
}

function Decided() {
  const { items, failure, busy, more } = useDisputes(true);
  return (
    <Card title={admin("dsp.decided")}>
      {failure && <Notice kind="danger">{failure}</Notice>}
      {items === null && !failure && <Loading words={admin("dsp.decided")} />}
      {items?.length === 0 && !more && <p class="quiet">{admin("dsp.decidedNone")}</p>}
      {items && items.length > 0 && (
        <ul role="list" class="lines">
          {items.map((it) => (
            <li key={it.dispute.callId} class="line">
              <div class="line-words">
                <span>{t("disputes.line", { client: it.dispute.clientName, host: it.dispute.hostName, amount: inCoins(it.dispute.charged) })}</span>
                <span class="small">{admin("dsp.split", { refund: inCoins(it.dispute.refund ?? 0), kept: inCoins(it.kept ?? 0) })}</span>
                <blockquote class="words small">{it.dispute.note}</blockquote>
                <span class="quiet small">{it.dispute.decidedAt != null && shortDate(it.dispute.decidedAt)}</span>
                <Sides it={it} />
              </div>
            </li>
          ))}
        </ul>
      )}
      <MoreButton busy={busy} more={more} />
    </Card>
  );
}
