//! Calendars as Google, Outlook and Apple write them, and texts that mean no good.

use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    let at: jiff::Timestamp = text.parse().unwrap();
    Timestamp(at.as_millisecond())
}

/// What is busy in March 2026 for somebody in Berlin, as spans of UTC such as `03-02T08:00/09:00`.
fn march(entries: &str) -> Vec<String> {
    let found = read(entries, ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z")).unwrap();
    assert_eq!(found.skipped, 0, "{entries}");
    found.spans.iter().map(|it| shown(*it)).collect()
}

fn shown((from, to): (Timestamp, Timestamp)) -> String {
    let text = |at: Timestamp| jiff::Timestamp::from_millisecond(at.0).unwrap().to_string();
    let (from, to) = (text(from), text(to));
    match from[..10] == to[..10] {
        true => format!("{}/{}", &from[5..16], &to[11..16]),
        false => format!("{}/{}", &from[5..16], &to[5..16]),
    }
}

fn read(entries: &str, (from, to): (&str, &str)) -> Result<Found, Unreadable> {
    let text = format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{entries}\r\nEND:VCALENDAR\r\n");
    let home = TimeZone::get("Europe/Berlin").unwrap();
    busy(&text, &home, (at(from), at(to)))
}

fn event(lines: &[&str]) -> String {
    format!(
        "BEGIN:VEVENT\r\nUID:a\r\n{}\r\nEND:VEVENT",
        lines.join("\r\n")
    )
}

#[test]
fn single_entries() {
    let utc = ["DTSTART:20260302T080000Z", "DTEND:20260302T090000Z"];
    assert_eq!(march(&event(&utc)), ["03-02T08:00/09:00"]);
    let named = [
        "DTSTART;TZID=Africa/Nairobi:20260302T110000",
        "DURATION:PT1H30M",
    ];
    assert_eq!(march(&event(&named)), ["03-02T08:00/09:30"]);
    // Without a zone, and whole days: as on the owner's wall, the day of the change an hour short.
    let floating = ["DTSTART:20260302T090000", "DTEND:20260302T100000"];
    assert_eq!(march(&event(&floating)), ["03-02T08:00/09:00"]);
    let day = ["DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330"];
    assert_eq!(march(&event(&day)), ["03-28T23:00/03-29T22:00"]);
    assert_eq!(
        march(&event(&["DTSTART;VALUE=DATE:20260302"])),
        ["03-01T23:00/03-02T23:00"]
    );
    assert_eq!(
        march(&event(&["DTSTART:20260302T080000Z"])),
        [""; 0],
        "a moment"
    );
    // What is free, off, or at another time takes nothing.
    for free in [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
    ] {
        assert_eq!(march(&event(&[utc[0], utc[1], free])), [""; 0], "{free}");
    }
    let past = ["DTSTART:20260202T080000Z", "DTEND:20260202T090000Z"];
    assert_eq!(march(&event(&past)), [""; 0]);
    // Folded lines, an alarm with a length of its own, and two that touch.
    let folded = "BEGIN:VEVENT\r\nDTSTART:2026\r\n 0302T090000Z\r\nBEGIN:VALARM\r\nDURATION:P9D\r\nEND:VALARM\r\nDTEND:20260302T1000\r\n\t00Z\r\nEND:VEVENT";
    let both = format!("{}\r\n{folded}", event(&utc));
    assert_eq!(march(&both), ["03-02T08:00/10:00"]);
    let told = "BEGIN:VFREEBUSY\r\nFREEBUSY:20260302T080000Z/PT1H,20260303T080000Z/20260303T083000Z\r\nFREEBUSY;FBTYPE=FREE:20260304T080000Z/PT1H\r\nEND:VFREEBUSY";
    assert_eq!(march(told), ["03-02T08:00/09:00", "03-03T08:00/08:30"]);
}

#[test]
fn what_repeats() {
    let days = |rule: &str, start: &str| {
        let start = format!("DTSTART;TZID=Europe/Berlin:{start}T090000");
        let rule = format!("RRULE:{rule}");
        let all = march(&event(&[&start, "DURATION:PT1H", &rule]));
        all.iter()
            .map(|it| it[3..8].to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (rule, start, expected) in [
        ("FREQ=DAILY;COUNT=3", "20260302", "02T08 03T08 04T08"),
        ("FREQ=DAILY;INTERVAL=10", "20260101", "02T08 12T08 22T08"),
        (
            "FREQ=DAILY;UNTIL=20260303T080000Z",
            "20260302",
            "02T08 03T08",
        ),
        ("FREQ=DAILY;UNTIL=20260303", "20260302", "02T08 03T08"),
        // Over the change of clocks it stays at nine.
        ("FREQ=WEEKLY", "20260302", "02T08 09T08 16T08 23T08 30T07"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
            "20260303",
            "03T08 05T08 17T08 19T08 31T07",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=6",
            "20260305",
            "05T08 06T08 09T08 10T08 11T08 12T08",
        ),
        ("FREQ=MONTHLY", "20250131", "31T07"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "20250131", "31T07"),
        ("FREQ=MONTHLY;BYDAY=1MO,-1FR", "20250106", "02T08 27T08"),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "20250131",
            "31T07",
        ),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "20260213", "13T08"),
        ("FREQ=YEARLY", "20200315", "15T08"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "20240310", "08T08"),
        ("FREQ=YEARLY;BYDAY=10MO", "20240304", "09T08"),
        ("FREQ=YEARLY;BYMONTH=2", "20240229", ""),
    ] {
        assert_eq!(days(rule, start), expected, "{rule}");
    }
}

#[test]
fn dates_that_are_left_out_added_or_moved() {
    let start = [
        "DTSTART;TZID=Europe/Berlin:20260302T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;COUNT=3",
    ];
    let with = |more: &[&str]| march(&event(&[&start, more].concat()));
    let left_out = ["EXDATE;TZID=Europe/Berlin:20260309T090000"];
    assert_eq!(with(&left_out), ["03-02T08:00/09:00", "03-16T08:00/09:00"]);
    assert_eq!(
        with(&["EXDATE;VALUE=DATE:20260302,20260309"]),
        ["03-16T08:00/09:00"]
    );
    assert_eq!(with(&["RDATE:20260310T080000Z"]).len(), 4);
    // One date is moved, another one is called off.
    let changed = |lines: &[&str]| {
        event(&[&["RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000"], lines].concat())
    };
    let moved = changed(&["DTSTART:20260310T120000Z", "DTEND:20260310T130000Z"]);
    let off = changed(&[
        "DTSTART:20260309T080000Z",
        "DTEND:20260309T090000Z",
        "STATUS:CANCELLED",
    ]);
    let series = event(&start);
    assert_eq!(
        march(&format!("{series}\r\n{moved}")),
        [
            "03-02T08:00/09:00",
            "03-10T12:00/13:00",
            "03-16T08:00/09:00"
        ]
    );
    assert_eq!(
        march(&format!("{off}\r\n{series}")),
        ["03-02T08:00/09:00", "03-16T08:00/09:00"]
    );
}

#[test]
fn zones_under_other_names() {
    let drawn = "BEGIN:VTIMEZONE\r\nTZID:W. Europe Standard Time\r\n\
        BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n\
        BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
        RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE";
    let weekly = event(&[
        "DTSTART;TZID=W. Europe Standard Time:20260323T090000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY;UNTIL=20260330T070000Z",
    ]);
    assert_eq!(
        march(&format!("{drawn}\r\n{weekly}")),
        ["03-23T08:00/09:00", "03-30T07:00/08:00"]
    );
    let path = [
        "DTSTART;TZID=\"/freeassociation.sourceforge.net/Africa/Nairobi\":20260302T110000",
        "DURATION:PT1H",
    ];
    assert_eq!(march(&event(&path)), ["03-02T08:00/09:00"]);
    // Nobody knows it: the owner's.
    let unknown = ["DTSTART;TZID=Somewhere:20260302T090000", "DURATION:PT1H"];
    assert_eq!(march(&event(&unknown)), ["03-02T08:00/09:00"]);
}

#[test]
fn what_is_not_understood_is_counted_and_what_is_too_much_refused() {
    let span = ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    let skipped = |lines: &[&str]| read(&event(lines), span).unwrap().skipped;
    let hour = ["DTSTART:20260302T080000Z", "DURATION:PT1H"];
    for odd in [
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=WEEKLY;BYEASTER=1",
        "RRULE:COUNT=3",
        "RRULE:FREQ=DAILY;INTERVAL=0",
        "EXDATE:today",
    ] {
        assert_eq!(skipped(&[hour[0], hour[1], odd]), 1, "{odd}");
    }
    assert_eq!(skipped(&["DTSTART:20260231T080000Z"]), 1);
    assert_eq!(
        skipped(&[hour[0], "DTEND:20260302T070000Z"]),
        1,
        "it ends before it begins"
    );
    assert_eq!(skipped(&["SUMMARY:no time"]), 1);
    let home = TimeZone::UTC;
    let page = busy(
        "<html>Please log in</html>",
        &home,
        (Timestamp(0), Timestamp(1)),
    );
    assert_eq!(page, Err(Unreadable::NoCalendar));
    // A thousand rules from the year 1.
    let old = event(&[
        "DTSTART:00010101T080000Z",
        "DURATION:PT1H",
        "RRULE:FREQ=DAILY",
    ]);
    let all = vec![old.as_str(); 1_000].join("\r\n");
    assert_eq!(read(&all, span), Err(Unreadable::TooLarge));
    let many = vec![event(&hour); ENTRIES_MAX + 1].join("\r\n");
    assert_eq!(read(&many, span), Err(Unreadable::TooLarge));
    let scattered: Vec<_> = (0..1_100)
        .map(|n| {
            let from = at(span.0) + Millis::from_mins(20 * n);
            let text = jiff::Timestamp::from_millisecond(from.0)
                .unwrap()
                .strftime("%Y%m%dT%H%M%SZ");
            event(&[&format!("DTSTART:{text}"), "DURATION:PT10M"])
        })
        .collect();
    assert_eq!(
        read(&scattered.join("\r\n"), span),
        Err(Unreadable::TooLarge)
    );
}

proptest! {
    /// Whatever comes: an answer, in order and within the window.
    #[test]
    fn no_text_breaks_it(
        parts in proptest::collection::vec(
            "(BEGIN|END):(VEVENT|VTIMEZONE|STANDARD)|DTSTART(;TZID=[a-zA-Z/]{0,9})?:[0-9TZ]{0,16}|DTEND:2026[0-9TZ]{4,12}|DURATION:P[0-9DTHMSW]{0,9}|RRULE:FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;(INTERVAL|COUNT|BYDAY|BYMONTHDAY|BYSETPOS|BYMONTH|UNTIL|WKST)=[0-9A-Z,-]{0,9}){0,3}|TZOFFSETTO:[+-][0-9]{0,6}|[ -~]{0,20}|\\PC{0,9}",
            0..40,
        ),
    ) {
        let span = ("2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
        let text = format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT", parts.join("\r\n"));
        if let Ok(found) = read(&text, span) {
            prop_assert!(found.spans.windows(2).all(|it| it[0].1 < it[1].0));
            prop_assert!(found.spans.iter().all(|it| it.0 < it.1));
        }
    }
}
