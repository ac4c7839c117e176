/** For admins: what hosts asked for, and saying that it was sent or that it was not. */
import "./money.css";
import "../admin/admin.css";
import { useState } from "preact/hooks";
import { MoreButton } from "../admin/MoreButton";
import { useMore } from "../admin/useMore";
import { t as admin } from "../admin/words";
import { PageHead } from "../app/PageHead";
import { navigate, place } from "../app/router";
import { Button, Card, CoinIcon, Empty, Field, Loading, Notice, Select } from "../components";
import type { components } from "../generated/rest";
import { type HostPayout, PaidDialog, VoidDialog } from "./BooksDialogs";
import { DownloadButton } from "./DownloadButton";
import { PayoutBadge, PayoutWords } from "./EarningsPage";
import { inCoins, t } from "./words";

type PayoutsAnswer = components["schemas"]["PayoutsBody"];
const STATES = ["open", "paid", "void"] as const;

export default function PayoutsPage() {
  const { query } = place.value;
  const state = STATES.find((it) => it === query.get("state")) ?? "";
  const host = query.get("host") ?? "";
  // What was decided changes the sums and the list: both are asked for again.
  const [round, setRound] = useState(0);
  const look = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = new URLSearchParams([...form].map(([name, value]): [string, string] => [name, String(value).trim()]).filter(([, value]) => value !== ""));
    navigate(`/admin/payouts?${wanted}`, { replace: true });
  };
  const path = `/api/admin/payouts?${new URLSearchParams({ limit: "50", state, host })}`;
  return (
    <div class="stack">
      <PageHead title={t("payouts.title")} intro={admin("pay.intro")} />
      <Card>
        <form key={`${state} ${host}`} class="admin-search" role="search" onSubmit={look}>
          <Select
            label={admin("ord.state")}
            name="state"
            defaultValue={state}
            options={[{ value: "", label: admin("ord.anyState") }, ...STATES.map((value) => ({ value, label: t(`payout.state.${value}`) }))]}
          />
          <Field label={admin("pay.host")} type="search" name="host" defaultValue={host} placeholder={admin("mtg.personHint")} autocomplete="off" required={false} />
          <Button kind="primary" type="submit">
            {admin("list.search")}
          </Button>
        </form>
      </Card>
      <Found key={round} path={path} onDone={async () => setRound((before) => before + 1)} />
    </div>
  );
}

function Found({ path, onDone }: { path: string; onDone: () => Promise<void> }) {
  const { items, answer, failure, busy, more } = useMore<HostPayout, PayoutsAnswer>(path, "before", (it) => it.payouts, (it) => it.payout.id);
  const [paid, setPaid] = useState<HostPayout | null>(null);
  const [voided, setVoided] = useState<HostPayout | null>(null);
  if (failure) return <Notice kind="danger">{failure}</Notice>;
  if (!items || !answer) return <Loading words={t("payouts.title")} />;
  const { totals } = answer;
  return (
    <>
      <dl class="figures">
        <div class={totals.waiting > 0 ? "figure figure-strong" : "figure"}>
          <dt>{t("payout.state.open")}</dt>
          <dd>
            <span class="figure-digits">{inCoins(totals.waitingSum)}</span>
            <span class="quiet small figure-hint">{admin("pay.requests", { count: totals.waiting })}</span>
          </dd>
        </div>
        <div class="figure">
          <dt>{admin("pay.paidSum")}</dt>
          <dd>
            <span class="figure-digits">{inCoins(totals.paidSum)}</span>
          </dd>
        </div>
      </dl>
      <Card title={admin("pay.list")} aside={items.length > 0 && <DownloadButton path="/api/admin/payouts.csv" name="payouts.csv" />}>
        {items.some((it) => it.payout.status === "open") && <p class="quiet small">{admin("pay.how")}</p>}
        {items.length === 0 ? (
          <Empty icon={<CoinIcon size={36} />} title={t("payouts.none")} />
        ) : (
          <ul role="list" class="lines">
            {items.map((it) => (
              <PayoutLine key={it.payout.id} it={it} onPaid={() => setPaid(it)} onVoid={() => setVoided(it)} />
            ))}
          </ul>
        )}
        <MoreButton busy={busy} more={more} />
        <PaidDialog payout={paid} onClose={() => setPaid(null)} onDone={onDone} />
        <VoidDialog payout={voided} onClose={() => setVoided(null)} onDone={onDone} />
      </Card>
    </>
  );
}

function PayoutLine({ it, onPaid, onVoid }: { it: HostPayout; onPaid: () => void; onVoid: () => void }) {
  return (
    <li class="line">
      <div class="line-words">
        <span>{t("payouts.line", { name: it.hostName, amount: inCoins(it.payout.amount) })}</span>
        <span class="quiet small check-what">{it.hostEmail}</span>
        <PayoutWords it={it.payout} />
      </div>
      <div class="row-end">
        {it.payout.status === "open" ? (
          <>
            <Button kind="danger-quiet" aria-label={t("payouts.voidNamed", { name: it.hostName })} onClick={onVoid}>
              {t("payouts.void")}
            </Button>
            <Button kind="primary" aria-label={t("payouts.paidNamed", { name: it.hostName })} onClick={onPaid}>
              {t("payouts.paid")}
            </Button>
          </>
        ) : (
          <PayoutBadge it={it.payout} />
        )}
      </div>
    </li>
  );
}
