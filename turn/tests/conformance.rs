//! A raw probe of the relay, with coturn as the oracle.
//!
//! Each case is a short script against a server; what came of it is one line of text. The tables in
//! `conformance/` say what ours must give and what coturn gives. Where the two differ, the reason
//! stands beside them; a difference without a reason cannot be written down, and one that is not in
//! the table fails. Where coturn is not installed its column is not checked (with `CI` set that is
//! a failure).

#![allow(clippy::unwrap_used)]

mod common;

#[path = "conformance/allocate.rs"]
mod allocate;
#[path = "conformance/authenticate.rs"]
mod authenticate;
#[path = "conformance/binding.rs"]
mod binding;
#[path = "conformance/channel.rs"]
mod channel;
#[path = "conformance/data.rs"]
mod data;
#[path = "conformance/permission.rs"]
mod permission;
#[path = "conformance/refresh.rs"]
mod refresh;
#[path = "conformance/stream.rs"]
mod stream;
#[path = "conformance/table.rs"]
mod table;

use std::panic::{AssertUnwindSafe, catch_unwind};

use common::servers::{self, Target};
use table::Case;

#[test]
fn ours_and_coturn_answer_as_the_tables_say() {
    let cases: Vec<Case> = [
        binding::cases(),
        authenticate::cases(),
        allocate::cases(),
        refresh::cases(),
        permission::cases(),
        channel::cases(),
        data::cases(),
        stream::cases(),
    ]
    .into_iter()
    .flatten()
    .collect();
    assert!(cases.len() >= 45);
    let mut wrong = Vec::new();
    let ours = servers::ours(servers::config());
    cases.iter().for_each(|case| check(case, &ours, &mut wrong));
    match servers::coturn() {
        Some(coturn) => cases
            .iter()
            .for_each(|case| check(case, &coturn, &mut wrong)),
        None if std::env::var_os("CI").is_some() => wrong.push("coturn is not installed".into()),
        None => eprintln!("coturn is not installed: only ours was checked"),
    }
    let differences = cases.iter().filter(|case| case.why.is_some()).count();
    println!("{} cases, {differences} explained differences", cases.len());
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn check(case: &Case, target: &Target, wrong: &mut Vec<String>) {
    let expected = if target.oracle {
        case.coturn
    } else {
        case.ours
    };
    let got = catch_unwind(AssertUnwindSafe(|| (case.run)(target)))
        .unwrap_or_else(|_| "the script could not go on".into());
    if got != expected {
        wrong.push(format!(
            "{}: {}: expected \"{expected}\", got \"{got}\"",
            case.name, target.name
        ));
    }
}
