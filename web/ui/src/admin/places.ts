/**
 * The pages of the operator in groups, one line each, in the order of the navigation. A page needs a
 * line here, its words in the area `admin`, and a route with `access: "admin"`, which gives it the frame.
 */
export const PLACES = [
  {
    group: "nav.now",
    places: [
      { href: "/admin", words: "nav.overview" },
      { href: "/admin/live", words: "nav.live" },
      { href: "/admin/doctor", words: "nav.doctor" },
    ],
  },
  {
    group: "nav.people",
    places: [
      { href: "/admin/people", words: "nav.everybody" },
      { href: "/admin/hosts", words: "nav.hosts" },
      { href: "/admin/reports", words: "nav.reports" },
      { href: "/admin/reviews", words: "nav.reviews" },
    ],
  },
  {
    group: "nav.trade",
    places: [
      { href: "/admin/meetings", words: "nav.meetings" },
      { href: "/admin/payments", words: "nav.payments" },
      { href: "/admin/disputes", words: "nav.disputes" },
      { href: "/admin/payouts", words: "nav.payouts" },
      { href: "/admin/books", words: "nav.books" },
    ],
  },
  {
    group: "nav.house",
    places: [
      { href: "/admin/maintenance", words: "nav.maintenance" },
      { href: "/admin/setup", words: "nav.setup" },
      { href: "/admin/settings", words: "nav.settings" },
      { href: "/admin/mail", words: "nav.mail" },
      { href: "/admin/privacy", words: "nav.privacy" },
      { href: "/admin/audit", words: "nav.audit" },
    ],
  },
] as const;

export type Place = (typeof PLACES)[number]["places"][number];

/** The line that an address stands under: its own, or the longest one that it goes on from. */
export function lineOf(path: string): Place | undefined {
  const all: readonly Place[] = PLACES.flatMap(({ places }) => [...places]);
  const fits = all.filter(({ href }) => path === href || (href !== "/admin" && path.startsWith(`${href}/`)));
  return fits.sort((a, b) => b.href.length - a.href.length)[0];
}
