//! A year of a house that is in use, on a clock that the test moves: what is planned for a day happens on
//! it, once, and what is kept for half a year does not grow for longer. Certificates and backups have
//! clocks of their own, and a year of their own.

use std::collections::BTreeMap;

use parlor_data::{KeyRange, tables::Table};
use parlor_domain::{
    backup::{self, Keep, Last},
    certificate::{Age, Renewal, Validity},
    reminder,
};

use super::{
    booking::{Desk, HOUR},
    *,
};
use crate::cron::{self, Sweep};

const DAY: Millis = Millis::from_days(1);
/// People are reminded to the minute; nothing of this year begins at another minute than these.
const STEP: Millis = Millis::from_mins(5);
/// Days of a year.
const YEAR: i64 = 365;

/// Tables whose rows stay: that people met, which they look up, and the books.
const STAYS: [Table; 6] = [
    Table::Meetings,
    Table::MeetingByRoom,
    Table::MeetingsByPerson,
    Table::LedgerEntries,
    Table::LedgerStatements,
    Table::LedgerBalances,
];

/// Who is to be reminded of a meeting at an instant, and how often they were.
type Reminders = BTreeMap<(Timestamp, String), usize>;

fn hours(n: i64) -> Millis {
    Millis(n * HOUR.0)
}

fn days(n: i64) -> Millis {
    Millis(n * DAY.0)
}

struct Year {
    desk: Desk,
    clients: Vec<Member>,
    post: Post,
    sent: tokio::sync::mpsc::UnboundedReceiver<crate::mailer::Letter>,
    expected: Reminders,
    told: Reminders,
    /// What was booked, by when it begins: the meeting, and which client comes.
    ahead: BTreeMap<Timestamp, Vec<(MeetingId, usize)>>,
    calls: u128,
}

impl Year {
    async fn new() -> Self {
        // What is kept for longer than a year is seen to end, too. (Each purge of the audit log is a record of it.)
        let house = house_with(|config| config.audit_keep = config.audit_keep.min(days(90)));
        let desk = Desk::in_house(house, |offer| offer.price = MilliCoins::coins(10)).await;
        let mut clients = Vec::new();
        for n in 0..6 {
            clients.push(desk.client(n, 10_000).await);
        }
        // On the minute, as everything that people plan.
        desk.house.clock.set(NOW + STEP);
        let (post, sent) = Post::new();
        Self {
            desk,
            clients,
            post,
            sent,
            expected: Reminders::new(),
            told: Reminders::new(),
            ahead: BTreeMap::new(),
            calls: 0,
        }
    }

    fn s(&self) -> &Services {
        self.desk.s()
    }

    /// The next five minutes: what the schedule wakes in them.
    async fn step(&mut self) {
        self.desk.house.clock.advance(STEP);
        let now = self.s().now();
        let minute = now.0.div_euclid(60_000);
        let mut due = vec![Sweep::Reminders, Sweep::Soon];
        due.extend((minute % 10 == 0).then_some(Sweep::Earnings));
        due.extend((minute % 60 == 0).then_some(Sweep::Books));
        due.extend((minute % 1_440 == 200).then_some(Sweep::Old));
        for sweep in due {
            cron::run(self.s().clone(), sweep).await.unwrap();
        }
        let texts = &self.desk.house.texts;
        self.s().send_due(texts, &self.post).await.unwrap();
        while let Ok(letter) = self.sent.try_recv() {
            if letter.words.subject == "Video Call Starting Soon" {
                let to = (now, letter.to.as_str().to_owned());
                *self.told.entry(to).or_default() += 1;
            }
        }
    }

    /// At noon people book for the day after tomorrow; one of them thinks better of it.
    async fn noon(&mut self, day: i64) {
        let now = self.s().now();
        let midnight = Timestamp(now.0.div_euclid(DAY.0) * DAY.0);
        for place in 0..3 {
            let who = usize::try_from(day).unwrap_or(0) % 3 + place;
            let starts = midnight + hours(56 + 2 * place as i64);
            let mut wish = self.desk.wish(starts);
            wish.pay = true;
            let id = self.desk.book(self.clients[who], &wish).await.unwrap().id;
            if place == 2 {
                let who = meetings::identity_of(self.clients[who]);
                self.s().cancel_meeting(&who, id, "").await.unwrap();
                continue;
            }
            self.ahead.entry(starts).or_default().push((id, who));
            for lead in reminder::LEADS {
                for to in [
                    "host@example.org".to_owned(),
                    format!("client{who}@example.org"),
                ] {
                    *self.expected.entry((starts - lead, to)).or_default() += 1;
                }
            }
        }
        // Somebody forgot the password, and somebody else comes and goes.
        self.s().request_reset("client0@example.org").await.unwrap();
        let session = self
            .s()
            .log_in("client1@example.org", "correct horse", None);
        let session = session.await.unwrap();
        let over = self.s().log_out_by_token(&session.refresh_token);
        over.await.unwrap();
    }

