use uuid::Uuid;

use super::*;
use crate::tariff::Pulse;

const TERMS: Terms = Terms {
    grant_s: 60,
    topup_grace: Millis::from_secs(60),
};
const AT: Timestamp = Timestamp(0);

fn tariff(pulse: Pulse, free_s: u32) -> Tariff {
    let (initial_s, increment_s) = pulse.blocks_s();
    Tariff {
        per_minute: MilliCoins::coins(10),
        initial_s,
        increment_s,
        free_s,
        connect_fee: MilliCoins::ZERO,
        commission_bps: 2_500,
    }
}

fn purse(coins: i64) -> Purse {
    Purse {
        available: MilliCoins::coins(coins),
        calls: 1,
    }
}

fn begin(tariff: Tariff, coins: i64) -> Result<Step, TooLittle> {
    let id = Uuid::from_u128;
    Record::authorize(
        CallId(id(1)),
        UserId(id(2)),
        UserId(id(3)),
        tariff,
        &TERMS,
        purse(coins),
        AT,
    )
}

fn at_s(seconds: i64) -> Millis {
    Millis::from_secs(seconds)
}

#[test]
fn a_call_begins_with_the_first_paid_block_and_not_below() {
    let minutes = tariff(Pulse::Minutes, 20);
    assert_eq!(
        begin(minutes, 9),
        Err(TooLittle {
            shortfall: MilliCoins::coins(1)
        })
    );
    let step = begin(minutes, 10).unwrap();
    assert_eq!(step.record.held, MilliCoins::coins(10));
    assert_eq!(
        begin(minutes, 500).unwrap().record.held,
        MilliCoins::coins(20),
        "not the wallet"
    );
}

#[test]
fn free_seconds_are_free_and_everything_goes_back() {
    let record = begin(tariff(Pulse::MinuteThenSeconds, 20), 100)
        .unwrap()
        .record;
    let step = record.settle(at_s(20), AT);
    assert_eq!(
        (step.record.charged, step.record.held),
        (MilliCoins::ZERO, MilliCoins::ZERO)
    );
    let back = step.entry.unwrap().postings;
    assert_eq!(
        back.len(),
        2,
        "from the hold to the wallet, nothing else: {back:?}"
    );
}

#[test]
fn a_tick_twice_moves_once() {
    let record = begin(tariff(Pulse::Seconds, 0), 100).unwrap().record;
    let first = record.tick(at_s(30), &TERMS, purse(90), AT);
    assert_eq!(first.record.charged, MilliCoins::coins(5));
    let again = first.record.tick(at_s(30), &TERMS, purse(85), AT);
    assert_eq!(again.entry, None);
    assert_eq!(again.record, first.record);
    let earlier = first.record.tick(at_s(10), &TERMS, purse(85), AT);
    assert_eq!(earlier.record, first.record, "time does not run backwards");
}

#[test]
fn the_end_of_the_money_is_known_before_it_comes() {
    let record = begin(tariff(Pulse::Seconds, 0), 15).unwrap().record;
    let before = record.outlook(at_s(0), purse(5));
    assert_eq!((before.remaining_s, before.last), (Some(90), false));
    let record = record.tick(at_s(40), &TERMS, purse(5), AT).record;
    let last = record.outlook(at_s(40), purse(0));
    assert_eq!(
        last,
        Outlook {
            ends_at: Some(at_s(90)),
            remaining_s: Some(50),
            last: true
        }
    );
    let late = record.settle(at_s(97), AT).record;
    assert_eq!(
        (late.billed_s, late.charged),
        (90, MilliCoins::coins(15)),
        "what was not there is not charged"
    );
}

#[test]
fn two_calls_on_one_wallet_see_half_each() {
    let record = begin(tariff(Pulse::Seconds, 0), 100).unwrap().record;
    let purse = Purse {
        available: MilliCoins::coins(20),
        calls: 2,
    };
    assert_eq!(record.outlook(at_s(0), purse).remaining_s, Some(60 + 60));
}

#[test]
fn each_warning_is_given_once_on_the_way_down_and_again_after_a_top_up() {
    let mut warner = Warner::default();
    let told: Vec<_> = [500, 301, 300, 299, 121, 119, 400, 300, 9, 8, 0]
        .into_iter()
        .map(|left| warner.hear(Some(left)))
        .collect();
    assert_eq!(
        told,
        [
            None,
            None,
            Some(300),
            None,
            None,
            Some(120),
            None,
            Some(300),
            Some(10),
            None,
            None
        ]
    );
    assert_eq!(warner.hear(None), None);
}

#[test]
fn a_settled_bill_is_closed() {
    let settled = begin(tariff(Pulse::Minutes, 0), 50)
        .unwrap()
        .record
        .settle(at_s(61), AT)
        .record;
    assert_eq!(
        (settled.billed_s, settled.charged),
        (60, MilliCoins::coins(10)),
        "no more than was reserved"
    );
    assert_eq!(settled.settle(at_s(900), AT).entry, None);
    assert_eq!(settled.tick(at_s(900), &TERMS, purse(50), AT).entry, None);
}
