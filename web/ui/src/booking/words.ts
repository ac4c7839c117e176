/** The words of booking, and how terms are said: prices, lengths, what comes back to who cancels. */
import type { components } from "../generated/rest";
import english from "../i18n/en/booking.json";
import { locale } from "../i18n/languages";
import { spanWords } from "../i18n/span";
import { translator } from "../i18n/translate";
import { currency, inCoins } from "../money/words";

export const tb = translator("booking", english);

type Schemas = components["schemas"];
export type Service = Schemas["ServiceBody"];
export type HostServices = Schemas["HostServices"];
export type FoundService = Schemas["FoundService"];
export type Slots = Schemas["SlotsBody"];
export type Hold = Schemas["HoldBody"];
export type Bracket = Schemas["BracketBody"];
export type Waiting = Schemas["WaitingBody"];
export type Booked = Schemas["BookedBody"];

/** The page of a service's free times. */
export const bookAddress = ({ hostId, serviceId }: Pick<Service, "hostId" | "serviceId">): string =>
  `/book/${encodeURIComponent(hostId)}/${encodeURIComponent(serviceId)}`;

export const priceWords = (priceMc: number): string => (priceMc === 0 ? tb("price.free") : inCoins(priceMc));

/** What has a price: a service, or a booking of one. */
export interface Priced {
  priceMc: number;
  priceMoney?: Schemas["MoneyBody"] | null;
}

/** The price as its host set it: in a currency with what it comes to in coins, or in coins. */
export function priceOf({ priceMc, priceMoney }: Priced): string {
  const coins = priceWords(priceMc);
  return priceMoney ? `${currency(priceMoney.minor, priceMoney.currency)} (${coins})` : coins;
}

/** What several of it cost, as `priceOf` of one. */
export function pricesOf({ priceMc, priceMoney }: Priced, count: number): string {
  return priceOf({ priceMc: priceMc * count, priceMoney: priceMoney ? { ...priceMoney, minor: priceMoney.minor * count } : null });
}

const percent = (bps: number): string => new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 2 }).format(bps / 10_000);

/** What who calls off gets back, one sentence a line, the longest notice first. */
export function policyWords(brackets: readonly Bracket[]): string[] {
  const lines = brackets.map(({ noticeMinutes, refundBps }) => {
    if (noticeMinutes <= 0) return refundBps >= 10_000 ? tb("policy.always") : tb("policy.alwaysPart", { part: percent(refundBps) });
    const notice = spanWords(noticeMinutes);
    if (refundBps >= 10_000) return tb("policy.all", { notice });
    return refundBps === 0 ? tb("policy.nothingFrom", { notice }) : tb("policy.part", { notice, part: percent(refundBps) });
  });
  const last = brackets[brackets.length - 1];
  if (!last) return [tb("policy.never")];
  return last.noticeMinutes > 0 && last.refundBps > 0 ? [...lines, tb("policy.later")] : lines;
}
