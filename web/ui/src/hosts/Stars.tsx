/** What people gave, in stars: drawn for the eye, in words for readers. */
import { StarIcon } from "../components";
import { locale } from "../i18n/languages";
import { th } from "./words";

const decimal = (centi: number): string =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(centi / 100);

/** The mean of all, `★ 4.8 (12)`; nothing before the first one. */
export function Rating({ centi, count }: { centi: number | null | undefined; count: number }) {
  if (centi == null || count === 0) return null;
  return (
    <span class="mean">
      <span class="only-read">{th("rating.words", { stars: decimal(centi), count })}</span>
      <span aria-hidden="true">
        <StarIcon size={16} /> {decimal(centi)} <span class="quiet">({count})</span>
      </span>
    </span>
  );
}

/** What one person gave. */
export function Stars({ stars }: { stars: number }) {
  return (
    <span class="given">
      <span class="only-read">{th("rating.given", { stars })}</span>
      <span aria-hidden="true">
        {[1, 2, 3, 4, 5].map((place) => (
          <span key={place} class={place <= stars ? "star-full" : "star-empty"}>
            <StarIcon size={16} />
          </span>
        ))}
      </span>
    </span>
  );
}
