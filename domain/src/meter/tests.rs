//! Whole calls, second by second, with an accountant's figures.

use uuid::Uuid;

use super::*;
use crate::{
    bill::Terms,
    id::{CallId, UserId},
    money::MilliCoins,
    tariff::{Pulse, Tariff},
};

/// A call with a wallet of so many thousandths beside it.
struct Talk {
    meter: Meter,
    wallet: i64,
    now: Timestamp,
    said: Vec<String>,
    /// What the books took, in order: charged so far.
    books: Vec<i64>,
    /// The books do not answer.
    stuck: Option<Record>,
    deaf: bool,
}

fn rules(grace_s: i64) -> Rules {
    Rules {
        terms: Terms {
            grant_s: 60,
            topup_grace: Millis::from_secs(grace_s),
        },
        ..Rules::default()
    }
}

fn tariff(pulse: Pulse, free_s: u32) -> Tariff {
    let (initial_s, increment_s) = pulse.blocks_s();
    Tariff {
        per_minute: MilliCoins::coins(10),
        initial_s,
        increment_s,
        free_s,
        connect_fee: MilliCoins::ZERO,
        commission_bps: 2_000,
    }
}

impl Talk {
    fn of(rules: Rules, tariff: Tariff, wallet: i64) -> Self {
        let id = |n| UserId(Uuid::from_u128(n));
        let purse = |available| Purse {
            available: MilliCoins(available),
            calls: 1,
        };
        let call = CallId(Uuid::from_u128(9));
        let now = Timestamp(0);
        let terms = &rules.terms;
        let step =
            Record::authorize(call, id(1), id(2), tariff, terms, purse(wallet), now).unwrap();
        let wallet = wallet - step.record.held.0;
        let meter = Meter::new(rules, step.record, purse(wallet), now);
        Self {
            meter,
            wallet,
            now,
            said: Vec::new(),
            books: Vec::new(),
            stuck: None,
            deaf: false,
        }
    }

    fn purse(&self) -> Purse {
        Purse {
            available: MilliCoins(self.wallet),
            calls: 1,
        }
    }

    fn input(&mut self, input: Input) {
        let effects = self.meter.handle(input, self.now);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        let mut step = None;
        for effect in effects {
            let word = match effect {
                Effect::Post(it) => {
                    step = Some(it.record);
                    continue;
                }
                Effect::Tell { news: true, now } => format!("{:?}", now.phase).to_lowercase(),
                Effect::Tell { .. } => continue,
                Effect::Warn { mark_s, .. } => format!("warn {mark_s}"),
                Effect::Began(_) => "began".into(),
                Effect::Close(why) => format!("close {}", why.word()),
                Effect::Settled(record) => format!("settled {}", record.charged.0),
            };
            self.said.push(format!("{}:{word}", self.now.0 / 1_000));
        }
        match step {
            Some(record) if self.deaf => self.stuck = Some(record),
            Some(record) => self.post(record),
            None => {}
        }
    }

    fn post(&mut self, record: Record) {
        let before = *self.meter.record();
        let spent = |record: &Record| record.charged.0 + record.held.0;
        self.wallet -= spent(&record) - spent(&before);
        assert!(self.wallet >= 0, "more than there was");
        self.books.push(record.charged.0);
        let (purse, now) = (self.purse(), self.now);
        let effects = self.meter.posted(record, purse, now);
        self.perform(effects);
    }

    fn sign(&mut self, side: Side) {
        self.input(Input::Sign {
            side,
            connected: true,
            relayed: None,
        });
    }

    /// Time goes by, in the steps that the timer wants; each second both say that they are well.
    fn talk(&mut self, seconds: i64, sides: &[Side]) {
        for _ in 0..seconds {
            let next = Timestamp(self.now.0 - self.now.0 % 1_000 + 1_000);
            self.wait_until(next);
            for side in sides {
                self.sign(*side);
            }
        }
    }

    fn wait_until(&mut self, end: Timestamp) {
        while let Some(due) = self.meter.deadline().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.input(Input::Tick);
        }
        self.now = end;
    }

    fn end(&mut self) -> i64 {
        self.input(Input::End(EndedBy::Hangup));
        self.meter.record().charged.0
    }
}

const BOTH: [Side; 2] = [Side::Caller, Side::Host];

