//! What the operator is told when something of a real server goes wrong, each once, and when it is over
//! again: a killed process, a month's data, books that were changed, a gateway that takes no orders.
//!
//! A certificate near its end is told after ten minutes only, which no test waits for: here it is seen at
//! once in `/health`; that what is seen for long enough is told is proven in `domain::alert`.

use std::{path::Path, sync::mpsc::Receiver};

use parlor_data::{Batch, KeyRange, Store, StoreOptions, Table, nouns::relay_month};
use parlor_domain::{
    budget::{Month, MonthUse},
    time::Timestamp,
};
use parlor_paysim as sim;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::{
    server::{Server, eventually},
    watch::{PATIENCE, receiver},
};

/// A server that tells its operator at this address.
fn told_at(folder: &Path, hook: &str, more: &[(&str, &str)]) -> Server {
    let mut own = vec![
        ("ALERTS__WEBHOOK_URL", hook),
        ("ALERTS__WEBHOOK_SECRET", "0123456789abcdef0123456789abcdef"),
        ("ALERTS__OVER_AFTER_S", "1"),
    ];
    own.extend_from_slice(more);
    Server::start(folder, "--demo", &own)
}

/// What is told about a topic, until this news of it; what else there is to tell on this machine is passed
/// over.
fn until(notices: &Receiver<(String, Value)>, topic: &str, news: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = Vec::new();
    while lines.last().is_none_or(|it| it["news"] != news) {
        let (_, notice) = notices.recv_timeout(5 * PATIENCE).unwrap();
        let all = notice["lines"].as_array().unwrap().iter();
        lines.extend(all.filter(|it| it["topic"] == topic).cloned());
    }
    lines
}

fn warnings(server: &Server) -> String {
    server.try_get("/health").1["warnings"].to_string()
}

fn now() -> Timestamp {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    Timestamp(i64::try_from(now).unwrap())
}

#[test]
fn a_process_that_ended_without_a_stop_is_told_once_by_the_next_one() {
    const WORDS: &str = "ended without a stop";
    let (hook, notices) = receiver();
    let folder = tempfile::tempdir().unwrap();
    let first = told_at(folder.path(), &hook, &[]);
    assert_eq!(first.logged(WORDS), 0);
    drop(first); // SIGKILL
    let second = told_at(folder.path(), &hook, &[("LOG__LEVEL", "info,alert=debug")]);
    assert_eq!(second.line(WORDS)["level"], "WARN");
    assert!(warnings(&second).contains(WORDS), "{}", warnings(&second));
    let told = until(&notices, "faults", "raised");
    assert_eq!((told.len(), &told[0]["severity"]), (1, &json!("warning")));
    eventually("it is on disk that somebody has it", || {
        let mut log = second.log().into_iter();
        log.find(|it| it.contains("it is on disk") && it.contains("faults"))
    });
    // Killed once more: the operator knows. Stopped, it is over.
    drop(second);
    let third = told_at(folder.path(), &hook, &[]);
    third.line(WORDS);
    third.stop();
    let fourth = told_at(folder.path(), &hook, &[]);
    let told = until(&notices, "faults", "recovered");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(fourth.logged(WORDS), 0);
    assert!(!warnings(&fourth).contains(WORDS));
}

#[test]
fn a_month_that_runs_out_is_told_and_so_is_a_larger_one() {
    let (hook, notices) = receiver();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("parlor-data");
    std::fs::create_dir(&data).unwrap();
    let store = Store::open(&data.join("store"), StoreOptions::default()).unwrap();
    let (month, bytes) = (Month::of(now()), 850_000_000);
    let used = relay_month::put_lazily(MonthUse { month, bytes }).unwrap();
    store.store.write_lazy(used).unwrap();
    store.store.close();
    let server = told_at(folder.path(), &hook, &[("RELAY__MONTH_GB_MAX", "1")]);
    let told = until(&notices, "traffic", "raised");
    assert_eq!((told.len(), &told[0]["severity"]), (1, &json!("warning")));
    assert!(
        told[0]["text"]
            .as_str()
            .unwrap()
            .contains("of 1 GB are used"),
        "{told:?}"
    );
    server.stop();
    let server = told_at(folder.path(), &hook, &[("RELAY__MONTH_GB_MAX", "10")]);
    assert_eq!(until(&notices, "traffic", "recovered").len(), 1);
    server.stop();
}

/// One balance of a stopped server's books is another one by so much.
fn change_a_balance(folder: &Path, by: i64) {
    let options = StoreOptions {
        key_file: Some(folder.join("parlor-data-key/keys")),
        ..StoreOptions::default()
    };
    let store = Store::open(&folder.join("parlor-data/store"), options)
        .unwrap()
        .store;
    let rows = store
        .scan(Table::LedgerBalances, KeyRange::all(), 1)
        .unwrap();
    let (account, units) = rows.first().unwrap();
    let units = i64::from_be_bytes(units.as_ref().try_into().unwrap()) + by;
    let change = Batch::new().put(Table::LedgerBalances, account, units.to_be_bytes().to_vec());
    store.write_blocking(change).unwrap();
    store.close();
}

