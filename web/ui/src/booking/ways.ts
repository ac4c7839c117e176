/**
 * What of the price list pays for a booking: exactly its price, where it is one in a currency, or coins
 * that are enough. Pure.
 */
import type { Meeting } from "../api";
import type { Offer } from "../topup/orders";

/** The package that is no package: just what this booking costs. */
const BOOKING = "booking";

/** The gateways that take the currency of the price, each with that one price; none for one in coins. */
export function exactOffers(offers: readonly Offer[], booking: Meeting["booking"]): Offer[] {
  const money = booking?.priceMoney;
  if (!booking || !money) return [];
  const pack = { id: BOOKING, coins: booking.priceMc / 1000, priceMinor: money.minor, currency: money.currency };
  return offers.flatMap((offer) => {
    const alike = offer.packages.find((it) => it.currency === money.currency);
    // M-Pesa knows no cents.
    const takes = offer.gateway !== "mpesa" || money.minor % 100 === 0;
    return alike && takes ? [{ ...offer, packages: [{ ...alike, ...pack }] }] : [];
  });
}

/** Every gateway, without the packages that would not be enough, unless none is. */
export function enoughOffers(offers: readonly Offer[], missing: number): Offer[] {
  return offers.map((offer) => {
    const fit = offer.packages.filter((it) => it.coins * 1000 >= missing);
    return fit.length > 0 ? { ...offer, packages: fit } : offer;
  });
}
