/** The relay's cards: the month's budget, traffic and the ways of calls, the last self-test. */
import { useNow } from "../app/hooks";
import { Card, CheckIcon, Empty, Notice, OfflineIcon, WarnIcon } from "../components";
import type { components } from "../generated/rest";
import { inWords } from "../i18n/time";
import { amount, monthName, percentOf, t } from "./words";

type RelayStatus = components["schemas"]["RelayStatus"];
type Flow = components["schemas"]["FlowBody"];

export function RelayCards({ relay }: { relay: RelayStatus | undefined }) {
  if (relay === undefined)
    return (
      <Card title={t("relay.title")}>
        <Empty icon={<OfflineIcon size={36} />} title={t("relay.off")}>
          <p>{t("relay.offHint")}</p>
        </Empty>
      </Card>
    );
  return (
    <>
      <MonthCard budget={relay.budget} />
      <Traffic relay={relay} />
      <SelfTest relay={relay} />
    </>
  );
}

/** The traffic budget of the machine: what is used, and what the month comes to when it goes on so. */
export function MonthCard({ budget, forecast = null }: { budget: RelayStatus["budget"]; forecast?: number | null }) {
  const used = amount(budget.bytes);
  const month = monthName(budget.month);
  if (budget.bytesMax === 0)
    return (
      <Card title={t("month.title")}>
        <p class="month-used">{t("month.unlimited", { used, month })}</p>
        {forecast !== null && <p class="quiet small">{t("month.forecast", { amount: amount(forecast) })}</p>}
        <p class="quiet small">{t("month.noLimit")}</p>
      </Card>
    );
  const percent = percentOf(budget.bytes, budget.bytesMax);
  const level = budget.level === "saver" || budget.level === "audio" ? budget.level : undefined;
  return (
    <Card title={t("month.title")}>
      <p class="month-used">{t("month.used", { used, limit: amount(budget.bytesMax), month })}</p>
      <progress class={`month-bar month-bar-${level ?? "full"}`} max={100} value={percent} aria-label={t("month.bar")}>
        {percent} %
      </progress>
      <p class="quiet small">
        {t("month.percent", { percent })}
        {forecast !== null && ` · ${t("month.forecast", { amount: amount(forecast) })}`}
      </p>
      {forecast !== null && forecast > budget.bytesMax && level === undefined && <Notice kind="warn">{t("month.tooMuch")}</Notice>}
      {level !== undefined && <Notice kind={level === "audio" ? "danger" : "warn"}>{t(`month.level.${level}`)}</Notice>}
    </Card>
  );
}

const flow = (it: Flow) => t("relay.flow", { amount: amount(it.bytes), packets: it.packets });

function Traffic({ relay }: { relay: RelayStatus }) {
  const { direct, relay: relayed, unknown } = relay.ways;
  const known = direct + relayed;
  return (
    <Card title={t("relay.title")}>
      <dl class="facts">
        <dt>{t("relay.now")}</dt>
        <dd>{relay.allocations}</dd>
        <dt>{t("relay.up")}</dt>
        <dd>{flow(relay.up)}</dd>
        <dt>{t("relay.down")}</dt>
        <dd>{flow(relay.down)}</dd>
        <dt>{t("relay.dropped")}</dt>
        <dd>{t("relay.packets", { count: relay.dropped })}</dd>
        <dt>{t("relay.share")}</dt>
        <dd>
          {t("relay.shareWords", { direct, relay: relayed, unknown })}
          {known > 0 && <p class="quiet small">{t("relay.sharePercent", { percent: percentOf(relayed, known) })}</p>}
        </dd>
      </dl>
      <p class="quiet small">{t("relay.sinceStart")}</p>
    </Card>
  );
}

function SelfTest({ relay }: { relay: RelayStatus }) {
  const now = useNow(10_000);
  const at = relay.testedAt ?? undefined;
  const aside = at !== undefined && <span class="quiet small">{t("test.at", { when: inWords(at, now) })}</span>;
  return (
    <Card title={t("test.title")} aside={aside}>
      <ul role="list" class="lines">
        {relay.checks.map(({ what, problem }) => (
          <li class="line" key={what}>
            <span class={problem ? "check-bad" : "check-good"}>{problem ? <WarnIcon /> : <CheckIcon />}</span>
            <div class="line-words">
              <span class="check-what">{what}</span>
              <span class="quiet small">{problem ?? t("test.fine")}</span>
            </div>
          </li>
        ))}
      </ul>
      <p class="quiet small">{t("test.hint")}</p>
    </Card>
  );
}
