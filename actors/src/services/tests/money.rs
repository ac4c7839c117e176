//! Wallets, earnings, disputes and payouts over the books.

use parlor_data::nouns::paid_call;
use parlor_domain::{
    bill::{Purse, Record, Step, Terms as BillTerms},
    event::MediaKind,
    id::{OrderId, SessionId},
    ledger::{Account, Entry, Gateway, Invariant, Kind, Subject},
    paid::PaidCall,
    ring::Attempt,
    tariff::Tariff,
};

use super::*;

/// 10 coins a minute by the second, a fifth for the house.
const TARIFF: Tariff = Tariff {
    per_minute: MilliCoins::coins(10),
    initial_s: 1,
    increment_s: 1,
    free_s: 0,
    connect_fee: MilliCoins::ZERO,
    commission_bps: 2_000,
};

const TERMS: BillTerms = BillTerms {
    grant_s: 60,
    topup_grace: Millis::ZERO,
};

impl House {
    fn purse(&self, payer: Member) -> Purse {
        Purse {
            available: self.services.ledger().wallet(payer.user).unwrap(),
            calls: 1,
        }
    }

    async fn post(&self, entry: Option<Entry>) {
        if let Some(entry) = entry {
            self.services.post(Posting::new(entry)).await.unwrap();
        }
    }

    /// A step of a call and its row.
    async fn step(&self, step: &Step) {
        let bill = step.record;
        let attempt = Attempt {
            call: bill.call,
            room: RoomId(bill.call.0),
            caller: bill.payer,
            session: SessionId(bill.call.0),
            name: "Carla".into(),
            media: MediaKind::Audio,
            tariff: bill.tariff,
            at: self.services.now(),
        };
        let call = PaidCall::accepted(&attempt, MediaKind::Audio, bill, attempt.at);
        let nothing = Entry::new(attempt.at, Kind::Tick, Subject::Call(bill.call));
        let entry = step.entry.clone().unwrap_or(nothing);
        let rows = paid_call::put(&call).unwrap();
        let posting = Posting::new(entry).with(rows);
        self.services.post(posting).await.unwrap();
    }

    /// A call of so many seconds that is not settled, ticked every five, as its actor does it.
    async fn running_call(&self, n: u128, payer: Member, host: Member, seconds: i64) -> Record {
        let call = CallId(Uuid::from_u128(n));
        let now = || self.services.now();
        let purse = self.purse(payer);
        let step = Record::authorize(call, payer.user, host.user, TARIFF, &TERMS, purse, now());
        let mut step = step.unwrap();
        self.step(&step).await;
        for second in (5..=seconds).step_by(5) {
            self.clock.advance(Millis::from_secs(5));
            let (proven, purse) = (Millis::from_secs(second), self.purse(payer));
            step = step.record.tick(proven, &TERMS, purse, now());
            self.step(&step).await;
        }
        step.record
    }

    pub(super) async fn paid_call(
        &self,
        n: u128,
        payer: Member,
        host: Member,
        seconds: i64,
    ) -> CallId {
        let record = self.running_call(n, payer, host, seconds).await;
        let end = record.settle(Millis::from_secs(seconds), self.services.now());
        self.step(&end).await;
        record.call
    }

    pub(super) async fn pair(&self) -> (Member, Member) {
        let (client, _) = self.member("client@example.org").await;
        let (host, _) = self.host("host@example.org").await;
        (client, host)
    }

    pub(super) fn balance(&self, of: Account) -> i64 {
        self.services.ledger().balance(of).unwrap()
    }

    pub(super) async fn assert_true(&self) {
        let audit = self.services.prove_books().await.unwrap();
        assert_eq!(audit.fault, None);
        assert_eq!(audit.holds, Invariant::ALL.map(|it| (it, true)));
        let trial = self
            .services
            .trial_balance(Admin {
                user: UserId(Uuid::nil()),
            })
            .await
            .unwrap();
        let sum: i64 = trial.lines.iter().map(|line| line.units).sum();
        assert_eq!(sum, 0, "{trial:?}");
    }
}

pub(super) fn admin() -> Admin {
    Admin {
        user: UserId(Uuid::from_u128(77)),
    }
}

