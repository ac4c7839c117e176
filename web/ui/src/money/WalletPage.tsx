/** One's own wallet: what can be spent, and what became of every coin. */
import "./money.css";
import { PageHead } from "../app/PageHead";
import { session } from "../api";
import { ButtonLink, Card, Loading, Notice } from "../components";
import { DownloadButton } from "./DownloadButton";
import { usePurse } from "./purse";
import { Transactions, useTransactions } from "./Transactions";
import { coins, inCoins, t } from "./words";

export default function WalletPage() {
  const wallet = usePurse();
  const identity = session.identity.value;
  const isHost = identity.kind === "member" && identity.user.hostStatus === "approved";
  const pages = useTransactions(wallet?.available);
  return (
    <div class="stack">
      <PageHead title={t("wallet.title")} />
      <section class="card balance-card" aria-labelledby="balance">
        <h2 id="balance">{t("wallet.balance")}</h2>
        {wallet ? (
          <p class="balance" role="status" data-testid="balance">
            <span class="balance-figure">{coins(wallet.available)}</span> {t("wallet.unit")}
          </p>
        ) : (
          <Loading words={t("wallet.balance")} />
        )}
        <p class="quiet">{t("wallet.hint")}</p>
        <div class="form-actions">
          <ButtonLink kind="primary" href="/wallet/buy">
            {t("wallet.buy")}
          </ButtonLink>
          {isHost && <ButtonLink href="/earnings">{t("earnings.title")}</ButtonLink>}
        </div>
        {wallet && wallet.owed > 0 && <Notice kind="warn">{t("wallet.owed", { amount: inCoins(wallet.owed) })}</Notice>}
      </section>
      <Card
        title={t("statement.title")}
        aside={pages.list && pages.list.length > 0 && <DownloadButton path="/api/wallet/transactions.csv" name="transactions.csv" />}
      >
        <Transactions pages={pages} />
      </Card>
    </div>
  );
}
