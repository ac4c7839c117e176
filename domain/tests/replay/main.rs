//! What a client knows after any number of cuts and replays is what a fresh snapshot says, for every
//! type of event.
//!
//! Random histories of two people with two devices each run through the real machines of sessions,
//! the pair's conversation and a room, and through plain lists for what services only report
//! ([`house`]). Every device ([`device`]) folds what it hears into its state ([`state`]); lines break at any
//! moment, with frames and welcomes on them. The fold names every type of event, so a new one does not
//! compile until somebody says what it changes, and the test fails when a type was never heard.

#![allow(clippy::unwrap_used)]

mod device;
mod house;
mod state;

use std::collections::BTreeSet;

use device::{Device, devices};
use house::House;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};

/// What happens next, to or by one device.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// Says something in the pair's conversation.
    Say,
    /// Changes the message that is so many before the last; true takes it back.
    Change(u64, bool),
    /// Reads up to so many before the last, privately or not.
    Read(u64, bool),
    /// Messages arrived, up to so many before the last.
    Arrived(u64),
    /// Writes, or stops.
    Type(bool),
    /// Something that services report to the person; the number varies it.
    Fact(Fact, u64),
    /// Enters the room, or knocks.
    Enter,
    /// Leaves it.
    Leave,
    /// The first person lets in (or turns away) whoever waits.
    Door(bool),
    /// Something in the room; the number varies it.
    InRoom(Deed, u64),
    /// Reads so many of the frames on their way.
    Hear(usize),
    /// Acknowledges what was read.
    Ack,
    /// The line breaks; what is on it is lost. Whether the server notices now.
    Break(bool),
    /// Connects again with what it has; false: the line breaks before the welcome.
    Connect(bool),
    /// Asks for everything anew, as after a welcome that did not resume.
    Fetch,
    /// Time passes, in seconds.
    Wait(i64),
}

/// What services report.
#[derive(Clone, Copy, Debug)]
enum Fact {
    Wallet,
    Notice,
    NoticesRead,
    Kept,
    Meeting,
    Slots,
    Presence,
    Host,
    Review,
    Call,
}

/// What people do in a room.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Signal,
    Media,
    Hand,
    React,
    Line,
    Lock,
    Record,
    Screen,
    Mute,
    Remove,
    Budget,
    Announce,
    Begin,
    End,
}

/// Four times of five.
fn mostly() -> impl Strategy<Value = bool> {
    (0..5).prop_map(|it| it > 0)
}

fn act() -> impl Strategy<Value = Act> {
    let back = 0u64..4;
    prop_oneof![
        6 => Just(Act::Say),
        2 => (back.clone(), any::<bool>()).prop_map(|(back, gone)| Act::Change(back, gone)),
        3 => (back.clone(), any::<bool>()).prop_map(|(back, quiet)| Act::Read(back, quiet)),
        3 => back.prop_map(Act::Arrived),
        1 => any::<bool>().prop_map(Act::Type),
        8 => (fact(), any::<u64>()).prop_map(|(fact, n)| Act::Fact(fact, n)),
        5 => Just(Act::Enter),
        1 => Just(Act::Leave),
        4 => mostly().prop_map(Act::Door),
        10 => (deed(), any::<u64>()).prop_map(|(deed, n)| Act::InRoom(deed, n)),
        12 => (1usize..12).prop_map(Act::Hear),
        4 => Just(Act::Ack),
        4 => any::<bool>().prop_map(Act::Break),
        8 => mostly().prop_map(Act::Connect),
        4 => Just(Act::Fetch),
        2 => (1i64..100).prop_map(Act::Wait),
    ]
}

fn fact() -> impl Strategy<Value = Fact> {
    prop::sample::select(vec![
        Fact::Wallet,
        Fact::Notice,
        Fact::NoticesRead,
        Fact::Kept,
        Fact::Meeting,
        Fact::Slots,
        Fact::Presence,
        Fact::Host,
        Fact::Review,
        Fact::Call,
    ])
}

fn deed() -> impl Strategy<Value = Deed> {
    prop::sample::select(vec![
        Deed::Signal,
        Deed::Media,
        Deed::Hand,
        Deed::React,
        Deed::Line,
        Deed::Lock,
        Deed::Record,
        Deed::Screen,
        Deed::Mute,
        Deed::Remove,
        Deed::Budget,
        Deed::Announce,
        Deed::Begin,
        Deed::End,
    ])
}

/// Both people in the room, with one device each.
const TOGETHER: [(usize, Act); 9] = [
    (0, Act::Connect(true)),
    (2, Act::Connect(true)),
    (0, Act::Fetch),
    (2, Act::Fetch),
    (0, Act::Enter),
    (2, Act::Enter),
    (0, Act::Door(true)),
    (0, Act::Hear(usize::MAX)),
    (2, Act::Hear(usize::MAX)),
];

/// Runs a history; every device that heard all it was sent must know what is so.
fn run(history: &[(usize, Act)], heard: &mut BTreeSet<&'static str>) -> Result<(), TestCaseError> {
    let mut house = House::new();
    let mut all: Vec<Device> = devices();
    for (who, act) in history {
        all[*who].act(&mut house, *act);
        for device in &mut all {
            device.notice_close(&house);
            device.check(&mut house)?;
        }
    }
    // At the end everybody comes back, and whoever was not resumed asks anew.
    for device in &mut all {
        device.act(&mut house, Act::Connect(true));
        device.act(&mut house, Act::Fetch);
    }
    for device in &mut all {
        device.act(&mut house, Act::Hear(usize::MAX));
        prop_assert!(device.check(&mut house)?, "the comparison was made");
        heard.extend(&device.heard);
    }
    Ok(())
}

#[test]
fn state_after_replay_equals_a_fresh_snapshot_for_every_type_of_event() {
    let mut runner = TestRunner::new(Config {
        cases: 1_000,
        failure_persistence: None,
        ..Config::default()
    });
    let heard = std::cell::RefCell::new(BTreeSet::new());
    let histories = (
        any::<bool>(),
        prop::collection::vec((0usize..4, act()), 1..200),
    );
    let outcome = runner.run(&histories, |(together, acts)| {
        let begun = if together { &TOGETHER[..] } else { &[] };
        run(&[begun, &acts].concat(), &mut heard.borrow_mut())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let all: BTreeSet<_> = state::NAMES.iter().copied().collect();
    let never: Vec<_> = all.difference(&heard.borrow()).copied().collect();
    assert!(never.is_empty(), "never heard, so not proven: {never:?}");
}
