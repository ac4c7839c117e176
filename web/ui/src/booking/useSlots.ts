/**
 * The free times of one month, kept true while others book: who has an account is told by the server,
 * a stranger asks again after a while; both ask when a hold ends that the server named.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../api";
import { onLive } from "../app/live";
import type { Day } from "./days";
import { givenBack } from "./holds";
import type { Slots } from "./words";

/** So many in one answer; then the rest is asked for. */
const PAGE = 2_000;
const PAGES_MAX = 6;
/** How often a stranger asks, and how often one who has not touched the page for long. */
const ASK_MS = 20_000;
const ASK_RARELY_MS = 90_000;
const PATIENCE_MS = 5 * 60_000;
/** News come in crowds. */
const SETTLE_MS = 150;
/** The server forgets who looks; it is told again before. */
const RENEW_BEFORE_MS = 30_000;

export interface Span {
  from: number;
  to: number;
}

export interface FreeTimes {
  /** The span that they are of, for who has turned the page meanwhile. */
  span: Span;
  slots: number[];
  /** Of a group's service: how many seats each has left. */
  seats: ReadonlyMap<number, number> | null;
  /** Days as the host counts them that have nothing left, and can be waited for. */
  full: ReadonlySet<Day>;
  hostZone: string;
}

export interface Asked {
  free: FreeTimes | null;
  error: unknown;
  reload: () => void;
}

export const pathOf = (hostId: string, serviceId: string, span: Span, limit?: number): string =>
  `/api/hosts/${encodeURIComponent(hostId)}/slots?service=${encodeURIComponent(serviceId)}&from=${span.from}&to=${span.to}${limit === undefined ? "" : `&limit=${limit}`}`;

async function fetchAll(hostId: string, serviceId: string, span: Span): Promise<Slots> {
  const first = await request<Slots>(pathOf(hostId, serviceId, span));
  for (let page = 1, last = first; last.slots.length >= PAGE && page < PAGES_MAX; page += 1) {
    last = await request<Slots>(pathOf(hostId, serviceId, { from: (last.slots.at(-1) ?? span.to) + 1, to: span.to }));
    first.slots.push(...last.slots);
    first.seatsLeft?.push(...(last.seatsLeft ?? []));
    first.fullDays.push(...last.fullDays);
  }
  return first;
}

/** The next free time in the year to come; null when there is none. */
export async function nextFree(hostId: string, serviceId: string, from: number): Promise<number | null> {
  const year = { from, to: from + 366 * 86_400_000 };
  const { slots } = await request<Slots>(pathOf(hostId, serviceId, year, 1));
  return slots[0] ?? null;
}

export function useSlots(hostId: string, serviceId: string, span: Span, member: boolean): Asked {
  const [free, setFree] = useState<FreeTimes | null>(null);
  const [error, setError] = useState<unknown>(null);
  const ask = useRef(() => {});
  useEffect(() => {
    let gone = false;
    let newest = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let soon: ReturnType<typeof setTimeout> | undefined;
    let touched = Date.now();
    const again = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => void load(), Math.max(1_000, Math.min(ms, 2_000_000_000)));
    };
    const load = async () => {
      newest += 1;
      const mine = newest;
      try {
        await givenBack();
        const answer = await fetchAll(hostId, serviceId, span);
        if (gone || mine !== newest) return;
        const { seatsLeft } = answer;
        const seats = seatsLeft ? new Map(answer.slots.map((at, index) => [at, seatsLeft[index] ?? 0])) : null;
        setFree({ span, slots: answer.slots, seats, full: new Set(answer.fullDays), hostZone: answer.timeZone });
        setError(null);
        again(nextAsk(answer));
      } catch (cause) {
        if (gone || mine !== newest) return;
        setError(cause);
        again(ASK_MS);
      }
    };
    const nextAsk = ({ changesAt, watchedUntil }: Slots): number => {
      const now = Date.now();
      const patient = now - touched < PATIENCE_MS ? ASK_MS : ASK_RARELY_MS;
      const waits = watchedUntil == null ? [document.visibilityState === "visible" ? patient : ASK_RARELY_MS] : [watchedUntil - now - RENEW_BEFORE_MS];
      if (changesAt != null && changesAt > now) waits.push(changesAt - now + 200);
      return Math.min(...waits);
    };
    const settle = () => {
      clearTimeout(soon);
      soon = setTimeout(() => void load(), SETTLE_MS);
    };
    const back = () => {
      touched = Date.now();
      if (document.visibilityState === "visible") settle();
    };
    const touch = () => {
      touched = Date.now();
    };
    ask.current = () => void load();
    void load();
    document.addEventListener("visibilitychange", back);
    document.addEventListener("pointerdown", touch);
    document.addEventListener("keydown", touch);
    const off = member
      ? onLive((socket) => [
          socket.on("slots-changed", (news) => {
            if (news.hostId === hostId) settle();
          }),
          socket.onWelcome(settle),
        ])
      : undefined;
    return () => {
      gone = true;
      clearTimeout(timer);
      clearTimeout(soon);
      document.removeEventListener("visibilitychange", back);
      document.removeEventListener("pointerdown", touch);
      document.removeEventListener("keydown", touch);
      off?.();
    };
  }, [hostId, serviceId, span.from, span.to, member]);
  return { free, error, reload: () => ask.current() };
}
