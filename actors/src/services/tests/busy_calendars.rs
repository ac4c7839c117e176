//! Calendars of elsewhere, from a stand-in on this machine.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
};

use parlor_domain::busy_calendar::{READ_EVERY, Trouble};

use super::{
    booking::{Desk, HOUR},
    *,
};

/// Serves one answer after the other has been set; notes the tags that it was asked with.
struct StandIn {
    at: SocketAddr,
    answer: Arc<Mutex<String>>,
    tags: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(String::new()));
        let tags = Arc::new(Mutex::new(Vec::new()));
        let (says, asked) = (Arc::clone(&answer), Arc::clone(&tags));
        std::thread::spawn(move || {
            for line in listener.incoming() {
                let Ok(mut line) = line else { return };
                let lines = BufReader::new(line.try_clone().unwrap()).lines();
                let lines = lines.map_while(Result::ok).take_while(|it| !it.is_empty());
                for it in lines {
                    if let Some(tag) = it.strip_prefix("if-none-match: ") {
                        asked.lock().unwrap().push(tag.to_owned());
                    }
                }
                let answer = says.lock().unwrap().clone();
                let _ = line.write_all(answer.as_bytes());
            }
        });
        Self { at, answer, tags }
    }

    fn says(&self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        *self.answer.lock().unwrap() = format!(
            "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
    }

    fn busy(&self, from: Timestamp, to: Timestamp, tag: &str) {
        let text = |at: Timestamp| {
            let at = jiff::Timestamp::from_millisecond(at.0).unwrap();
            at.strftime("%Y%m%dT%H%M%SZ").to_string()
        };
        let body = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Private\r\nDTSTART:{}\r\nDTEND:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            text(from),
            text(to)
        );
        self.says("200 OK", &format!("etag: {tag}\r\n"), &body);
    }

    fn address(&self) -> String {
        format!("http://{}/secret/basic.ics", self.at)
    }
}

async fn desk(loopback: bool) -> Desk {
    let house = house_with(|config| config.booking.calendars_from_loopback = loopback);
    Desk::in_house(house, |_| {}).await
}

#[actix::test]
async fn nobody_books_when_a_calendar_of_elsewhere_says_busy() {
    let (desk, there) = (desk(true).await, StandIn::start());
    let start = desk.free()[1];
    there.busy(
        start + Millis::from_mins(10),
        start + Millis::from_mins(20),
        "\"1\"",
    );
    let added = desk
        .s()
        .add_busy_calendar(desk.host, &there.address(), "Own")
        .await
        .unwrap();
    assert_eq!(
        (added.spans.len(), added.skipped, added.trouble),
        (1, 0, None)
    );
    assert!(!added.shown_address().contains("secret"));
    let again = desk
        .s()
        .add_busy_calendar(desk.host, &there.address(), "")
        .await;
    assert!(
        matches!(again, Err(ServiceError::BadField(_))),
        "once is enough"
    );
    assert!(!desk.free().contains(&start));
    let guest = Booker::Guest {
        email: "guest@example.org".into(),
        name: "Guest".into(),
    };
    let taken = desk.s().book(&guest, &desk.wish(start), None).await;
    assert!(matches!(taken, Err(ServiceError::SlotTaken(_))));
    // What has not changed is not sent again; then it moves.
    there.says("304 Not Modified", "", "");
    assert_eq!(
        desk.s().sweep_busy_calendars().await.unwrap(),
        0,
        "it is not its turn"
    );
    desk.house.clock.advance(READ_EVERY);
    assert_eq!(desk.s().sweep_busy_calendars().await.unwrap(), 1);
    assert_eq!(*there.tags.lock().unwrap(), ["\"1\""]);
    assert!(!desk.free().contains(&start));
    there.busy(start + HOUR, start + HOUR + HOUR, "\"2\"");
    desk.house.clock.advance(READ_EVERY);
    desk.s().sweep_busy_calendars().await.unwrap();
    let free = desk.free();
    assert!(free.contains(&start) && !free.contains(&(start + HOUR)));
    // Trouble is said, and what was known still counts.
    there.says("503 Busy", "", "");
    desk.house.clock.advance(READ_EVERY);
    desk.s().sweep_busy_calendars().await.unwrap();
    let mine = desk.s().busy_calendars(desk.host).unwrap();
    assert_eq!(mine[0].trouble, Some(Trouble::Broken));
    assert!(!mine[0].is_stale(desk.s().now()));
    assert!(!desk.free().contains(&(start + HOUR)));
    desk.house.clock.advance(Millis::from_days(1));
    assert!(mine[0].is_stale(desk.s().now()));
    let (stranger, _) = desk.house.host("other@example.org").await;
    let refused = desk.s().remove_busy_calendar(stranger, mine[0].id).await;
    assert_eq!(refused, Err(ServiceError::NotFound));
    desk.s()
        .remove_busy_calendar(desk.host, mine[0].id)
        .await
        .unwrap();
    assert_eq!(desk.s().busy_calendars(desk.host).unwrap(), []);
}

#[actix::test]
async fn what_is_no_calendar_is_said_in_words_and_not_kept() {
    let (desk, there) = (desk(true).await, StandIn::start());
    let cases = [
        ("200 OK", "", "<html>log in</html>", Trouble::NoCalendar),
        ("404 Not Found", "", "", Trouble::Refused),
        ("429 Slow", "", "", Trouble::Broken),
        // A redirect into a private network, which the test's permission does not cover.
        (
            "302 Found",
            "location: http://10.0.0.1/a.ics\r\n",
            "",
            Trouble::NotPublic,
        ),
        (
            "302 Found",
            "location: http://[::ffff:192.168.0.1]/a.ics\r\n",
            "",
            Trouble::NotPublic,
        ),
    ];
    for (status, headers, body, trouble) in cases {
        there.says(status, headers, body);
        let refused = desk
            .s()
            .add_busy_calendar(desk.host, &there.address(), "")
            .await;
        let Err(ServiceError::BadField(bad)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (bad.field, bad.why),
            ("address", trouble.words()),
            "{status}"
        );
    }
    let large = format!("BEGIN:VCALENDAR\r\n{}", "X-A:1\r\n".repeat(700_000));
    there.says("200 OK", "", &large);
    let refused = desk
        .s()
        .add_busy_calendar(desk.host, &there.address(), "")
        .await;
    assert!(
        matches!(refused, Err(ServiceError::BadField(it)) if it.why == Trouble::TooLarge.words())
    );
    assert_eq!(desk.s().busy_calendars(desk.host).unwrap(), []);
}

#[actix::test]
async fn this_machine_is_not_asked_unless_a_test_says_so() {
    let (desk, there) = (desk(false).await, StandIn::start());
    there.busy(NOW, NOW + HOUR, "\"1\"");
    for (address, trouble) in [
        (there.address(), Trouble::NoAddress),
        (
            there.address().replace("http:", "https:"),
            Trouble::NotPublic,
        ),
    ] {
        let refused = desk.s().add_busy_calendar(desk.host, &address, "").await;
        let Err(ServiceError::BadField(bad)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(bad.why, trouble.words());
    }
}
