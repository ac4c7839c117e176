/** The words of notifications. Facts come from the server; they are said here, in the reader's language. */
import type { CallSummary, Notice } from "../generated/protocol";
import english from "../i18n/en/notices.json";
import { locale } from "../i18n/languages";
import { dayAndTime, lengthInWords } from "../i18n/time";
import { translator } from "../i18n/translate";
import { pairId } from "../messages/inbox";

export const tn = translator("notices", english);

/** One as it was fetched, or as it came. */
type Facts = Pick<Notice, "kind" | "name"> & {
  aboutId?: string | null | undefined;
  serviceId?: string | null | undefined;
  startsAt?: number | null | undefined;
  summary?: CallSummary | null | undefined;
};

export function said(it: Facts): string {
  const { name } = it;
  switch (it.kind) {
    case "booking-moved":
    case "vacancy":
      return tn(`kind.${it.kind}`, { name, when: dayAndTime(it.startsAt ?? 0, Date.now()) });
    case "call-summary":
      return summedUp(name, it.summary ?? null);
    default:
      return tn(`kind.${it.kind}`, { name });
  }
}

function summedUp(name: string, sum: CallSummary | null): string {
  const length = lengthInWords(sum?.seconds ?? 0);
  if (!sum || sum.coinsMc === 0) return tn("kind.call-summary", { name, length });
  const coins = new Intl.NumberFormat(locale(), { maximumFractionDigits: 3 }).format(sum.coinsMc / 1000);
  return tn(sum.earned ? "kind.call-summary.earned" : "kind.call-summary.cost", { name, length, coins });
}

/** Where one goes on from there. */
export function placeOf(it: Facts, me: string): string {
  const id = it.aboutId ?? "";
  switch (it.kind) {
    case "message":
      return `/messages/${pairId(me, id)}`;
    case "review":
      return `/hosts/${me}`;
    case "report":
      return "/admin/reports";
    case "payment":
      return "/wallet";
    case "data-ready":
      return "/account";
    case "missed-call":
      return "/calls";
    case "vacancy":
      return `/book/${id}/${it.serviceId ?? ""}`;
    case "call-summary":
      return it.summary?.meeting ? `/meetings/${id}` : `/wallet/calls/${id}`;
    default:
      return `/meetings/${id}`;
  }
}
