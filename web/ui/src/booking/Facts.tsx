/** How long a service takes and what it costs, side by side. */
import { ClockIcon, CoinIcon } from "../components";
import { lengthInWords } from "../i18n/time";
import { type Priced, priceOf } from "./words";

export function Facts({ service }: { service: Priced & { durationMinutes: number } }) {
  return (
    <>
      <span>
        <ClockIcon size={16} /> {lengthInWords(service.durationMinutes * 60)}
      </span>
      <span>
        <CoinIcon size={16} /> {priceOf(service)}
      </span>
    </>
  );
}
