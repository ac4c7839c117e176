/** What a client can book next with these hours, straight from where clients ask: the proof of the editor. */
import { useCallback, useEffect, useState } from "preact/hooks";
import { request, session } from "../api";
import { useFetched } from "../app/hooks";
import { onLive } from "../app/live";
import { ButtonLink, Card, Select } from "../components";
import { clockTime, dayName, toInputs, zoneName } from "../i18n/time";
import { type Service, type Slots, ta } from "./words";

const AHEAD_MS = 28 * 86_400_000;
const DAYS_SHOWN = 3;
const TIMES_SHOWN = 8;

/** `turn` changes when the hours were saved. */
export function NextFree({ turn, now, zone }: { turn: number; now: number; zone: string }) {
  const services = useFetched<Service[]>("/api/services");
  const offered = (services.data ?? []).filter((it) => it.active);
  const [chosen, setChosen] = useState<string | null>(null);
  const service = offered.find((it) => it.serviceId === chosen) ?? offered[0];
  if (services.data === null) return null;
  return (
    <Card title={ta("next.title")} class="agenda-next">
      {service === undefined ? (
        <>
          <p class="quiet">{ta("next.noService")}</p>
          <ButtonLink href="/services/new">{ta("services.new")}</ButtonLink>
        </>
      ) : (
        <>
          {offered.length > 1 && (
            <Select
              label={ta("next.service")}
              value={service.serviceId}
              onChange={(event) => setChosen(event.currentTarget.value)}
              options={offered.map((it) => ({ value: it.serviceId, label: it.title }))}
            />
          )}
          <Times key={service.serviceId} service={service} turn={turn} now={now} zone={zone} />
        </>
      )}
    </Card>
  );
}

function Times({ service, turn, now, zone }: { service: Service; turn: number; now: number; zone: string }) {
  const [slots, setSlots] = useState<Slots | "failed" | null>(null);
  const me = session.identity.value.kind === "member" ? session.identity.value.user.userId : "";
  const load = useCallback(async () => {
    const from = Date.now();
    const path = `/api/hosts/${me}/slots?service=${encodeURIComponent(service.serviceId)}&from=${from}&to=${from + AHEAD_MS}`;
    setSlots(await request<Slots>(path).catch(() => "failed" as const));
  }, [me, service.serviceId]);
  useEffect(() => {
    void load();
    return onLive((socket) => [socket.on("slots-changed", ({ hostId }) => hostId === me && void load())]);
  }, [load, turn, me]);
  if (slots === null) return <p class="quiet">{ta("next.loading")}</p>;
  if (slots === "failed") return <p class="quiet">{ta("next.failed")}</p>;
  const days = byDay(slots.slots, zone).slice(0, DAYS_SHOWN);
  return (
    <div class="stack-tight" aria-live="polite">
      {days.length === 0 && <p>{ta("next.none")}</p>}
      {days.map(({ date, starts }) => (
        <div key={date}>
          <h3 class="agenda-next-day">{dayName(starts[0] ?? 0, now, zone)}</h3>
          <ul role="list" class="agenda-times">
            {starts.slice(0, TIMES_SHOWN).map((at) => (
              <li key={at}>{clockTime(at, zone)}</li>
            ))}
            {starts.length > TIMES_SHOWN && <li class="agenda-times-more">{ta("next.more", { count: starts.length - TIMES_SHOWN })}</li>}
          </ul>
        </div>
      ))}
      <p class="quiet small">{ta("next.zone", { zone: zoneName(zone, now) })}</p>
    </div>
  );
}

function byDay(starts: readonly number[], zone: string): { date: string; starts: number[] }[] {
  const days: { date: string; starts: number[] }[] = [];
  for (const at of starts) {
    const { date } = toInputs(at, zone);
    const last = days.at(-1);
    if (last?.date === date) last.starts.push(at);
    else days.push({ date, starts: [at] });
  }
  return days;
}
