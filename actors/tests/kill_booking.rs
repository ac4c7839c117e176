//! kill -9 while people book: a child books, pays, moves and calls off, and reports what was
//! acknowledged; the parent kills it, opens what is left, and proves that there is no half state:
//! every meeting that is not over has its time in the host's agenda and nobody else has it, every
//! firm time has its meeting, every price that is set aside belongs to a booking that is paid, and
//! nothing that was acknowledged is lost.
//!
//! `ROUNDS=200 cargo test -p parlor-actors --test kill_booking`

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../../data/tests/crash/mod.rs"]
mod crash;

use std::{
    collections::BTreeSet,
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crash::Random;
use parlor_actors::{
    clock::SystemClock,
    services::{Booker, Keys, NewBooking, PasswordCost, Posting, Services, ServicesConfig},
};
use parlor_data::{
    Store,
    nouns::{account as accounts, agenda, ledger, meeting as meetings},
};
use parlor_domain::{
    access::Member,
    account::{Account as Person, Email, HostStatus},
    availability::{Availability, Span},
    booking::Payment,
    id::{LoginId, MeetingId, UserId},
    identity::{Identity, Role, Scope},
    ledger::{Account, Entry, Gateway, Kind, Subject},
    meeting::{Meeting, Part},
    money::MilliCoins,
    service::Draft,
    time::{Millis, Timestamp},
};
use uuid::Uuid;

const CHILD: &str = "--kill-booking-child";
const BOOT: &str = "one boot";
const HOST: UserId = UserId(Uuid::from_u128(1));
const CLIENT: UserId = UserId(Uuid::from_u128(2));

fn main() {
    if let Some(dir) = crash::child_folder(CHILD) {
        let run = tokio::runtime::Builder::new_current_thread().build();
        return run.unwrap().block_on(child(&dir));
    }
    let Some(rounds) = crash::rounds("kill_booking", 15) else {
        return;
    };
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("kill-loop booking seed={seed}");
    let (acked, meetings, lost, half) = parent(rounds, seed);
    println!("kill-loop acked={acked} meetings={meetings}");
    println!("RESULT kill-booking rounds={rounds} lost={lost} half={half}");
    if lost + half > 0 || acked == 0 {
        std::process::exit(1);
    }
}

fn services(store: &Store) -> Services {
    let config = ServicesConfig {
        password_cost: PasswordCost {
            memory_kib: 8,
            passes: 1,
            ..PasswordCost::default()
        },
        ..ServicesConfig::default()
    };
    let keys = Keys::derive(&[9; 32]);
    Services::new(store.clone(), keys, config, Arc::new(SystemClock))
}

fn member(user: UserId) -> Member {
    Member {
        user,
        login: LoginId(user.0),
    }
}

fn identity(user: UserId) -> Identity {
    Identity {
        user,
        login: LoginId(user.0),
        role: Role::Client,
        scope: Scope::Account,
        name: "Somebody".into(),
        expires_at: Timestamp::MAX,
    }
}

async fn people(services: &Services) {
    let now = services.now();
    for (user, host) in [(HOST, HostStatus::Approved), (CLIENT, HostStatus::None)] {
        let person = Person {
            id: user,
            email: Email::parse(&format!("{user}@example.org")).unwrap(),
            email_verified_at: Some(now),
            name: "Somebody".into(),
            phone: None,
            gender: None,
            language: "en".into(),
            time_zone: "UTC".into(),
            admin: false,
            host,
            banned: false,
            password_hash: String::new(),
            created_at: now,
            updated_at: now,
        };
        let _ = services
            .store()
            .write(accounts::insert(&person).unwrap())
            .await;
    }
    let given = Entry::new(now, Kind::TopUp, Subject::User(CLIENT)).coins(
        Account::Issued(Gateway::Demo),
        Account::Wallet(CLIENT),
        MilliCoins::coins(1_000_000),
    );
    services.ledger().post(Posting::new(given)).await.unwrap();
    let mut hours = Availability::none(HOST, "UTC", now);
    hours.week = std::array::from_fn(|_| vec![Span { from: 0, to: 1_440 }]);
    services
        .set_availability(member(HOST), hours)
        .await
        .unwrap();
}

fn report(meeting: MeetingId) {
    let mut out = std::io::stdout().lock();
    out.write_all(meeting.as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Books until it is killed.
async fn child(dir: &Path) {
    let store = Store::open(dir, crash::options(BOOT)).unwrap().store;
    let services = services(&store);
    // The service comes last: whoever was killed before it begins again.
    let ready = services.services_of(HOST);
    if ready.map_or(true, |it| it.1.is_empty()) {
        people(&services).await;
        let draft = Draft {
            title: "Talk".into(),
            price: MilliCoins::coins(1),
            moves_max: 99,
            horizon: Millis::from_days(365),
            ..Draft::default()
        };
        services.create_service(member(HOST), draft).await.unwrap();
    }
    let service = services.services_of(HOST).unwrap().1[0].id;
    let mut random = Random(services.now().0 as u64);
    loop {
        let now = services.now();
        let free = services.slots(HOST, service, now, now + Millis::from_days(365));
        let free = free.unwrap().starts;
        if free.is_empty() {
            return;
        }
        let pick = |random: &mut Random| free[random.below(free.len() as u64) as usize];
        let start = pick(&mut random);
        let hold = match random.below(2) {
            0 => None,
            _ => Some(services.hold(HOST, service, start, None).await.unwrap().id),
        };
        let wish = NewBooking {
            host: HOST,
            service,
            starts_at: start,
            hold,
            note: String::new(),
            pay: random.below(2) == 0,
            every_weeks: 1,
            count: 1,
            skip_taken: false,
            reader: None,
            agreed_to: None,
        };
        let booked = services
            .book(&Booker::Member(member(CLIENT)), &wish, None)
            .await;
        let Ok(booked) = booked else { continue };
        let id = booked.meetings[0].meeting.id;
        report(id);
        match random.below(4) {
            0 => drop(services.pay_booking(member(CLIENT), id).await),
            1 => drop(services.cancel_meeting(&identity(CLIENT), id, "").await),
            2 => drop(
                services
                    .move_booking(member(CLIENT), id, pick(&mut random))
                    .await,
            ),
            _ => drop(services.cancel_meeting(&identity(HOST), id, "").await),
        }
    }
}

fn parent(rounds: u64, seed: u64) -> (u64, u64, u64, u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut random = Random(seed);
    let mut acked = BTreeSet::new();
    let (mut lost, mut half, mut count) = (0, 0, 0);
    for round in 0..rounds {
        let lives = Duration::from_millis(400 + random.below(500));
        let reports = crash::live_and_die(CHILD, dir.path(), lives);
        let (ids, _) = reports.as_chunks::<16>();
        acked.extend(ids.iter().map(|id| MeetingId::from_bytes(*id)));
        let store = Store::open(dir.path(), crash::options(BOOT)).unwrap().store;
        let all = every_meeting(&store);
        count = all.len() as u64;
        let there: BTreeSet<_> = all.iter().map(|it| it.id).collect();
        lost += acked.difference(&there).count() as u64;
        let wrong = half_states(&store, &all);
        if wrong > 0 {
            println!("round {round}: {wrong} half states");
        }
        half += wrong;
    }
    (acked.len() as u64, count, lost, half)
}

fn every_meeting(store: &Store) -> Vec<Meeting> {
    let mut all: Vec<Meeting> = Vec::new();
    loop {
        let after = all.last().map(|it| it.id);
        let page = meetings::page(store, after, 500).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page.into_iter().map(|it| it.value));
    }
}

fn half_states(store: &Store, all: &[Meeting]) -> u64 {
    let far = Timestamp(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64);
    let (from, to) = (far - Millis::from_days(2), far + Millis::from_days(370));
    let mut wrong = 0;
    for (person, part) in [(HOST, Part::Host), (CLIENT, Part::Client)] {
        let mut taken = agenda::load_span(store, person, from, to, 400).unwrap();
        taken.sort_by_key(|it| (it.from, it.owner));
        taken.dedup();
        let firm: Vec<_> = taken
            .iter()
            .filter(|it| it.until == Timestamp::MAX)
            .collect();
        wrong += firm.windows(2).filter(|it| it[0].overlaps(it[1])).count() as u64;
        let meeting = |id: Uuid| all.iter().find(|it| it.id.0 == id);
        let owned = |id: Uuid| meeting(id).is_some_and(|it| !it.status.is_over());
        wrong += firm.iter().filter(|it| !owned(it.owner)).count() as u64;
        let missing = |it: &&Meeting| {
            it.claim(part)
                .is_some_and(|claim| !taken.contains(&claim) && claim.is_live(far))
        };
        wrong += all.iter().filter(missing).count() as u64;
    }
    for it in all {
        let held = ledger::balance(store, Account::MeetingHold(it.id)).unwrap();
        let booking = it.booking.as_ref().unwrap();
        let expected = match booking.payment {
            Payment::Held => booking.price.0,
            _ => 0,
        };
        wrong += u64::from(held != expected);
    }
    wrong
}
