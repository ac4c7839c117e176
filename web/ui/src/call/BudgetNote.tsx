/** Says once, politely, when the relay's month runs out. Only whoever is relayed is concerned. */
import { useEffect } from "preact/hooks";
import { toast } from "../components";
import type { CallSession } from "./session";
import { t } from "./words";

export function BudgetNote({ call }: { call: CallSession }) {
  const relayed = [...call.stats.value.values()].some((stats) => stats.relayed);
  const level = relayed ? call.relayLevel.value : "full";
  useEffect(() => {
    if (level !== "full") toast(t(`call.budget.${level}`));
  }, [level]);
  return null;
}
