/** A time that is kept for who chose it, and given back when they want another. */
import { request } from "../api";
import { ApiError } from "../api/error";
import type { Draft } from "./draft";
import type { Hold, Service } from "./words";

/** So long whoever looks for free times waits for one that is being given back, ms. */
const GIVING_MS = 3_000;

let giving: Promise<unknown> = Promise.resolve();

/** Keeps a time for its client. */
export async function hold(service: Service, startsAt: number, hostZone: string): Promise<Draft> {
  const { hostId, serviceId } = service;
  const path = `/api/hosts/${encodeURIComponent(hostId)}/holds`;
  const held = await request<Hold>(path, { method: "POST", body: { serviceId, startsAt } });
  return { hostId, serviceId, startsAt, holdId: held.holdId, until: Date.now() + held.lastsMs, hostZone };
}

/** A time that nobody wants any more is free for others at once; a failure frees it a little later. */
export function giveBack({ hostId, holdId, startsAt }: Draft): void {
  if (holdId === null) return;
  const path = `/api/hosts/${encodeURIComponent(hostId)}/holds/${encodeURIComponent(holdId)}?startsAt=${startsAt}`;
  const given = request(path, { method: "DELETE" }).catch(() => undefined);
  giving = Promise.race([given, new Promise((late) => setTimeout(late, GIVING_MS))]);
}

/** When what was given back is free again: asked for before, it would be missing from the free times. */
export const givenBack = (): Promise<unknown> => giving;

/** What is free near a time that is taken; undefined for another trouble. */
export const nearOf = (cause: unknown): number[] | undefined =>
  cause instanceof ApiError && cause.code === "slot_taken" ? (cause.body.alternatives ?? []) : undefined;
