/** How far a server is that begins anew, from what it answers. */

export type Phase = "stopping" | "starting" | "back";

/** What one question found: nobody, somebody who says no more than that, one who refuses our login, or a process. */
export type Seen = { kind: "nobody" } | { kind: "somebody" } | { kind: "refused" } | { kind: "process"; process: string };

export function phaseAfter(before: Phase, seen: Seen, process: string): Phase {
  if (before === "back") return "back";
  if (seen.kind === "nobody") return "starting";
  if (seen.kind === "process") return seen.process === process ? before : "back";
  // A token is of the address at which it was made: the one who refuses it has another.
  if (seen.kind === "refused") return "back";
  return before === "starting" ? "back" : before;
}

/** Asks once, past everything that repeats or renews: a failure is an answer here. */
export async function look(
  send: (path: string, init: RequestInit) => Promise<Response>,
  token: string | null,
  processOf: (body: unknown) => string | undefined,
): Promise<Seen> {
  try {
    const headers = { Accept: "application/json", ...(token === null ? {} : { Authorization: `Bearer ${token}` }) };
    const response = await send("/api/admin/setup", { headers, credentials: "same-origin", cache: "no-store" });
    // A proxy in front says so when nobody is behind it.
    if (response.status === 502 || response.status === 503 || response.status === 504) return { kind: "nobody" };
    if (response.status === 401) return { kind: "refused" };
    const process = response.ok ? processOf(await response.json()) : undefined;
    return process === undefined ? { kind: "somebody" } : { kind: "process", process };
  } catch {
    return { kind: "nobody" };
  }
}
