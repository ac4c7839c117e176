//! The relay's bench: processor time per relayed packet against coturn, turn-server and a bare
//! forwarder, in interleaved rounds on one machine.
//!
//! `cargo bench -p parlor-turn --bench relay` (or `make bench-relay`); behind `--`: `--quick` for
//! less than a minute, `--rounds N`, `--seconds S` per measurement, `--only TEXT` for the cells
//! whose name contains it (`--only flood`: what packets without credentials cost; `--only stalled`:
//! whether slow readers and the web server delay others). Servers run on processor 0, the generator
//! on processor 1. coturn comes from Debian; `cargo install turn-server --version 4.1.5` (or `TURN_SERVER=path`) adds that one.
//!
//! Packets are counted where they arrive, so that a server is not rewarded for dropping. What
//! others on the machine use is printed as noise; a disturbed measurement is repeated.

#![allow(clippy::unwrap_used)]

mod bare;
#[path = "../../tests/common/batch.rs"]
mod batch;
mod clock;
mod flood;
mod floor;
mod generator;
mod handshake;
mod house;
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/common/process.rs"]
mod process;
#[allow(
    dead_code,
    unused_imports,
    reason = "the relay's own, which uses more of it"
)]
#[path = "../../src/sys/schedule.rs"]
mod schedule;
mod servers;
mod stalled;
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/common/stun.rs"]
mod stun;
mod suites;
mod table;
mod web;

use std::time::Duration;

use servers::{Kind, Programs};
use suites::Effort;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|a| a == name)?;
        arguments.get(at + 1).cloned()
    };
    if arguments.first().is_some_and(|a| a == "floor") {
        let port = |i: usize| arguments.get(i).and_then(|p| p.parse().ok()).unwrap_or(0);
        floor::run(port(1), port(2)).unwrap();
        return;
    }
    if arguments.first().is_some_and(|a| a == "bare") {
        bare::run(arguments.get(1).and_then(|p| p.parse().ok()).unwrap_or(0)).unwrap();
        return;
    }
    // cargo test also runs benches, but only cargo bench means it
    if !arguments.iter().any(|a| a == "--bench") {
        return;
    }
    let quick = arguments.iter().any(|a| a == "--quick");
    let number = |name: &str, otherwise: f64| {
        value(name)
            .and_then(|v| v.parse().ok())
            .unwrap_or(otherwise)
    };
    let effort = Effort {
        rounds: number("--rounds", if quick { 2.0 } else { 5.0 }) as usize,
        seconds: number("--seconds", if quick { 0.5 } else { 1.5 }),
        repeats: if quick { 0 } else { 3 },
        quick,
    };
    run(effort, &value("--only").unwrap_or_default());
}

fn run(effort: Effort, only: &str) {
    if only == "stalled" {
        take_processor();
        if let Err(e) = stalled::run(effort) {
            eprintln!("stalled: {e}");
            std::process::exit(1);
        }
        return;
    }
    let programs = match Programs::find() {
        Ok(programs) => programs,
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(1);
        }
    };
    if !programs.has(Kind::TurnRs) {
        println!("turn-server is not installed: left out");
    }
    take_processor();
    if only == "flood" {
        if let Err(e) = flood::run(&programs, effort) {
            eprintln!("flood: {e}");
            std::process::exit(1);
        }
        return;
    }
    println!(
        "## relay bench: {} rounds of {} s, medians, servers on one processor",
        effort.rounds, effort.seconds
    );
    let mut measured = Vec::new();
    for cell in suites::cells(effort) {
        if cell.name.contains(only) {
            let rows = suites::measure(&programs, &cell, effort);
            table::print_cell(&cell, &rows);
            measured.push((cell, rows));
        }
    }
    let mut memories = Vec::new();
    if "allocations memory".contains(only) {
        table::print_allocations(&suites::allocation_cost(&programs, effort));
        memories = suites::memory(&programs, effort);
        table::print_memory(&memories);
    }
    table::print_result(&measured, &memories);
}

/// Takes the second processor for this process, in a session of its own with the best share the
/// system grants, so that other work on the machine disturbs less.
fn take_processor() {
    // SAFETY: plain system calls on this process alone; a refusal changes nothing.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        libc::setsid();
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(1, &mut set);
        if libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set) != 0 {
            println!("one processor only: server and generator share it");
        }
    }
    let _ = std::fs::write("/proc/self/autogroup", "-20");
}

/// Lets this thread, and those that it starts, run before others of this program, where the system
/// grants it, and as soon as they wake: who measures must not wait for who makes the load. A better
/// nice value alone does not do it: a thread that computes keeps the processor until its own slice is
/// over, milliseconds later, unless who wakes asked for a shorter one. Not as a realtime thread: those
/// are held back in groups of their own, which was seen to delay what is measured by milliseconds.
fn prefer_this_thread() {
    // A refusal changes nothing.
    let _ = schedule::prefer(Duration::from_micros(100), -20);
}

/// Lets this thread run only when none that measures would (SCHED_IDLE): who makes the load must not
/// be counted as delay of what is measured.
fn step_back() {
    // SAFETY: a plain system call on this thread alone; a refusal changes nothing.
    unsafe {
        let none = libc::sched_param { sched_priority: 0 };
        libc::sched_setscheduler(0, libc::SCHED_IDLE, &none);
    }
}
