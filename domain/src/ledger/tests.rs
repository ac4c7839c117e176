use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::money::Currency;

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn call(n: u128) -> CallId {
    CallId(Uuid::from_u128(n))
}

const NOW: Timestamp = Timestamp(0);

fn entry() -> Entry {
    Entry::new(NOW, Kind::Hold, Subject::None)
}

#[test]
fn an_entry_that_does_not_balance_is_refused() {
    let inr = Currency::parse("INR").unwrap();
    let one_sided = Entry {
        postings: vec![Posting {
            account: Account::Fee,
            units: 5,
        }],
        ..entry()
    };
    let two_assets = Entry {
        postings: vec![
            Posting {
                account: Account::Fee,
                units: 5,
            },
            Posting {
                account: Account::Sales(inr),
                units: -5,
            },
        ],
        ..entry()
    };
    let too_much = entry().moving(Account::Promo, Account::Fee, UNITS_MAX + 1);
    for bad in [entry(), one_sided, two_assets, too_much] {
        assert_eq!(post(&bad, |_| 0), Err(Refusal::Unbalanced), "{bad:?}");
    }
}

#[test]
fn a_person_is_never_below_zero_and_the_house_may_be() {
    let wallet = Account::Wallet(user(1));
    let hold = Account::CallHold(call(1));
    let reserve = entry().coins(wallet, hold, MilliCoins(700));
    let has = |amount| move |account| if account == wallet { amount } else { 0 };
    assert_eq!(
        post(&reserve, has(699)),
        Err(Refusal::TooLittle {
            account: wallet,
            short_by: 1
        })
    );
    assert_eq!(
        post(&reserve, has(700)).unwrap(),
        [(wallet, 0), (hold, 700)]
    );
    let sold = entry().coins(Account::Issued(Gateway::Stripe), wallet, MilliCoins(9));
    assert_eq!(post(&sold, |_| 0).unwrap()[0].1, -9);
}

#[test]
fn moving_twice_is_one_movement_each() {
    let (a, b) = (Account::Wallet(user(1)), Account::Wallet(user(2)));
    let twice = entry()
        .moving(a, b, 5)
        .moving(a, b, 2)
        .moving(b, Account::Fee, 7);
    assert_eq!(
        twice.postings,
        [
            Posting {
                account: a,
                units: -7
            },
            Posting {
                account: Account::Fee,
                units: 7
            },
        ]
    );
    assert!(entry().moving(a, b, 0).is_empty());
}

#[test]
fn a_reversal_brings_everything_back() {
    let wallet = Account::Wallet(user(1));
    let sold = entry().coins(Account::Issued(Gateway::Demo), wallet, MilliCoins(9));
    let back = sold.reversal(41, Timestamp(9));
    assert_eq!(back.reverses, Some(41));
    let after: BTreeMap<_, _> = post(&sold, |_| 0).unwrap().into_iter().collect();
    for (_, balance) in post(&back, |account| after[&account]).unwrap() {
        assert_eq!(balance, 0);
    }
}

#[test]
fn kinds_and_gateways_come_back_from_what_is_written() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_code(kind.code()), Some(kind));
    }
    for gateway in Gateway::ALL {
        assert_eq!(Gateway::parse(gateway.word()), Some(gateway));
    }
}

proptest! {
    /// I1, I2, I3: whatever is tried, sums are zero, nobody is below it, and the journal folds to
    /// the balances.
    #[test]
    fn the_books_balance_whatever_is_tried(
        moves in prop::collection::vec((0u128..6, 0u128..6, -50i64..400), 0..200)
    ) {
        let account = |n: u128| match n {
            0 => Account::Issued(Gateway::Demo),
            1 => Account::Fee,
            n => Account::Wallet(user(n)),
        };
        let mut books: BTreeMap<Account, i64> = BTreeMap::new();
        let mut journal = Vec::new();
        for (from, to, units) in moves {
            let entry = entry().moving(account(from), account(to), units);
            if let Ok(after) = post(&entry, |it| books.get(&it).copied().unwrap_or(0)) {
                books.extend(after);
                journal.push(entry);
            }
            prop_assert_eq!(books.values().sum::<i64>(), 0);
            prop_assert!(books.iter().all(|(account, units)| account.is_house() || *units >= 0));
        }
        let mut folded: BTreeMap<Account, i64> = BTreeMap::new();
        for posting in journal.iter().flat_map(|entry| &entry.postings) {
            *folded.entry(posting.account).or_default() += posting.units;
        }
        for (account, units) in books {
            prop_assert_eq!(folded.get(&account).copied().unwrap_or(0), units);
        }
    }
}