#[actix::test]
async fn a_new_account_has_fifty_coins_and_a_call_is_one_line() {
    let house = house();
    let (client, host) = house.pair().await;
    assert_eq!(
        house.services.wallet(client).unwrap().available,
        MilliCoins::coins(50)
    );
    let call = house.paid_call(1, client, host, 90).await;
    let given = house
        .services
        .adjust(
            admin(),
            "client@example.org",
            MilliCoins::coins(3),
            "sorry",
            "k1",
        )
        .await
        .unwrap();
    let again = house
        .services
        .adjust(
            admin(),
            "client@example.org",
            MilliCoins::coins(3),
            "sorry",
            "k1",
        )
        .await
        .unwrap();
    assert!(again.repeated && again.seq == given.seq);
    let statement = house.services.transactions(client, None, 50).unwrap();
    let lines: Vec<_> = statement
        .transactions
        .iter()
        .map(|it| (it.kind, it.amount.0, it.balance.0))
        .collect();
    assert_eq!(
        lines,
        [
            (Kind::Adjustment, 3_000, 38_000),
            (Kind::Settle, -15_000, 35_000),
            (Kind::Welcome, 50_000, 50_000),
        ]
    );
    assert_eq!(statement.transactions[1].subject, Subject::Call(call));
    assert_eq!(statement.transactions[1].with.as_deref(), Some("Ada"));
    // Page by page it is the same, and no line twice.
    let mut before = None;
    for expected in &statement.transactions {
        let page = house.services.transactions(client, before, 1).unwrap();
        assert_eq!(page.transactions[0], *expected);
        before = page.next;
    }
    house.assert_true().await;
}

