/**
 * What can be done to one booking, by somebody with an account or by the link of a mail: the dialogs
 * do not know which of the two they serve.
 */
import { type Meeting, request } from "../api";
import type { components } from "../generated/rest";

export type Quote = components["schemas"]["QuoteBody"];
export type Managed = { meeting: Meeting; quote: Quote };

export interface Actions {
  /** What calling off would do now. */
  quote: (following: boolean) => Promise<Quote>;
  cancel: (remark: string, following: boolean) => Promise<Meeting>;
  /** `following`: all that come after it in its series as far. */
  move: (startsAt: number, following: boolean) => Promise<Meeting>;
  /** The whole session of a group, by its host. */
  cancelSession?: () => Promise<Meeting>;
}

const pathOf = (id: string): string => `/api/bookings/${encodeURIComponent(id)}`;

export function byAccount(id: string): Actions {
  const path = pathOf(id);
  return {
    quote: (following) => request<Quote>(`${path}/quote?following=${following}`),
    cancel: (remark, following) => request<Meeting>(`${path}/cancel`, { method: "POST", body: { remark, following } }),
    move: (startsAt, following) => request<Meeting>(`${path}/move`, { method: "POST", body: { startsAt, following } }),
    cancelSession: () => request<Meeting>(`/api/meetings/${encodeURIComponent(id)}?session=true`, { method: "DELETE" }),
  };
}

/** One that its host wrote down: nothing is owed, nothing comes back. */
export function plain(id: string): Actions {
  return { ...byAccount(id), quote: async () => ({ by: "", refundBps: 0, refundMc: 0, keptMc: 0, meetings: 1 }) };
}

/** The token goes in the body, so that it is in no address and no log. */
const byToken = <T>(what: string, body: object): Promise<T> => request<T>(`/api/manage/${what}`, { method: "POST", auth: "none", body });

export const preview = (token: string): Promise<Managed> => byToken<Managed>("preview", { token });

export function byLink(token: string): Actions {
  return {
    quote: async () => (await preview(token)).quote,
    cancel: (remark) => byToken<Meeting>("cancel", { token, remark }),
    move: (startsAt) => byToken<Meeting>("move", { token, startsAt }),
  };
}

/** The token at the end of a manage link. */
export const tokenOf = (link: string): string => link.slice(link.lastIndexOf("/") + 1);

export const pay = (id: string): Promise<Meeting> => request<Meeting>(`${pathOf(id)}/pay`, { method: "POST", body: {} });

export const answer = (id: string, accept: boolean, remark: string): Promise<Meeting> =>
  request<Meeting>(`${pathOf(id)}/answer`, { method: "POST", body: { accept, remark } });

export type Verdict = "completed" | "no_show_client" | "no_show_host" | "expired";

export const judge = (id: string, verdict: Verdict): Promise<Meeting> =>
  request<Meeting>(`${pathOf(id)}/attendance`, { method: "POST", body: { verdict } });