/// P2: the charge is the price's formula, to the thousandth.
#[test]
fn p2_what_was_talked_is_what_is_charged() {
    for (pulse, free_s, talked, charged) in [
        (Pulse::Seconds, 0, 6, 1_000),
        (Pulse::Seconds, 0, 90, 15_000),
        (Pulse::MinuteThenSeconds, 20, 20, 0),
        (Pulse::MinuteThenSeconds, 20, 21, 10_000),
        (Pulse::MinuteThenSeconds, 0, 90, 15_000),
        (Pulse::Minutes, 0, 61, 20_000),
        (Pulse::Minutes, 10, 125, 30_000),
    ] {
        let mut talk = Talk::of(rules(0), tariff(pulse, free_s), 100_000);
        talk.talk(3, &[Side::Caller]);
        talk.talk(1, &BOTH);
        talk.talk(talked, &BOTH);
        assert_eq!(talk.end(), charged, "{pulse:?} {free_s} {talked}");
        assert_eq!(talk.wallet, 100_000 - charged, "the rest is given back");
        assert!(talk.books.windows(2).all(|pair| pair[0] <= pair[1]));
    }
}

#[test]
fn waiting_costs_nothing_and_ends() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    talk.talk(50, &[Side::Host]);
    assert_eq!(
        talk.said,
        [
            "1:waiting",
            "45:close media_failed",
            "45:over",
            "45:settled 0"
        ]
    );
    assert_eq!(talk.wallet, 100_000);
}

#[test]
fn a_silent_side_is_charged_to_its_last_sign_only() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    talk.talk(31, &BOTH);
    // The host is gone at second 31; the caller notices nothing.
    talk.talk(30, &[Side::Caller]);
    assert_eq!(talk.meter.record().proven, Millis::from_secs(30));
    assert_eq!(talk.meter.now(talk.now).phase, Phase::Paused);
    talk.talk(11, &BOTH);
    assert_eq!(talk.end(), 6_667, "40 s, the same call goes on");
    let mut lost = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    lost.talk(31, &BOTH);
    lost.talk(100, &[Side::Caller]);
    let end = [
        "41:paused",
        "101:close timeout",
        "101:over",
        "101:settled 5000",
    ];
    assert_eq!(lost.said[lost.said.len() - 4..], end);
}

#[test]
fn a_reported_break_pauses_at_the_last_sign() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    talk.talk(13, &BOTH);
    talk.talk(5, &[Side::Caller]);
    talk.input(Input::Sign {
        side: Side::Host,
        connected: false,
        relayed: None,
    });
    assert_eq!(talk.meter.proven(), Millis::from_secs(12));
    assert_eq!(talk.end(), 2_000);
}

#[test]
fn the_end_of_the_money_is_the_end_within_two_seconds_and_to_the_last_coin() {
    // 5 coins at 10 a minute: 30 s.
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 5_000);
    talk.talk(1, &BOTH);
    talk.talk(60, &BOTH);
    let over = "31:settled 5000".to_owned();
    assert_eq!(talk.said.last(), Some(&over), "{:?}", talk.said);
    assert!(
        talk.said.contains(&"21:warn 10".to_owned()),
        "{:?}",
        talk.said
    );
    assert_eq!(talk.wallet, 0);
    // Without a last sign it ends all the same, and charges what was proven.
    let mut cut = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 5_000);
    cut.talk(30, &BOTH);
    cut.wait_until(Timestamp(40_000));
    assert_eq!(cut.now.0, 40_000);
    assert!(
        cut.said.contains(&"32:close balance".to_owned()),
        "{:?}",
        cut.said
    );
    assert_eq!(cut.meter.record().charged.0, 4_834);
}

#[test]
fn a_top_up_extends_at_once_and_warns_again() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 5_000);
    talk.talk(26, &BOTH);
    let before = talk.meter.now(talk.now);
    assert!(before.last && before.remaining == Some(Millis::from_secs(5)));
    talk.wallet += 10_000;
    let purse = talk.purse();
    talk.input(Input::Wallet(purse));
    let after = talk.meter.now(talk.now);
    assert_eq!(after.remaining, Some(Millis::from_secs(65)));
    assert!(!after.last);
    assert!(
        talk.said.contains(&"26:running".to_owned()),
        "told at once: {:?}",
        talk.said
    );
    talk.talk(70, &BOTH);
    assert_eq!(talk.meter.record().charged.0, 15_000);
    let tens = talk.said.iter().filter(|it| it.ends_with("warn 10"));
    assert_eq!(tens.count(), 2, "{:?}", talk.said);
}

