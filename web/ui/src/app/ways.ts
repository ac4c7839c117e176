/**
 * The ways on from every page, by who may go them: the header and the menu both show these and no
 * others. Showing is all that is decided here; the server decides what a person may read.
 */
import type { Me } from "../api";

export interface Way {
  href: string;
  /** Key of its words in the area `app`. */
  words:
    | "frame.meetings"
    | "frame.find"
    | "frame.calls"
    | "frame.requests"
    | "frame.wallet"
    | "frame.earnings"
    | "frame.calendar"
    | "frame.services"
    | "frame.hours"
    | "frame.profile"
    | "frame.account"
    | "frame.admin";
}

export const takesCalls = (me: Me): boolean => me.role === "admin" || me.role === "host" || me.hostStatus === "approved";

/** What everybody does; in the header itself where there is room. */
export const MAIN: readonly Way[] = [
  { href: "/", words: "frame.meetings" },
  { href: "/hosts", words: "frame.find" },
  { href: "/calls", words: "frame.calls" },
];

/** What is one's own. */
export const own = (me: Me): Way[] => [
  { href: "/wallet", words: "frame.wallet" },
  ...(takesCalls(me)
    ? ([
        { href: "/calendar", words: "frame.calendar" },
        { href: "/services", words: "frame.services" },
        { href: "/availability", words: "frame.hours" },
        { href: "/requests", words: "frame.requests" },
        { href: "/earnings", words: "frame.earnings" },
        { href: "/account/host", words: "frame.profile" },
      ] as const)
    : []),
  { href: "/account", words: "frame.account" },
];

/** For who runs the place: one way in, to pages that have a navigation of their own (`admin/places`). */
export const operator = (me: Me): readonly Way[] => (me.role === "admin" ? [{ href: "/admin", words: "frame.admin" }] : []);
