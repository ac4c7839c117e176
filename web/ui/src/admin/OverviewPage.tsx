/**
 * The operator's first page: what is not well, what waits for a decision, what goes on now, and how
 * the server did. Numbers only; nothing that anybody said.
 */
import "./admin.css";
import { useState } from "preact/hooks";
import { useFetched, useNow } from "../app/hooks";
import { PageHead } from "../app/PageHead";
import { Badge, Card, CheckIcon, Loading, Notice } from "../components";
import type { components } from "../generated/rest";
import { FailedPage } from "../pages/ErrorPages";
import { Plots } from "./Plots";
import { startOf, type Hour, type Span } from "./plots";
import { MonthCard } from "./RelayCards";
import { useLive } from "./useLive";
import { coinsOf, t } from "./words";

type Overview = components["schemas"]["OverviewBody"];

const PLACE_OF = {
  applications: "/admin/hosts",
  reports: "/admin/reports",
  disputes: "/admin/disputes",
  payouts: "/admin/payouts?state=open",
  money: "/admin/payments",
} as const;
type Matter = keyof typeof PLACE_OF;

export default function OverviewPage() {
  const { data, error, reload } = useLive<Overview>("/api/admin/overview");
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  return (
    <div class="stack">
      <PageHead title={t("over.title")} intro={t("over.intro")} />
      {data ? (
        <>
          <Health problems={data.problems} maintenance={data.maintenance} />
          <Decide decisions={data.decisions} />
          <Now it={data} />
          <History />
          {data.month && <MonthCard budget={data.month.budget} forecast={data.month.forecast ?? null} />}
        </>
      ) : (
        <Loading words={t("over.title")} />
      )}
    </div>
  );
}

function Health({ problems, maintenance }: { problems: string[]; maintenance: boolean }) {
  return (
    <>
      {problems.map((words) => (
        <Notice key={words} kind="danger">
          {words}
        </Notice>
      ))}
      {problems.length === 0 && <Notice kind="good">{t("over.well")}</Notice>}
      {maintenance && (
        <Notice kind="warn">
          {t("over.maintenance")} <a href="/admin/maintenance">{t("nav.maintenance")}</a>
        </Notice>
      )}
    </>
  );
}

function Decide({ decisions }: { decisions: Overview["decisions"] }) {
  const waiting = decisions.filter(({ count }) => count > 0);
  return (
    <Card title={t("over.decide")}>
      {waiting.length === 0 ? (
        <p class="admin-calm quiet">
          <CheckIcon /> {t("over.nothing")}
        </p>
      ) : (
        <ul role="list" class="lines">
          {waiting.map(({ matter, count, more }) => (
            <li key={matter} class="line">
              <div class="line-words">
                <a href={PLACE_OF[matter as Matter]}>{t(`over.${matter as Matter}`)}</a>
              </div>
              <Badge kind="warn">{more ? `${count}+` : count}</Badge>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Now({ it }: { it: Overview }) {
  const { calls, takings } = it;
  const success = calls.successPercent ?? null;
  const relayed = calls.relayPercent ?? null;
  return (
    <Card title={t("over.now")}>
      <dl class="tiles">
        <Tile name={t("over.calls")} value={String(it.liveCalls)} href="/admin/live" />
        <Tile
          name={t("over.success")}
          value={success === null ? "–" : `${success} %`}
          hint={t("over.above", { percent: calls.successPercentTarget })}
          bad={success !== null && success < calls.successPercentTarget}
        />
        <Tile
          name={t("over.share")}
          value={relayed === null ? "–" : `${relayed} %`}
          hint={t("over.below", { percent: calls.relayPercentTarget })}
          bad={relayed !== null && relayed > calls.relayPercentTarget}
        />
        <Tile name={t("over.soldToday")} value={coinsOf(takings.soldToday)} hint={t("over.thisMonth", { amount: coinsOf(takings.soldMonth) })} href="/admin/payments" />
        <Tile name={t("over.feesToday")} value={coinsOf(takings.feesToday)} hint={t("over.thisMonth", { amount: coinsOf(takings.feesMonth) })} href="/admin/books" />
        <Tile name={t("over.mail")} value={String(it.mailsWaiting)} href="/admin/mail" />
      </dl>
    </Card>
  );
}

function Tile({ name, value, hint, href, bad }: { name: string; value: string; hint?: string; href?: string; bad?: boolean }) {
  return (
    <div class="tile">
      <dt>{href ? <a href={href}>{name}</a> : name}</dt>
      <dd>
        <span class={bad ? "tile-value tile-bad" : "tile-value"}>{value}</span>
        {hint && <span class="quiet small">{hint}</span>}
      </dd>
    </div>
  );
}

function History() {
  const [span, setSpan] = useState<Span>("week");
  const now = useNow(60_000);
  const { data, error, reload } = useFetched<{ hours: Hour[] }>(`/api/admin/numbers?from=${startOf(span, now)}`);
  if (error) return <FailedPage error={error} onRetry={() => void reload()} />;
  return <Plots span={span} hours={data?.hours ?? null} now={now} onSpan={setSpan} />;
}
