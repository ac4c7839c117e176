/**
 * One appointment as the addresses of other people's calendars: made here, opened only by a press.
 * The file for every other calendar comes from the server, which alone writes calendar objects.
 */

export interface Appointment {
  subject: string;
  description: string;
  /** Epoch ms. */
  startsAt: number;
  minutes: number;
  /** The page that opens it. */
  link: string;
}

const utc = (at: number): string => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
const endOf = (it: Appointment): number => it.startsAt + it.minutes * 60_000;
const details = (it: Appointment): string => [it.description, it.link].filter(Boolean).join("\n\n");

export function googleLink(it: Appointment): string {
  const query = new URLSearchParams({
    action: "TEMPLATE",
    text: it.subject,
    dates: `${utc(it.startsAt)}/${utc(endOf(it))}`,
    details: details(it),
    location: it.link,
  });
  return `https://calendar.google.com/calendar/render?${query}`;
}

export function outlookLink(it: Appointment): string {
  const query = new URLSearchParams({
    path: "/calendar/action/compose",
    rru: "addevent",
    subject: it.subject,
    startdt: new Date(it.startsAt).toISOString(),
    enddt: new Date(endOf(it)).toISOString(),
    body: details(it),
    location: it.link,
  });
  // Its own parser does not read "+" as a space.
  return `https://outlook.live.com/calendar/0/deeplink/compose?${String(query).replace(/\+/g, "%20")}`;
}