#[test]
fn books_that_somebody_changed_are_told_and_so_are_mended_ones() {
    let (hook, notices) = receiver();
    let folder = tempfile::tempdir().unwrap();
    told_at(folder.path(), &hook, &[]).stop();
    change_a_balance(folder.path(), 1);
    let server = told_at(folder.path(), &hook, &[]);
    let told = until(&notices, "books", "raised");
    assert_eq!((told.len(), &told[0]["severity"]), (1, &json!("error")));
    let (status, health) = server.try_get("/health");
    assert_eq!(
        (status, &health["services"]["ledger"]),
        (200, &json!("warning"))
    );
    server.stop();
    change_a_balance(folder.path(), -1);
    let server = told_at(folder.path(), &hook, &[]);
    assert_eq!(until(&notices, "books", "recovered").len(), 1);
    server.stop();
}

#[test]
fn a_gateway_that_takes_no_orders_is_told_and_so_is_one_that_does_again() {
    let (hook, notices) = receiver();
    let folder = tempfile::tempdir().unwrap();
    let gateways = sim::start("127.0.0.1:0").unwrap();
    let base = format!("{}/stripe", gateways.url);
    let own = [
        ("PAYMENTS__STRIPE_BASE_URL", base.as_str()),
        ("PAYMENTS__STRIPE_SECRET_KEY", sim::STRIPE_KEY),
        ("PAYMENTS__STRIPE_WEBHOOK_SECRET", sim::STRIPE_HOOK),
    ];
    let server = told_at(folder.path(), &hook, &own);
    let login = json!({"email": "client@demo.parlor.example", "password": "parlor demo 2026"});
    let session = server.post("/api/auth/login", "", &login);
    let token = session["accessToken"].as_str().unwrap();
    let offers = server.get("/api/payment/offers", token);
    let offers = offers["offers"].as_array().unwrap().iter();
    let stripe = offers.clone().find(|it| it["gateway"] == "stripe").unwrap();
    let order = json!({"gateway": "stripe", "package": stripe["packages"][0]["id"]});
    let buy = |key: &str| {
        server
            .try_post("/api/payment/create-order", token, key, &order)
            .0
    };
    {
        let mut sim = gateways.sim();
        (sim.script.fault_status, sim.script.fault_count) = (401, 3);
    }
    for key in ["a", "b", "c"] {
        assert_eq!(buy(key), 502);
    }
    let told = until(&notices, "payments", "raised");
    let text = told[0]["text"].as_str().unwrap();
    assert!(
        told.len() == 1 && text.contains("stripe took none of the last 3"),
        "{text}"
    );
    assert!(warnings(&server).contains("stripe took none"));
    assert_eq!(buy("d"), 201);
    assert_eq!(until(&notices, "payments", "recovered").len(), 1);
    server.stop();
}

/// A certificate for this machine that began ninety days ago and is good for so many more.
fn certificate(folder: &Path, days: i64) {
    let key = KeyPair::generate().unwrap();
    let mut wanted = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let at = |days: i64| {
        let at = std::time::SystemTime::now();
        let span = std::time::Duration::from_secs(days.unsigned_abs() * 86_400);
        (if days < 0 { at - span } else { at + span }).into()
    };
    (wanted.not_before, wanted.not_after) = (at(-90), at(days));
    let signed = wanted.self_signed(&key).unwrap();
    std::fs::write(folder.join("chain.pem"), signed.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

#[test]
fn a_certificate_that_nobody_renews_is_seen_until_it_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path(), 3);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (chain, key) = (file("chain.pem"), file("key.pem"));
    let own = [
        ("SERVER__TLS_LISTEN", "127.0.0.1:0"),
        ("SERVER__TLS_CERTIFICATE_FILE", chain.as_str()),
        ("SERVER__TLS_KEY_FILE", key.as_str()),
    ];
    let server = Server::start(folder.path(), "--dev", &own);
    let (status, health) = server.try_get("/health");
    assert_eq!(
        (status, &health["services"]["certificate"]),
        (200, &json!("warning"))
    );
    let words = health["warnings"].to_string();
    assert!(
        words.contains("expires in 7") && words.contains("was not renewed"),
        "{words}"
    );
    certificate(folder.path(), 90);
    server.signal("HUP");
    eventually("the new one is good", || {
        let health = server.try_get("/health").1;
        (health["services"]["certificate"] == "ok").then_some(())
    });
    server.stop();
}
