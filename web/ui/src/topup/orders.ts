/**
 * Orders as the pages of this folder need them: the price list, placing one, and following one
 * until it is decided. Sums are whole numbers of the smallest unit; they become words only here.
 */
import { useEffect, useState } from "preact/hooks";
import { commandKey, request } from "../api";
import { ApiError } from "../api/error";
import type { components } from "../generated/rest";
import { translator } from "../i18n";
import english from "../i18n/en/topup.json";

export type Offer = components["schemas"]["OfferBody"];
export type Package = components["schemas"]["PackageBody"];
export type Order = components["schemas"]["OrderBody"];
export type OrderList = components["schemas"]["OrderList"];
export type Placed = components["schemas"]["PlacedBody"];
export type MoneyAlert = components["schemas"]["MoneyAlertBody"];

export const t = translator("topup", english);

const ASK_MS = 1_500;
/** After that the order is looked at only rarely: somebody left the tab open. */
const PATIENCE_MS = 10 * 60_000;
const ASK_RARELY_MS = 20_000;

export { coins as coinsOf, currency as price } from "../money/words";

export function gatewayName(gateway: string): string {
  const known = ["razorpay", "stripe", "mpesa", "demo"].includes(gateway);
  return known ? t(`gateway.${gateway}` as "gateway.demo") : gateway;
}

/** Where a package is paid: a page that places the order under this key and goes on from there. */
export function payAddress(gateway: string, pack: Package, key: string, more = ""): string {
  return `/wallet/pay?${new URLSearchParams({ gateway, package: pack.id, key })}${more}`;
}

export const newKey = commandKey;

/** With a meeting, the coins pay for that booking when they come. */
export function place(gateway: string, pack: string, key: string, more: { phone?: string; meetingId?: string } = {}): Promise<Placed> {
  const body = { gateway, package: pack, ...more };
  return request<Placed>("/api/payment/create-order", { method: "POST", body, idempotencyKey: key });
}

/** An order that is followed by its id, or by the key under which another tab places it. */
export type Followed = { id: string } | { key: string };

export type Outcome = "open" | "paid" | "failed" | "expired";

export function outcomeOf(order: Order | null): Outcome {
  if (order === null) return "open";
  if (["paid", "refunded", "disputed"].includes(order.state)) return "paid";
  if (order.state === "failed") return "failed";
  return order.state === "expired" ? "expired" : "open";
}

/**
 * Asks about an order until it is paid. A failed one is asked about too: its payer may try again,
 * or the money may come late. `unknown` only for an id: a key may not have been used yet.
 */
export function useOrder(followed: Followed | null): { order: Order | null; unknown: boolean } {
  const [order, setOrder] = useState<Order | null>(null);
  const [unknown, setUnknown] = useState(false);
  const path = followed && ("id" in followed ? encodeURIComponent(followed.id) : `by-key/${encodeURIComponent(followed.key)}`);
  const byKey = followed !== null && "key" in followed;
  useEffect(() => {
    setOrder(null);
    setUnknown(false);
    if (path === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    const since = Date.now();
    const ask = async () => {
      try {
        const now = await request<Order>(`/api/payment/orders/${path}`);
        if (gone) return;
        setOrder(now);
        if (outcomeOf(now) === "paid") return;
      } catch (cause) {
        if (gone) return;
        const missing = cause instanceof ApiError && cause.status === 404;
        if (missing && !byKey) {
          setUnknown(true);
          return;
        }
      }
      timer = setTimeout(() => void ask(), Date.now() - since < PATIENCE_MS ? ASK_MS : ASK_RARELY_MS);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [path, byKey]);
  return { order, unknown };
}
