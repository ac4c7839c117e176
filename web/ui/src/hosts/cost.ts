/**
 * What a call would cost: the same whole numbers as the server's own rule, so that what is said
 * before a call is what is charged after it. Thousandths of a coin.
 */
import type { Tariff } from "../paid/words";

/** The price of a call of so many connected seconds. */
export function costOf(tariff: Tariff, seconds: number): number {
  if (seconds <= tariff.freeS) return 0;
  const step = Math.max(1, tariff.incrementS);
  const billable = Math.max(tariff.initialS, Math.ceil(seconds / step) * step);
  return Math.ceil((tariff.ratePerMinMc * billable) / 60) + tariff.connectFeeMc;
}

/** What must be in the wallet to begin. */
export const entryOf = (tariff: Tariff): number => costOf(tariff, tariff.freeS + 1);

/** The longest call, in whole seconds, that so much pays for; null when it never ends. */
export function secondsFor(tariff: Tariff, budgetMc: number): number | null {
  if (tariff.ratePerMinMc <= 0) return tariff.connectFeeMc <= budgetMc ? null : tariff.freeS;
  // The price rises with the seconds, so the last one that is paid for is found by halving.
  let paid = tariff.freeS;
  let unpaid = paid + Math.floor((Math.max(0, budgetMc) * 60) / tariff.ratePerMinMc) + tariff.incrementS + 2;
  while (unpaid - paid > 1) {
    const middle = Math.floor((paid + unpaid) / 2);
    if (costOf(tariff, middle) <= budgetMc) paid = middle;
    else unpaid = middle;
  }
  return paid;
}