#[test]
fn a_grace_waits_for_coins_and_costs_nothing() {
    let mut talk = Talk::of(rules(60), tariff(Pulse::Seconds, 0), 5_000);
    talk.talk(40, &BOTH);
    assert_eq!(talk.meter.now(talk.now).phase, Phase::Grace);
    talk.wallet += 5_000;
    let purse = talk.purse();
    talk.input(Input::Wallet(purse));
    talk.talk(11, &BOTH);
    assert_eq!(talk.meter.now(talk.now).phase, Phase::Running);
    assert_eq!(talk.end(), 6_834, "30 s and 11 s, not the wait");
    let mut poor = Talk::of(rules(60), tariff(Pulse::Seconds, 0), 5_000);
    poor.talk(100, &BOTH);
    let end = ["91:close balance", "91:over", "91:settled 5000"];
    assert_eq!(poor.said[poor.said.len() - 3..], end);
}

#[test]
fn relayed_media_is_proven_by_the_relay_too() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    let through = |side| Input::Sign {
        side,
        connected: true,
        relayed: Some(true),
    };
    talk.input(through(Side::Caller));
    talk.input(through(Side::Host));
    talk.input(Input::Relayed);
    for _ in 0..10 {
        talk.talk(1, &BOTH);
        talk.input(Input::Relayed);
    }
    // Both say all is well, and not a byte goes through.
    talk.talk(30, &BOTH);
    assert_eq!(talk.meter.now(talk.now).phase, Phase::Paused);
    assert_eq!(talk.end(), 1_667);
    // A browser that pretends a relay is not believed.
    let mut lie = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    lie.input(through(Side::Caller));
    lie.input(through(Side::Host));
    lie.talk(12, &BOTH);
    assert_eq!(lie.end(), 2_000);
}

#[test]
fn a_crash_goes_on_from_the_last_proven_second_or_settles_there() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Minutes, 0), 100_000);
    talk.talk(33, &BOTH);
    let record = *talk.meter.record();
    assert!(
        record.proven >= Millis::from_secs(27),
        "{:?}",
        record.proven
    );
    let (purse, later) = (talk.purse(), Timestamp(60_000));
    talk.meter = Meter::restored(rules(0), record, purse, later);
    talk.now = later;
    talk.talk(1, &BOTH);
    talk.talk(20, &BOTH);
    assert_eq!(
        talk.end(),
        10_000,
        "the minute that was paid is not paid twice"
    );
    let mut gone = Talk::of(rules(0), tariff(Pulse::Minutes, 0), 100_000);
    gone.talk(33, &BOTH);
    let record = *gone.meter.record();
    gone.meter = Meter::restored(rules(0), record, gone.purse(), later);
    gone.now = later;
    gone.wait_until(Timestamp(190_000));
    assert_eq!(
        gone.said.last().map(String::as_str),
        Some("180:settled 10000")
    );
    assert_eq!(gone.wallet, 90_000);
}

#[test]
fn while_the_books_are_silent_nothing_is_posted_twice_and_the_end_waits() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    talk.talk(4, &BOTH);
    talk.deaf = true;
    talk.talk(10, &BOTH);
    let one = talk.stuck.take();
    assert!(one.is_some());
    talk.talk(5, &BOTH);
    assert!(talk.stuck.is_none(), "one at a time");
    talk.input(Input::End(EndedBy::Hangup));
    talk.input(Input::End(EndedBy::Lost));
    talk.deaf = false;
    talk.post(one.unwrap());
    assert_eq!(
        talk.said.last().map(String::as_str),
        Some("19:settled 3000")
    );
    assert_eq!(
        talk.said.iter().filter(|it| it.contains("close")).count(),
        1
    );
}

#[test]
fn a_wallet_that_another_call_emptied_ends_this_one_at_what_is_reserved() {
    let mut talk = Talk::of(rules(0), tariff(Pulse::Seconds, 0), 100_000);
    talk.talk(4, &BOTH);
    // The other call took the rest; the books refuse the next reservation.
    talk.wallet = 0;
    talk.deaf = true;
    talk.talk(4, &BOTH);
    assert!(talk.stuck.take().is_some());
    talk.deaf = false;
    let purse = talk.purse();
    talk.input(Input::Refused(purse));
    talk.talk(90, &BOTH);
    assert_eq!(
        talk.meter.record().charged.0,
        10_000,
        "the minute that was reserved"
    );
    assert_eq!(talk.meter.now(talk.now).phase, Phase::Over);
    assert_eq!(talk.wallet, 0);
}
