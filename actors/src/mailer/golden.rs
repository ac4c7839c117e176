//! Whole mails as files, so that a change of a mail is seen as what it is: `actors/tests/golden/*.eml`,
//! every kind in every language. `make generate` (`PARLOR_REGENERATE=1`) writes them again.
//! `tests/foreign/mail` reads the same files with other people's parsers.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use minijinja::{Value, context};
use parlor_domain::{
    account::Email,
    id::{MailId, MeetingId},
    time::{Millis, Timestamp},
};
use uuid::Uuid;

use super::{Dkim, Letter, MailTexts, Sender, local_time, texts};
use crate::calendar::{self, CalendarPart, Entry, Method, Person};

/// Keys of the tests and of nothing else.
const KEYS: [(&str, &str); 2] = [
    ("ed25519", include_str!("../../tests/golden/ed25519.pem")),
    ("rsa", include_str!("../../tests/golden/rsa.pem")),
];
/// 2026-03-02, 10:00 UTC.
const WRITTEN: Timestamp = Timestamp(1_772_445_600_000);
/// 2026-03-29, 03:00 UTC: two hours after the clocks of Berlin went forward.
const STARTS: Timestamp = Timestamp(1_774_753_200_000);

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden"))
}

fn check(name: &str, found: &[u8]) {
    let path = folder().join(name);
    if std::env::var_os("PARLOR_REGENERATE").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read(&path).unwrap_or_default();
    assert!(
        expected == found,
        "{name} is not what it was:\n{}\nPARLOR_REGENERATE=1 writes it again",
        String::from_utf8_lossy(found)
    );
}