#[actix::test]
async fn two_calls_at_once_are_two_lines_wherever_pages_end() {
    let house = house();
    let (client, _) = house.pair().await;
    let hold = |n: u128, units: i64| {
        let call = CallId(Uuid::from_u128(n));
        let entry = Entry::new(house.services.now(), Kind::Hold, Subject::Call(call));
        Some(entry.moving(Account::Wallet(client.user), Account::CallHold(call), units))
    };
    for _ in 0..5 {
        house.post(hold(1, 100)).await;
        house.post(hold(2, 10)).await;
        house
            .services
            .adjust(
                admin(),
                "client@example.org",
                MilliCoins(1),
                "x",
                &Uuid::new_v4().to_string(),
            )
            .await
            .unwrap();
    }
    let mut amounts = vec![];
    let mut before = None;
    loop {
        let page = house.services.transactions(client, before, 2).unwrap();
        amounts.extend(page.transactions.iter().map(|it| it.amount.0));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    amounts.sort_unstable();
    assert_eq!(amounts, [-500, -50, 1, 1, 1, 1, 1, 50_000]);
}

#[actix::test]
async fn earnings_mature_after_the_window_and_are_paid_out_once() {
    let house = house_with(|config| config.payout_min = MilliCoins::coins(5));
    let (client, host) = house.pair().await;
    house.paid_call(1, client, host, 90).await;
    let earned = house.services.earnings(host).unwrap();
    assert_eq!((earned.today.0, earned.month.0), (12_000, 12_000));
    assert_eq!((earned.pending.0, earned.available.0), (12_000, 0));
    assert_eq!(house.services.sweep_earnings().await.unwrap(), 0);
    house.advance_mins(48 * 60);
    assert_eq!(house.services.sweep_earnings().await.unwrap(), 1);
    assert_eq!(house.services.sweep_earnings().await.unwrap(), 0);
    let earned = house.services.earnings(host).unwrap();
    assert_eq!((earned.today.0, earned.month.0), (0, 12_000));
    assert_eq!((earned.pending.0, earned.available.0), (0, 12_000));

    let little = Some(MilliCoins::coins(4));
    let refused = house.services.request_payout(host, little, "a").await;
    assert!(matches!(refused, Err(ServiceError::BadField(_))));
    let much = Some(MilliCoins::coins(13));
    let refused = house.services.request_payout(host, much, "b").await;
    assert_eq!(refused, Err(ServiceError::TooLittle(MilliCoins::coins(1))));
    let part = Some(MilliCoins::coins(5));
    let first = house
        .services
        .request_payout(host, part, "c")
        .await
        .unwrap();
    let again = house.services.request_payout(host, part, "c").await;
    assert_eq!(again, Ok(first.clone()));
    let second = house.services.request_payout(host, part, "d").await;
    assert!(matches!(second, Err(ServiceError::OutOfTurn(_))));
    house
        .services
        .void_payout(admin(), first.id, "no account")
        .await
        .unwrap();
    let second = house
        .services
        .request_payout(host, None, "e")
        .await
        .unwrap();
    assert_eq!(second.amount.0, 12_000);
    let paid = house
        .services
        .mark_paid(admin(), second.id, "SEPA 1")
        .await
        .unwrap();
    assert_eq!(paid.payout.state.word(), "paid");
    let twice = house.services.mark_paid(admin(), second.id, "SEPA 2").await;
    assert!(matches!(twice, Err(ServiceError::OutOfTurn(_))));
    assert_eq!(house.balance(Account::PaidOut), 12_000);
    let earned = house.services.earnings(host).unwrap();
    assert_eq!((earned.month.0, earned.available.0), (12_000, 0));

    house.paid_call(2, client, host, 60).await;
    house.advance_mins(48 * 60);
    house.services.sweep_earnings().await.unwrap();
    let third = house
        .services
        .request_payout(host, None, "f")
        .await
        .unwrap();
    let same = house.services.mark_paid(admin(), third.id, "SEPA 1").await;
    assert!(
        matches!(same, Err(ServiceError::OutOfTurn(_))),
        "a reference names one payout"
    );
    house.assert_true().await;
}

#[actix::test]
async fn a_disputed_price_is_divided_once_and_only_within_the_window() {
    let house = house();
    let (client, host) = house.pair().await;
    let call = house.paid_call(1, client, host, 60).await;
    let late = house.paid_call(2, client, host, 30).await;
    let stranger = house.services.dispute(host, call, "mine").await;
    assert_eq!(stranger, Err(ServiceError::NotFound));
    let open = house.services.dispute(client, call, " no picture ").await;
    let open = open.unwrap();
    assert_eq!(open.dispute.reason, "no picture");
    assert_eq!(
        house.services.dispute(client, call, "again").await.unwrap(),
        open
    );
    assert_eq!(house.balance(Account::Dispute(call)), 8_000);
    house.advance_mins(48 * 60);
    assert!(matches!(
        house.services.dispute(client, late, "too late").await,
        Err(ServiceError::OutOfTurn(_))
    ));
    assert_eq!(house.services.sweep_earnings().await.unwrap(), 1);

    let too_much = house
        .services
        .decide_dispute(admin(), call, MilliCoins(10_001), "all and more")
        .await;
    assert!(matches!(too_much, Err(ServiceError::BadField(_))));
    house
        .services
        .decide_dispute(admin(), call, MilliCoins(5_000), "half each")
        .await
        .unwrap();
    let twice = house
        .services
        .decide_dispute(admin(), call, MilliCoins(5_000), "half each")
        .await;
    assert!(matches!(twice, Err(ServiceError::OutOfTurn(_))));
    assert_eq!(house.balance(Account::Dispute(call)), 0);
    assert_eq!(house.balance(Account::Wallet(client.user)), 40_000);
    assert_eq!(house.balance(Account::HostAvailable(host.user)), 8_000);
    assert_eq!(house.balance(Account::Fee), 2_000);
    let newest = &house
        .services
        .transactions(client, None, 1)
        .unwrap()
        .transactions[0];
    assert_eq!((newest.kind, newest.amount.0), (Kind::Refund, 5_000));
    house.assert_true().await;
}

#[actix::test]
async fn what_is_owed_is_taken_when_it_is_there() {
    let house = house();
    let (client, _) = house.pair().await;
    let owing = Entry::new(house.services.now(), Kind::Chargeback, Subject::None).coins(
        Account::Receivable(client.user),
        Account::Issued(Gateway::Demo),
        MilliCoins::coins(80),
    );
    house.post(Some(owing)).await;
    let wallet = house.services.wallet(client).unwrap();
    assert_eq!((wallet.available.0, wallet.owed.0), (50_000, 80_000));
    house.services.sweep_debts().await.unwrap();
    let wallet = house.services.wallet(client).unwrap();
    assert_eq!((wallet.available.0, wallet.owed.0), (0, 30_000));
    house
        .services
        .adjust(
            admin(),
            "client@example.org",
            MilliCoins::coins(40),
            "paid cash",
            "k",
        )
        .await
        .unwrap();
    for _ in 0..2 {
        house.services.sweep_debts().await.unwrap();
    }
    let wallet = house.services.wallet(client).unwrap();
    assert_eq!((wallet.available.0, wallet.owed.0), (10_000, 0));
    house.assert_true().await;
}

/// What the audit says is broken after one wrong entry about a call.
async fn broken_by(wrong: impl AsyncFnOnce(&House, Record, Entry)) -> Vec<Invariant> {
    let house = house();
    let (client, host) = house.pair().await;
    let record = house.running_call(1, client, host, 30).await;
    house.assert_true().await;
    let entry = Entry::new(house.services.now(), Kind::Tick, Subject::Call(record.call));
    wrong(&house, record, entry).await;
    let audit = house.services.prove_books().await.unwrap();
    assert!(audit.fault.is_some());
    // A look that begins again finds it again.
    let again = house.services.prove_books().await.unwrap();
    assert_eq!((&again.fault, &again.holds), (&audit.fault, &audit.holds));
    let broken = audit.holds.into_iter().filter(|(_, holds)| !holds);
    broken.map(|(it, _)| it).collect()
}

#[actix::test]
async fn i4_to_i7_what_no_bill_explains_is_found_by_its_name() {
    let i4 = broken_by(async |house, record, _| {
        // Settled, and what was reserved stays reserved.
        let mut end = record.settle(record.proven, house.services.now());
        end.entry = None;
        house.step(&end).await;
    });
    assert_eq!(i4.await, [Invariant::I4]);
    let i5 = broken_by(async |house, mut record, _| {
        record.billed_s += 10;
        let (entry, record) = (None, record);
        house.step(&Step { entry, record }).await;
    });
    assert_eq!(i5.await, [Invariant::I5, Invariant::I6]);
    let i6 = broken_by(async |house, record, entry| {
        let host = Account::HostPending(record.host);
        house.post(Some(entry.moving(host, Account::Fee, 1))).await;
    });
    assert_eq!(i6.await, [Invariant::I6]);
    let i7 = broken_by(async |house, record, mut entry| {
        entry.kind = Kind::Settle;
        let (wallet, hold) = (
            Account::Wallet(record.payer),
            Account::CallHold(record.call),
        );
        for (from, to) in [(hold, wallet), (wallet, hold)] {
            house.post(Some(entry.clone().moving(from, to, 1))).await;
        }
    });
    assert_eq!(i7.await, [Invariant::I7]);
    let nobodys = broken_by(async |house, record, mut entry| {
        entry.subject = Subject::Order(OrderId(Uuid::from_u128(5)));
        entry.kind = Kind::TopUp;
        let (from, to) = (
            Account::Issued(Gateway::Demo),
            Account::Wallet(record.payer),
        );
        house.post(Some(entry.moving(from, to, 1))).await;
    });
    assert_eq!(nobodys.await, [Invariant::I7]);
}

#[actix::test]
async fn a_call_that_nobody_took_is_forgotten_and_a_receipt_stays() {
    let house = house();
    let s = &house.services;
    let (client, host) = house.pair().await;
    let billed = house.paid_call(1, client, host, 60).await;
    let receipt = paid_call::load(s.store(), billed).unwrap().unwrap();
    let missed = PaidCall {
        id: CallId(Uuid::from_u128(2)),
        room: RoomId(Uuid::from_u128(2)),
        accepted_at: None,
        status: parlor_domain::paid::Status::Missed,
        bill: None,
        ..receipt
    };
    s.write(paid_call::put(&missed).unwrap()).await.unwrap();
    house.clock.advance(Millis::from_days(179));
    assert_eq!(s.sweep_old().await.unwrap().count("missed_calls"), 0);
    house.clock.advance(Millis::from_days(2));
    assert_eq!(s.sweep_old().await.unwrap().count("missed_calls"), 1);
    let of_host = paid_call::load_of(s.store(), host.user, None, 9).unwrap();
    assert!(!of_host.is_empty() && of_host.iter().all(|it| it.id == billed));
    let by_room = |room| paid_call::load_by_room(s.store(), room).unwrap();
    assert_eq!(by_room(missed.room), None);
    assert!(by_room(receipt.room).is_some());
    house.assert_true().await;
}
