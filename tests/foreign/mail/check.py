"""Reads the golden mails (actors/tests/golden) with other people's programs: Python's email for the
parts, icalendar for the entries, dkimpy for the signatures; and brings the feed to Radicale."""

import email
import email.policy
import html.parser
import http.client
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time

import dkim
import icalendar

GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "actors/tests/golden"


def mail(name):
    return email.message_from_bytes((GOLDEN / name).read_bytes(), policy=email.policy.default)


def event(message):
    [part] = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    assert calendar["METHOD"] == part.get_param("method"), "method of part and object"
    [entry] = calendar.walk("VEVENT")
    assert not entry.errors, entry.errors
    return calendar["METHOD"], entry


class Page(html.parser.HTMLParser):
    """What a reader of the HTML form gets: its words, its links, its language, and what it would load."""

    def __init__(self, text):
        super().__init__()
        self.words, self.links, self.loads, self.language, self.quiet = [], set(), [], None, 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.language = attributes.get("lang", self.language)
        self.quiet += tag == "title"
        if tag == "a":
            self.links.add(attributes["href"])
        if tag in ("img", "script", "link", "iframe") or "src" in attributes or "url(" in attributes.get("style", ""):
            self.loads.append(tag)

    def handle_endtag(self, tag):
        self.quiet -= tag == "title"

    def handle_data(self, data):
        if not self.quiet:
            self.words += data.split()


def readable(name, message):
    """The plain form stands for itself, and the HTML form says the same and loads nothing."""
    text, page = [message.get_body((kind,)).get_content() for kind in ("plain", "html")]
    assert not re.search(r"<[a-z/]|&[a-z]+;|\{\{|\{%", text), (name, text)
    assert not re.search(r"\n\n\n|[ \t]\n(?<!-- \n)", text), (name, text)
    page = Page(page)
    assert page.language == message["Content-Language"] == name[-6:-4], name
    assert not page.loads, (name, page.loads)
    assert page.links <= set(re.findall(r"https?://\S+", text)), (name, page.links)
    missing = [word for word in text.split() if word != "--" and word not in page.words]
    assert not missing, (name, missing)


def parts():
    for path in sorted(GOLDEN.glob("*.eml")):
        message = mail(path.name)
        assert not message.defects, (path.name, message.defects)
        bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
        assert all(body.get_content().strip() for body in bodies), path.name
        if not path.name.startswith("signed"):
            readable(path.name, message)
        assert message["Auto-Submitted"] == "auto-generated"
        optional = path.name.startswith(("reminder", "digest"))
        assert (message["List-Unsubscribe"] is not None) == optional, path.name
        assert (message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") == optional
        print("ok mail", path.name, "|", message["Subject"])


def p12_one_entry_for_ever():
    names = ["invitation-en.eml", "changed-de.eml", "cancelled-de.eml"]
    methods, entries = zip(*[event(mail(name)) for name in names])
    assert methods == ("REQUEST", "REQUEST", "CANCEL"), methods
    assert len({str(it["UID"]) for it in entries}) == 1
    assert [it["SEQUENCE"] for it in entries] == [1, 2, 3]
    assert [str(it["STATUS"]) for it in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert entries[0].decoded("DTSTART").isoformat() == "2026-03-29T03:00:00+00:00"
    assert entries[1].decoded("DTSTART").isoformat() == "2026-03-29T04:00:00+00:00"
    assert str(entries[0]["SUMMARY"]) == "Talk, walk & more"
    assert str(entries[0]["DESCRIPTION"]) == "Bring your notes;\nand a pen."
    assert len({str(it["ORGANIZER"]) for it in entries}) == 1
    print("ok icalendar: REQUEST, REQUEST, CANCEL of one entry")


def p13_signatures():
    for name in ("ed25519", "rsa"):
        text = (GOLDEN / f"signed-{name}.eml").read_bytes()
        at, record = (GOLDEN / f"signed-{name}.txt").read_text().strip().split(" ", 1)

        def dns(asked, timeout=5):
            assert asked.decode().rstrip(".") == at, asked
            return record.encode()

        assert dkim.verify(text, dnsfunc=dns), name
        for before, after in [(b"Subject: ", b"Subject: x"), (b"BEGIN:VEVENT", b"BEGIN:VEVENX"), (b"To: ", b"To: x")]:
            changed = text.replace(before, after, 1)
            assert changed != text and not dkim.verify(changed, dnsfunc=dns), (name, before)
        print("ok dkimpy:", name, "holds, and no change goes unseen")


def p12_one_entry_in_a_calendar(port):
    """What the mails bring, as a calendar program puts it in: one entry that moves and is called off."""
    login = {"Authorization": "Basic YWRhOmFkYQ==", "Content-Type": "text/calendar"}

    def ask(method, path, body=None):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        line.request(method, path, body=body, headers=login)
        answer = line.getresponse()
        return answer.status, answer.read()

    assert ask("MKCALENDAR", "/ada/own/")[0] == 201
    for number, name in enumerate(["invitation-en.eml", "changed-de.eml", "cancelled-de.eml"], 1):
        method, entry = event(mail(name))
        calendar = icalendar.Calendar({"prodid": "-//test//", "version": "2.0"})
        calendar.add_component(entry)
        # As another entry it is refused: the calendar knows it.
        if number > 1:
            assert ask("PUT", f"/ada/own/{number}.ics", calendar.to_ical())[0] == 409, name
        status, _ = ask("PUT", "/ada/own/1.ics", calendar.to_ical())
        assert status in (200, 201, 204), (name, status)
        [kept] = icalendar.Calendar.from_ical(ask("GET", "/ada/own/")[1]).walk("VEVENT")
        assert kept["SEQUENCE"] == number, name
    assert kept["STATUS"] == "CANCELLED"
    print("ok radicale: REQUEST, REQUEST, CANCEL keep one entry")


def radicale():
    feed = (GOLDEN / "feed.ics").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = ["--storage-filesystem-folder", folder, "--auth-type", "none", "--rights-type", "authenticated"]
        command = [sys.executable, "-m", "radicale", "--server-hosts", f"127.0.0.1:{port}", *settings]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            login = {"Authorization": "Basic YWRhOmFkYQ==", "Content-Type": "text/calendar"}

            def ask(method, body=None):
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
                line.request(method, "/ada/feed/", body=body, headers=login)
                answer = line.getresponse()
                return answer.status, answer.read()

            deadline = time.monotonic() + 30
            while True:
                try:
                    status, _ = ask("PUT", feed)
                    break
                except OSError:
                    assert time.monotonic() < deadline and server.poll() is None, "Radicale did not start"
                    time.sleep(0.2)
            assert status in (200, 201), status
            status, text = ask("GET")
            assert status == 200, status
            p12_one_entry_in_a_calendar(port)
        finally:
            server.terminate()
            server.wait()
    names = lambda ics: sorted(str(it["SUMMARY"]) for it in icalendar.Calendar.from_ical(ics).walk("VEVENT"))
    assert names(text) == names(feed) and len(names(feed)) == 3, names(text)
    print("ok radicale: the feed's", len(names(feed)), "entries came in and out again")


parts()
p12_one_entry_for_ever()
p13_signatures()
radicale()
