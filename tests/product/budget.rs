//! A month whose budget runs out, seen from the room and from the wire.

use std::path::Path;

use parlor_data::{Store, StoreOptions, nouns::relay_month};
use parlor_domain::{
    budget::{Month, MonthUse},
    time::Timestamp,
};
use serde_json::Value;

use crate::{
    server::{Server, eventually},
    traffic::{CHANNEL, meet, relayed},
};

/// This month.
fn now() -> Month {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    Month::of(Timestamp(i64::try_from(now).unwrap()))
}

/// A server that has carried so many bytes in a month, of a budget of 1 GB.
fn server_after(folder: &Path, month: Month, bytes: u64) -> Server {
    let data = folder.join("parlor-data");
    std::fs::create_dir(&data).unwrap();
    let store = Store::open(&data.join("store"), StoreOptions::default()).unwrap();
    let used = relay_month::put_lazily(MonthUse { month, bytes }).unwrap();
    store.store.write_lazy(used).unwrap();
    store.store.close();
    Server::start(folder, "--demo", &[("RELAY__MONTH_GB_MAX", "1")])
}

fn month_bytes(server: &Server) -> u64 {
    let metrics = server.metrics();
    let line = metrics
        .lines()
        .find_map(|it| it.strip_prefix("parlor_relay_month_bytes "));
    line.unwrap().parse().unwrap()
}

#[test]
fn from_eighty_percent_on_who_comes_is_asked_for_smaller_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let server = server_after(folder.path(), now(), 850_000_000);
    let pair = meet(&server);
    assert_eq!(pair.host_joined["relayLevel"], "saver");
    let (mut host, host_at) = relayed(server.relay, &pair.host_login);
    host.bind(CHANNEL, host_at).unwrap();
    for _ in 0..20 {
        host.send(CHANNEL, &[0; 1000]).unwrap();
        host.receive().unwrap();
    }
    // Up and down count: the sum of before goes on.
    eventually("the month grows", || {
        (month_bytes(&server) >= 850_040_000).then_some(())
    });
}

#[test]
fn a_spent_month_carries_voices_and_few_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let server = server_after(folder.path(), now(), 1_000_000_000);
    let pair = meet(&server);
    assert_eq!(pair.host_joined["relayLevel"], "audio");
    let (mut host, host_at) = relayed(server.relay, &pair.host_login);
    let (mut guest, guest_at) = relayed(server.relay, &pair.guest_login);
    host.bind(CHANNEL, guest_at).unwrap();
    guest.bind(CHANNEL, host_at).unwrap();
    for _ in 0..30 {
        host.send(CHANNEL, &[0; 1000]).unwrap();
    }
    for _ in 0..5 {
        host.send(CHANNEL, &[1; 160]).unwrap();
    }
    let mut pictures = 0;
    let mut voices = 0;
    while voices < 5 {
        match guest.receive().unwrap().1.len() {
            160 => voices += 1,
            _ => pictures += 1,
        }
    }
    assert!(pictures < 15, "{pictures} of 30 pictures, and every voice");
}

#[test]
fn another_months_sum_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let month = Month {
        year: 2020,
        month: 1,
    };
    let server = server_after(folder.path(), month, 2_000_000_000);
    assert!(month_bytes(&server) < 1_000_000);
    assert_eq!(meet(&server).host_joined["relayLevel"], Value::Null);
}
