// The calendar objects of the golden mails, read by Mozilla's parser.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const golden = new URL("../../../actors/tests/golden/", import.meta.url);
const read = (name) => readFileSync(new URL(name, golden), "utf8");

/** The entry of a mail's attachment, which is the same object as the part. */
function entry(name) {
  const mail = read(name);
  const part = mail.split("application/ics")[1];
  const [head, ...rest] = part.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n").split("\r\n--")[0];
  const text = /base64/i.test(head) ? Buffer.from(body, "base64").toString() : /quoted/i.test(head) ? unquoted(body) : body;
  const calendar = new ICAL.Component(ICAL.parse(text));
  return { method: calendar.getFirstPropertyValue("method"), event: new ICAL.Event(calendar.getFirstSubcomponent("vevent")) };
}

const unquoted = (text) =>
  Buffer.from(text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), "latin1").toString();

const same = (found, expected) => {
  if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
};

const all = ["invitation-en.eml", "changed-de.eml", "cancelled-de.eml"].map(entry);
same(all.map((it) => it.method), ["REQUEST", "REQUEST", "CANCEL"]);
same(all.map((it) => it.event.sequence), [1, 2, 3]);
same(new Set(all.map((it) => it.event.uid)).size, 1);
same(all[0].event.startDate.toJSDate().toISOString(), "2026-03-29T03:00:00.000Z");
same(all[0].event.duration.toSeconds(), 50 * 60);
same(all[0].event.summary, "Talk, walk & more");
const feed = new ICAL.Component(ICAL.parse(read("feed.ics")));
same(feed.getAllSubcomponents("vevent").length, 3);
console.log("ok ical.js: REQUEST, REQUEST, CANCEL of one entry, and a feed of three");
