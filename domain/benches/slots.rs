//! How long a year of slots takes: 09:00 to 17:30 on every day, by quarters of an hour, with a
//! busy calendar. Prints; asserts nothing about time.

use std::{hint::black_box, time::Instant};

use parlor_domain::{
    agenda::Claim,
    availability::{Availability, Span},
    id::{ServiceId, UserId},
    service::{Draft, Service},
    slots::{Ask, slots},
    time::{Millis, Timestamp},
};
use uuid::Uuid;

const ROUNDS: usize = 400;
const NOW: Timestamp = Timestamp(1_793_000_000_000);

fn main() {
    let service = Service {
        id: ServiceId(Uuid::from_u128(1)),
        host: UserId(Uuid::from_u128(2)),
        draft: Draft {
            duration: Millis::from_mins(15),
            step: Millis::from_mins(15),
            after: Millis::ZERO,
            notice: Millis::ZERO,
            horizon: Millis::from_days(365),
            ..Draft::default()
        },
        created_at: NOW,
        updated_at: NOW,
    };
    let mut hours = Availability::none(service.host, "Europe/Berlin", NOW);
    hours.week = std::array::from_fn(|_| {
        vec![Span {
            from: 540,
            to: 1_050,
        }]
    });
    let busy: Vec<_> = (0..1_000)
        .map(|n| {
            let start = NOW + Millis::from_mins(n * 500);
            Claim {
                owner: Uuid::from_u128(n as u128),
                from: start,
                to: start + Millis::from_mins(60),
                starts_at: start,
                service: None,
                until: Timestamp::MAX,
                seats: 1,
            }
        })
        .collect();
    let run = |busy: &[Claim]| {
        let ask = Ask {
            service: &service,
            hours: &hours,
            busy,
            from: NOW,
            to: NOW + Millis::from_days(365),
            now: NOW,
            limit: usize::MAX,
        };
        let mut times = Vec::with_capacity(ROUNDS);
        let mut count = 0;
        for _ in 0..ROUNDS {
            let began = Instant::now();
            count = black_box(slots(black_box(&ask))).len();
            times.push(began.elapsed().as_micros());
        }
        times.sort_unstable();
        (count, times[ROUNDS / 2], times[ROUNDS * 99 / 100])
    };
    let (free, free_p50, free_p99) = run(&[]);
    let (left, busy_p50, busy_p99) = run(&busy);
    println!("365 days, empty calendar: {free} slots, p50 {free_p50} us, p99 {free_p99} us");
    println!("365 days, 1000 bookings:  {left} slots, p50 {busy_p50} us, p99 {busy_p99} us");
    println!("RESULT slots days=365 free_us={free_p50} busy_us={busy_p50} busy_p99_us={busy_p99}");
}
