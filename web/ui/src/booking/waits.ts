/**
 * The days that somebody waits for: of who has an account the server knows them, of a guest this tab
 * does. Waiting ends by itself: when it is told of a free time, or with its day.
 */
import { useEffect, useState } from "preact/hooks";
import { type Me, request } from "../api";
import { language } from "../i18n";
import type { Day } from "./days";
import { read, tab, write } from "./kept";
import type { Service, Waiting } from "./words";
import { zone } from "./zone";

const KEPT = "parlor.waiting.";

/** Where the mail of somebody without an account goes. */
export interface Reached {
  name: string;
  email: string;
  /** The version of the texts that they agreed to, where there are any. */
  agreedTo?: string | undefined;
}

export interface Waits {
  /** For this service, the next day first. */
  all: readonly Waiting[];
  begin: (day: Day, reached: Reached | null) => Promise<void>;
  end: (waiting: Waiting) => Promise<void>;
}

/** What is not over, and of this service. */
export const waitsFor = (all: readonly Waiting[], { hostId, serviceId }: Pick<Service, "hostId" | "serviceId">, now: number): Waiting[] =>
  all.filter((it) => it.hostId === hostId && it.serviceId === serviceId && it.to > now).sort((a, b) => a.from - b.from);

export function useWaits(service: Service, me: Me | null): Waits {
  const [known, setKnown] = useState<readonly Waiting[]>([]);
  const place = KEPT + service.serviceId;
  const keep = (all: readonly Waiting[]) => {
    setKnown(all);
    if (me === null) write(tab, place, all);
  };
  useEffect(() => {
    if (me === null) return setKnown(read<Waiting[]>(tab, place) ?? []);
    let gone = false;
    const ask = () =>
      void request<Waiting[]>("/api/waiting").then(
        (all) => !gone && setKnown(all),
        () => undefined, // the offer to wait stands all the same, and waiting twice is waiting once
      );
    const back = () => document.visibilityState === "visible" && ask();
    ask();
    document.addEventListener("visibilitychange", back);
    return () => {
      gone = true;
      document.removeEventListener("visibilitychange", back);
    };
  }, [service.serviceId, me?.userId]);
  return {
    all: waitsFor(known, service, Date.now()),
    async begin(day, reached) {
      const path = `/api/hosts/${encodeURIComponent(service.hostId)}/waiting`;
      const who = reached === null ? {} : { ...reached, language: language(), timeZone: zone.value };
      const begun = await request<Waiting>(path, { method: "POST", body: { serviceId: service.serviceId, day, ...who } });
      keep([...known.filter((it) => it.waitingId !== begun.waitingId), begun]);
    },
    async end({ waitingId }) {
      await request(`/api/waiting/${encodeURIComponent(waitingId)}`, { method: "DELETE" });
      keep(known.filter((it) => it.waitingId !== waitingId));
    },
  };
}