    /// The first meeting of a day happens; to the second one nobody comes.
    async fn doors(&mut self) {
        let now = self.s().now();
        for (id, who) in self.ahead.remove(&now).unwrap_or_default() {
            if now.0.div_euclid(HOUR.0) % 24 != 8 {
                continue;
            }
            self.calls += 1;
            let call = CallId(Uuid::from_u128(self.calls));
            let end = now + Millis::from_mins(50);
            for fact in [
                RoomFact::Entered(self.desk.host.user, now),
                RoomFact::Entered(self.clients[who].user, now),
                RoomFact::CallStarted(call, now),
                RoomFact::CallEnded(call, end, Millis::from_mins(50)),
            ] {
                self.s().note(id, fact).await.unwrap();
            }
        }
    }

    /// Rows of every table.
    fn rows(&self) -> BTreeMap<Table, usize> {
        let count = |table: Table| {
            let mut rows = 0;
            let mut range = KeyRange::all();
            loop {
                let page = self.s().store().scan(table, range, 1_000).unwrap();
                rows += page.len();
                match page.last() {
                    Some((last, _)) if page.len() == 1_000 => range = KeyRange::all().after(last),
                    _ => return rows,
                }
            }
        };
        Table::ALL.iter().map(|it| (*it, count(*it))).collect()
    }
}

#[actix::test]
async fn a_year_goes_as_planned_and_does_not_fill_the_disk() {
    let mut year = Year::new().await;
    let mut seven_months = BTreeMap::new();
    for day in 0..YEAR {
        for _ in 0..DAY.0 / STEP.0 {
            year.step().await;
            year.doors().await;
            if year.s().now().0.rem_euclid(DAY.0) == hours(12).0 {
                year.noon(day).await;
            }
        }
        if day == 7 * 30 {
            seven_months = year.rows();
        }
    }
    // What was still ahead when the year ended is not asked for.
    let end = year.s().now();
    year.expected.retain(|(at, _), _| *at <= end);
    assert_eq!(
        year.told, year.expected,
        "everybody is reminded, once, when it was said"
    );
    assert!(year.told.len() > 3_000);
    for (table, rows) in year.rows() {
        let before = seven_months[&table];
        match STAYS.contains(&table) {
            true => assert!(rows > before, "{table:?} has no rows that stay"),
            false => assert!(
                rows <= before,
                "{table:?} still grows: {before} rows after seven months, {rows} after a year"
            ),
        }
    }
}

#[test]
fn a_certificate_is_renewed_all_year_also_past_an_authority_that_is_away() {
    let mut renewal = Renewal::new(HOUR);
    let (mut now, mut fit) = (NOW, None::<Validity>);
    let mut renewed = 0;
    while now < NOW + days(YEAR) {
        now = now + HOUR;
        let away = (119..=124).contains(&(now.since(NOW).0 / DAY.0));
        if renewal.due(fit, now) {
            if away {
                renewal.failed(now, 200);
            } else {
                renewal.succeeded();
                let until = now + days(90);
                fit = Some(Validity { from: now, until });
                renewed += 1;
            }
        }
        assert_eq!(
            fit.unwrap().age(now),
            Age::Good,
            "day {}",
            now.since(NOW).0 / DAY.0
        );
    }
    assert_eq!(renewed, 6, "every sixty days, and once when it is back");
}

#[test]
fn a_backup_is_made_every_day_of_a_year_and_few_are_kept() {
    let keep = Keep {
        daily: 7,
        weekly: 4,
    };
    let (mut now, mut last, mut kept) = (NOW, None::<Last>, Vec::<Timestamp>::new());
    let mut made = BTreeMap::<i64, usize>::new();
    while now < NOW + days(YEAR) {
        now = now + STEP;
        if !backup::is_due(3, last, now) {
            continue;
        }
        let day = now.0.div_euclid(DAY.0);
        // For two days its disk is full.
        let full = (200..=201).contains(&(now.since(NOW).0 / DAY.0));
        last = Some(Last {
            at: now,
            made: !full,
        });
        if full {
            continue;
        }
        *made.entry(day).or_default() += 1;
        kept.push(now);
        let gone = backup::superfluous(&kept, keep);
        kept.retain(|it| !gone.contains(it));
        assert!(kept.len() <= keep.daily + keep.weekly);
        assert_eq!(kept.last(), Some(&now), "the newest is never removed");
    }
    assert!(made.values().all(|it| *it == 1), "{made:?}");
    assert!(
        (YEAR - 2..=YEAR + 1).contains(&i64::try_from(made.len()).unwrap()),
        "{}",
        made.len()
    );
}
