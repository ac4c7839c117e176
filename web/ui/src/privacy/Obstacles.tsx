/** What stands in the way of erasing an account, each with what to do about it. */
import type { components } from "../generated/rest";
import { coins } from "../money/words";
import { t } from "./words";

export type Erasure = components["schemas"]["ErasureBody"];
type Obstacle = components["schemas"]["ObstacleBody"];

const WORDS = {
  admin: "way.admin",
  payout: "way.payout",
  dispute: "way.dispute",
  purchase: "way.purchase",
  call: "way.call",
  booking: "way.booking",
  report: "way.report",
  debt: "way.debt",
  pending: "way.pending",
  earnings: "way.earnings",
  wallet: "way.wallet",
} as const;

function said(it: Obstacle): string {
  const key = WORDS[it.kind as keyof typeof WORDS];
  return key ? t(key, { coins: coins(it.coins ?? 0) }) : it.kind;
}

export function Obstacles({ all }: { all: readonly Obstacle[] }) {
  if (all.length === 0) return null;
  return (
    <div>
      <p>{t("erase.first")}</p>
      <ul>
        {all.map((it) => (
          <li key={it.kind}>{said(it)}</li>
        ))}
      </ul>
    </div>
  );
}

/** Nothing stands in the way but what can be given up. */
export const ready = (it: Erasure): boolean => it.obstacles.every((one) => one.canBeGivenUp);
/** Something could be given up. */
export const leaves = (it: Erasure): boolean => it.obstacles.some((one) => one.canBeGivenUp);