/// Who reads, in which language and zone.
struct Reader(&'static str, &'static str, &'static str);

/// Words that a text has for some occasions only: the name of the file, the text, and the occasion.
fn occasions() -> [(&'static str, &'static str, Value); 13] {
    [
        (
            "invitation_asks",
            "invitation",
            context! {
                to_host => true, asks => true,
                link => "https://parlor.example/requests/uN1e4_0123456789abcdefghij-",
            },
        ),
        (
            "invitation_booked",
            "invitation",
            context! { to_host => true },
        ),
        (
            "reminder_hours",
            "reminder",
            context! { minutes_left => 1_430, hours_left => 24 },
        ),
        (
            "reminder_now",
            "reminder",
            context! { minutes_left => 0, hours_left => 0 },
        ),
        (
            "lapsed_declined",
            "lapsed",
            context! { declined => true, refunded => true },
        ),
        ("lapsed_unpaid", "lapsed", context! { unpaid => true }),
        ("lapsed_host", "lapsed", context! { to_host => true }),
        // What the client of a booking is told more, and what was said with a step.
        ("invitation_managed", "invitation", managed()),
        ("changed_managed", "changed", managed()),
        ("reminder_managed", "reminder", managed()),
        ("cancelled_said", "cancelled", managed()),
        ("digest_others", "digest", nobody_wrote()),
        (
            "data_ready_for_them",
            "data_ready",
            context! { for_them => true },
        ),
    ]
}

fn nobody_wrote() -> Value {
    let kinds = ["missed-call", "review", "report", "payment", "call-summary"];
    let others: Vec<Value> = kinds.map(|kind| context! { kind, name => "Ivo" }).into();
    context! { messages => Vec::<Value>::new(), unread => 0, more => 3, others }
}

fn managed() -> Value {
    context! {
        manage => "https://parlor.example/b/uN1e4_0123456789abcdefghij-",
        remark => "See you soon.", remark_by => "Hanna Host",
    }
}

fn letter(kind: &str, reader: &Reader, calendar: Option<(Method, u32)>) -> Letter {
    letter_on(context! {}, kind, reader, calendar)
}

fn letter_on(
    occasion: Value,
    kind: &str,
    reader: &Reader,
    calendar: Option<(Method, u32)>,
) -> Letter {
    let Reader(name, language, zone) = *reader;
    let token = "uN1e4_0123456789abcdefghij-";
    let link = format!("https://parlor.example/j/{token}");
    let facts = context! {
        name, link => link.as_str(), site => "https://parlor.example", other => "Hanna Host",
        subject => "Talk, walk & more", description => "Bring your notes;\nand a pen.",
        when => local_time(STARTS, zone, language), minutes_long => 50, opens_minutes => 15,
        minutes_left => 14, hours_left => 0, unread => 4, more => 0,
        messages => [("Hanna Host", 3), ("Ivo", 1)].map(|(name, count)| context! { name, count }),
        others => [context! { kind => "missed-call", name => "Ivo" }],
    };
    // What is given first counts.
    let facts = context! { ..occasion, ..facts };
    let way = match kind {
        "reminder" => Some("off"),
        "digest" => Some("digests-off"),
        _ => None,
    };
    let off = way.map(|_| "https://parlor.example/reminders/c2VhbGVk");
    let texts = MailTexts::load(None).unwrap();
    Letter {
        id: MailId(Uuid::from_u128(7)),
        to: Email::parse("reader@example.org").unwrap(),
        name: name.into(),
        written_at: WRITTEN,
        words: texts.render(kind, language, facts, off).unwrap(),
        calendar: calendar.map(|(method, sequence)| entry(method, sequence, name, &link)),
        off_link: way.map(|way| format!("https://parlor.example/api/mail/{way}/c2VhbGVk")),
    }
}

fn entry(method: Method, sequence: u32, name: &str, link: &str) -> CalendarPart {
    let person = |name, address| Person { name, address };
    let moved = Millis::from_mins(60 * i64::from(sequence.min(2) - 1));
    let entry = Entry {
        meeting: MeetingId(Uuid::from_u128(9)),
        sequence,
        written_at: WRITTEN + Millis::from_secs(i64::from(sequence)),
        starts_at: STARTS + moved,
        ends_at: STARTS + moved + Millis::from_mins(50),
        title: "Talk, walk & more",
        description: "Bring your notes;\nand a pen.",
        link,
        cancelled: method == Method::Cancel,
        between: Some((
            person("Hanna Host", "noreply@parlor.example"),
            person(name, "reader@example.org"),
        )),
    };
    calendar::part(method, &entry)
}

fn sender(dkim: Option<Arc<Dkim>>) -> Sender {
    Sender::new("Parlor", "noreply@parlor.example".parse().unwrap(), dkim)
}

/// One reader for each language, each with a zone and a name of their own.
const READERS: [Reader; 6] = [
    Reader("Ada", "en", "UTC"),
    Reader("Jörg", "de", "Europe/Berlin"),
    Reader("Ángel", "es", "America/Lima"),
    Reader("Zoé", "fr", "Europe/Paris"),
    Reader("आशा", "hi", "Asia/Kolkata"),
    Reader("Amina", "sw", "Africa/Nairobi"),
];

/// What a mail of this kind does to a calendar.
fn brings(kind: &str) -> Option<(Method, u32)> {
    match kind {
        "invitation" => Some((Method::Request, 1)),
        "changed" => Some((Method::Request, 2)),
        "cancelled" => Some((Method::Cancel, 3)),
        _ => None,
    }
}

#[test]
fn whole_mails_of_every_kind_in_every_language_are_what_they_were() {
    let mut expected = BTreeSet::new();
    let mut show = |name: &str, reader: &Reader, letter: Letter| {
        let mail = sender(None).message(&letter).unwrap();
        assert!(mail.is_ascii(), "{name} goes through every server");
        let name = format!("{name}-{}.eml", reader.1);
        check(&name, &mail);
        expected.insert(name);
    };
    for (language, kind) in texts::sent() {
        let reader = READERS.iter().find(|it| it.1 == language).unwrap();
        show(kind, reader, letter(kind, reader, brings(kind)));
    }
    for reader in &READERS {
        for (name, kind, occasion) in occasions() {
            // What is only asked for is no entry.
            let calendar = brings(kind).filter(|_| name != "invitation_asks");
            show(name, reader, letter_on(occasion, kind, reader, calendar));
        }
    }
    let found = std::fs::read_dir(folder()).unwrap();
    let found = found.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mails = found.filter(|it| it.ends_with(".eml") && !it.starts_with("signed-"));
    assert_eq!(mails.collect::<BTreeSet<_>>(), expected);
}

#[test]
fn p13_signed_mails_are_what_they_were() {
    let reader = Reader("Jörg", "de", "Europe/Berlin");
    let letter = letter("invitation", &reader, Some((Method::Request, 1)));
    for (name, pem) in KEYS {
        let dkim = Arc::new(Dkim::new("parlor.example", name, pem).unwrap());
        let (at, text) = dkim.record();
        check(
            &format!("signed-{name}.txt"),
            format!("{at} {text}\n").as_bytes(),
        );
        let mail = sender(Some(dkim)).message(&letter).unwrap();
        check(&format!("signed-{name}.eml"), &mail);
    }
}

#[test]
fn a_feed_is_what_it_was() {
    let one = |n: u128, title| Entry {
        meeting: MeetingId(Uuid::from_u128(n)),
        sequence: 1,
        written_at: WRITTEN,
        starts_at: STARTS + Millis::from_days(n as i64),
        ends_at: STARTS + Millis::from_days(n as i64) + Millis::from_mins(50),
        title,
        description: "",
        link: "https://parlor.example/video-call/9",
        cancelled: n == 3,
        between: None,
    };
    let title = "आशा के साथ लंबी बातचीत, जिसका नाम एक पंक्ति में नहीं समाता";
    let feed = calendar::object(
        Method::Publish,
        &[one(1, "First; talk"), one(2, title), one(3, "Off")],
    );
    check("feed.ics", feed.as_bytes());
}
