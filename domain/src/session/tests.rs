//! Sessions under loss, duplication and reordering of connections.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const LIMITS: Limits = Limits {
    ping_every: crate::time::Millis::from_secs(25),
    dead_after: crate::time::Millis::from_secs(60),
    ping_every_in_call: crate::time::Millis::from_secs(10),
    suspect_after_in_call: crate::time::Millis::from_secs(15),
    dead_after_in_call: crate::time::Millis::from_secs(25),
    resume_window: crate::time::Millis::from_secs(120),
    auth_warning: crate::time::Millis::from_secs(60),
    auth_grace: crate::time::Millis::from_secs(25),
    devices_max: 3,
    kept_events_max: 8,
    kept_bytes_max: 800,
};

const LOGIN: LoginId = LoginId(Uuid::from_u128(5));

fn at(seconds: i64) -> Timestamp {
    Timestamp(seconds * 1_000)
}

fn devices() -> Devices<u64> {
    Devices::new(LIMITS)
}

fn hello(conn: u64, device: &str, resume: Option<Resume>) -> Hello {
    Hello {
        conn: ConnId(conn),
        device: device.into(),
        login: LOGIN,
        expires_at: at(1_000_000),
        resume,
        fresh: SessionId(Uuid::from_u128(1_000 + u128::from(conn))),
        next_token: token(conn),
        phase: crate::time::Millis::ZERO,
    }
}

fn token(conn: u64) -> [u8; 32] {
    let mut token = [0; 32];
    token[..8].copy_from_slice(&conn.to_be_bytes());
    token
}

fn resume(of_conn: u64, last_seq: u64) -> Option<Resume> {
    Some(Resume {
        session: SessionId(Uuid::from_u128(1_000 + u128::from(of_conn))),
        token: token(of_conn),
        last_seq,
    })
}

fn tell(payload: u64) -> Input<u64> {
    Input::Tell {
        to: None,
        payload,
        bytes: 10,
        delivery: Delivery::Reliable,
    }
}

fn welcome(effects: &[Effect<u64>]) -> Welcome {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Welcome { welcome, .. } => Some(*welcome),
        _ => None,
    });
    found.unwrap()
}

fn sent(effects: &[Effect<u64>]) -> Vec<u64> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send { seq, .. } => *seq,
        _ => None,
    });
    sent.collect()
}

fn byes(effects: &[Effect<u64>]) -> Vec<(u64, Bye)> {
    let byes = effects.iter().filter_map(|effect| match effect {
        Effect::Bye { conn, why } => Some((conn.0, *why)),
        _ => None,
    });
    byes.collect()
}

#[test]
fn a_resume_brings_exactly_what_was_missed() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    for n in 1..=3 {
        d.handle(tell(n), at(1));
    }
    d.handle(Input::Cut { conn: ConnId(1) }, at(2));
    d.handle(tell(4), at(3));
    let effects = d.handle(Input::Hello(hello(2, "a", resume(1, 2))), at(10));
    let welcome = welcome(&effects);
    assert_eq!(
        (welcome.resumed, welcome.replay, welcome.seq),
        (Ok(()), 2, 4)
    );
    assert_eq!(sent(&effects), [3, 4]);
    assert_eq!(sent(&d.handle(tell(5), at(11))), [5]);
}

#[test]
fn a_session_without_events_resumes_any_number_of_times() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    for n in 2..60 {
        let mut again = hello(n, "a", resume(1, 0));
        if let Some(resume) = &mut again.resume {
            resume.token = token(n - 1);
        }
        let effects = d.handle(Input::Hello(again), at(n as i64));
        assert_eq!(welcome(&effects).resumed, Ok(()), "time {n}");
        assert_eq!(byes(&effects), [(n - 1, Bye::Replaced)]);
    }
}

#[test]
fn a_resume_is_whole_or_not_at_all() {
    let cases: &[(&str, u64, i64, Option<NotResumed>)] = &[
        ("in time", 2, 119, None),
        ("too late", 2, 121, Some(NotResumed::Expired)),
        ("from the future", 99, 5, Some(NotResumed::Gap)),
        (
            "from before what was acknowledged",
            0,
            5,
            Some(NotResumed::Gap),
        ),
    ];
    for (name, last, when, wanted) in cases {
        let mut d = devices();
        d.handle(Input::Hello(hello(1, "a", None)), at(0));
        d.handle(tell(1), at(0));
        d.handle(tell(2), at(0));
        let ack = Some(1);
        d.handle(
            Input::Heard {
                conn: ConnId(1),
                ack,
            },
            at(0),
        );
        d.handle(Input::Cut { conn: ConnId(1) }, at(0));
        let effects = d.handle(Input::Hello(hello(2, "a", resume(1, *last))), at(*when));
        let got = welcome(&effects).resumed.err().flatten();
        assert_eq!(got, *wanted, "{name}");
    }
}

#[test]
fn a_wrong_token_or_login_does_not_resume() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    let mut wrong = hello(2, "b", resume(1, 0));
    if let Some(resume) = &mut wrong.resume {
        resume.token = token(77);
    }
    let effects = d.handle(Input::Hello(wrong), at(1));
    assert_eq!(welcome(&effects).resumed, Err(Some(NotResumed::Unknown)));
    let mut other = hello(3, "c", resume(1, 0));
    other.login = LoginId(Uuid::from_u128(6));
    let effects = d.handle(Input::Hello(other), at(1));
    assert_eq!(welcome(&effects).resumed, Err(Some(NotResumed::Unknown)));
}

#[test]
fn too_much_unseen_is_a_gap_and_memory_is_bounded() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    for n in 1..=20 {
        d.handle(tell(n), at(0));
    }
    assert!(d.kept_bytes() <= LIMITS.kept_bytes_max);
    d.handle(Input::Cut { conn: ConnId(1) }, at(1));
    let effects = d.handle(Input::Hello(hello(2, "b", resume(1, 11))), at(2));
    assert_eq!(welcome(&effects).resumed, Err(Some(NotResumed::Gap)));
    let effects = d.handle(Input::Hello(hello(3, "c", resume(1, 12))), at(2));
    assert_eq!(welcome(&effects).resumed, Ok(()));
    assert_eq!(sent(&effects), (13..=20).collect::<Vec<_>>());
}

#[test]
fn silence_is_pinged_then_ended_and_faster_in_a_call() {
    let steps: &[(bool, &[i64])] = &[(false, &[25, 50, 60]), (true, &[10, 15, 20, 25])];
    for (in_call, wanted) in steps {
        let mut d = devices();
        d.handle(Input::Hello(hello(1, "a", None)), at(0));
        let session = d.session_of(ConnId(1)).unwrap();
        d.handle(
            Input::InCall {
                session,
                in_call: *in_call,
            },
            at(0),
        );
        let mut times = Vec::new();
        while d.session_of(ConnId(1)).is_some() {
            let now = d.deadline().unwrap();
            times.push(now.0 / 1_000);
            d.handle(Input::Tick, now);
        }
        assert_eq!(times, *wanted);
    }
}

#[test]
fn others_learn_of_silence_in_a_call_once_and_of_the_return() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    let session = d.session_of(ConnId(1)).unwrap();
    let in_call = true;
    d.handle(Input::InCall { session, in_call }, at(0));
    let lost = |effects: &[Effect<u64>]| effects.contains(&Effect::Lost { session });
    assert!(lost(&d.handle(Input::Tick, at(15))));
    assert!(!lost(&d.handle(Input::Tick, at(16))));
    let heard = Input::Heard {
        conn: ConnId(1),
        ack: None,
    };
    assert_eq!(d.handle(heard, at(17)), [Effect::Back { session }]);
    d.handle(Input::Tick, at(33));
    assert!(!lost(&d.handle(Input::Tick, at(50))), "said already");
}

#[test]
fn a_token_is_asked_for_before_its_end_and_the_session_outlives_it() {
    let mut d = devices();
    let mut first = hello(1, "a", None);
    first.expires_at = at(100);
    d.handle(Input::Hello(first), at(39));
    let effects = d.handle(Input::Tick, at(40));
    assert!(effects.contains(&Effect::AuthExpiring {
        conn: ConnId(1),
        at: at(100)
    }));
    let heard = |now| {
        (
            Input::Heard {
                conn: ConnId(1),
                ack: None,
            },
            now,
        )
    };
    let (input, now) = heard(at(90));
    d.handle(input, now);
    assert_eq!(byes(&d.handle(Input::Tick, at(124))), []);
    assert_eq!(
        byes(&d.handle(Input::Tick, at(125))),
        [(1, Bye::TokenExpired)]
    );
    let effects = d.handle(Input::Hello(hello(2, "a", resume(1, 0))), at(130));
    assert_eq!(welcome(&effects).resumed, Ok(()));
}

#[test]
fn a_fresh_token_stops_the_clock() {
    let mut d = devices();
    let mut first = hello(1, "a", None);
    first.expires_at = at(100);
    d.handle(Input::Hello(first), at(50));
    d.handle(Input::Tick, at(51));
    let refreshed = Input::AuthRefreshed {
        conn: ConnId(1),
        expires_at: at(700),
    };
    d.handle(refreshed, at(52));
    d.handle(
        Input::Heard {
            conn: ConnId(1),
            ack: None,
        },
        at(130),
    );
    assert_eq!(byes(&d.handle(Input::Tick, at(131))), []);
}

#[test]
fn too_many_devices_end_the_lost_then_the_oldest() {
    let mut d = devices();
    for n in 1..=3 {
        d.handle(Input::Hello(hello(n, &format!("d{n}"), None)), at(0));
    }
    d.handle(Input::Cut { conn: ConnId(2) }, at(1));
    let effects = d.handle(Input::Hello(hello(4, "d4", None)), at(2));
    assert_eq!(byes(&effects), [], "the lost one went");
    let effects = d.handle(Input::Hello(hello(5, "d5", None)), at(2));
    assert_eq!(byes(&effects), [(1, Bye::TooManyDevices)]);
}

#[test]
fn a_revoked_login_ends_all_its_sessions_lost_ones_too() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    d.handle(Input::Hello(hello(2, "b", None)), at(0));
    d.handle(Input::Cut { conn: ConnId(2) }, at(0));
    let effects = d.handle(Input::Revoke { login: LOGIN }, at(1));
    assert_eq!(byes(&effects), [(1, Bye::Revoked)]);
    let over = |e: &&Effect<u64>| matches!(e, Effect::Over { revoked: true, .. });
    assert_eq!(effects.iter().filter(over).count(), 2);
    assert!(d.is_empty());
}

#[test]
fn a_welcome_that_was_lost_with_its_connection_costs_no_session() {
    let mut d = devices();
    d.handle(Input::Hello(hello(1, "a", None)), at(0));
    d.handle(tell(1), at(1));
    // Three connections in a row break before their welcome arrives.
    for conn in 2..=4 {
        let effects = d.handle(Input::Hello(hello(conn, "a", resume(1, 0))), at(2));
        assert_eq!(
            (welcome(&effects).resumed, sent(&effects)),
            (Ok(()), vec![1])
        );
    }
    // Whoever speaks has the successor, and the one before is worth nothing from then on.
    let conn = ConnId(4);
    d.handle(Input::Heard { conn, ack: Some(1) }, at(3));
    let old = d.handle(Input::Hello(hello(5, "b", resume(1, 1))), at(4));
    assert_eq!(welcome(&old).resumed, Err(Some(NotResumed::Unknown)));
    let mut next = resume(1, 1);
    next.as_mut().unwrap().token = token(4);
    let effects = d.handle(Input::Hello(hello(6, "a", next)), at(5));
    assert_eq!(welcome(&effects).resumed, Ok(()));
}

#[derive(Clone, Debug)]
enum Act {
    /// The server tells all sessions something.
    Tell,
    /// The client reads so many of the frames on their way.
    Read(usize),
    /// The client acknowledges what it has read.
    Ack,
    /// The connection breaks; what is on its way is lost. Whether the server notices now.
    Break { noticed: bool },
    /// The client connects again with what it knows.
    Connect,
    /// The same hello arrives twice (a retry on a connection that was thought dead).
    ConnectTwice,
    /// The client connects, and the connection breaks before the welcome arrives.
    ConnectInVain,
    /// A late notice that an old connection is gone.
    LateCut,
    /// Time passes.
    Wait(i64),
    /// Memory is short.
    Evict,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Tell),
        5 => (1usize..5).prop_map(Act::Read),
        3 => Just(Act::Ack),
        3 => any::<bool>().prop_map(|noticed| Act::Break { noticed }),
        4 => Just(Act::Connect),
        1 => Just(Act::ConnectTwice),
        2 => Just(Act::ConnectInVain),
        2 => Just(Act::LateCut),
        2 => (1i64..50).prop_map(Act::Wait),
        1 => Just(Act::Evict),
    ]
}

/// One client with one device, and the wire between.
struct Pair {
    server: Devices<u64>,
    now: i64,
    conns: u64,
    told: u64,
    /// Frames on their way, by connection.
    wire: BTreeMap<ConnId, Vec<(u64, u64)>>,
    conn: Option<ConnId>,
    stale: Vec<ConnId>,
    session: Option<(SessionId, [u8; 32])>,
    last: u64,
    /// Payload of the first event of this session, minus one: payloads are consecutive from there.
    base: Option<u64>,
}

impl Pair {
    fn handle(&mut self, input: Input<u64>) -> Vec<Effect<u64>> {
        let effects = self.server.handle(input, at(self.now));
        for effect in &effects {
            match effect {
                Effect::Send { conn, seq, payload } => {
                    let frame = (seq.unwrap(), *payload);
                    self.wire.entry(*conn).or_default().push(frame);
                }
                Effect::Bye { conn, .. } if Some(*conn) == self.conn => self.conn = None,
                _ => {}
            }
        }
        effects
    }

    fn connect(&mut self) -> Hello {
        self.conns += 1;
        let resume = self.session.map(|(session, token)| Resume {
            session,
            token,
            last_seq: self.last,
        });
        hello(self.conns, "a", resume)
    }

    fn greet(&mut self, hello: Hello) {
        if let Some(old) = self.conn.take() {
            self.stale.push(old);
        }
        let (conn, token) = (hello.conn, hello.next_token);
        self.wire.remove(&conn);
        let told_before = self.told;
        let effects = self.handle(Input::Hello(hello));
        let welcome = welcome(&effects);
        assert_eq!(sent(&effects).len(), welcome.replay);
        let unknown = Err(Some(NotResumed::Unknown));
        assert_ne!(welcome.resumed, unknown, "an honest client is known");
        if welcome.resumed.is_err() {
            self.last = 0;
            self.base = Some(told_before);
        }
        self.session = Some((welcome.session, token));
        self.conn = Some(conn);
    }

    /// Reads in order; the numbers must have no hole and no double, and carry the right payloads.
    fn read(&mut self, count: usize) {
        let Some(conn) = self.conn else { return };
        let queue = self.wire.entry(conn).or_default();
        let count = count.min(queue.len());
        for (seq, payload) in queue.drain(..count) {
            assert_eq!(seq, self.last + 1, "a hole or a double");
            assert_eq!(payload, self.base.unwrap() + seq, "the wrong event");
            self.last = seq;
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Tell => {
                self.told += 1;
                self.handle(tell(self.told));
            }
            Act::Read(count) => self.read(count),
            Act::Ack => {
                if let Some(conn) = self.conn {
                    let ack = Some(self.last);
                    self.handle(Input::Heard { conn, ack });
                }
            }
            Act::Break { noticed } => {
                if let Some(conn) = self.conn.take() {
                    self.wire.remove(&conn);
                    if noticed {
                        self.handle(Input::Cut { conn });
                    } else {
                        self.stale.push(conn);
                    }
                }
            }
            Act::Connect => {
                let hello = self.connect();
                self.greet(hello);
            }
            Act::ConnectTwice => {
                let first = self.connect();
                let mut second = first.clone();
                self.conns += 1;
                second.conn = ConnId(self.conns);
                second.fresh = SessionId(Uuid::from_u128(1_000 + u128::from(self.conns)));
                second.next_token = token(self.conns);
                self.greet(first);
                // The client goes on with the last welcome that it reads.
                self.greet(second);
            }
            // Without a session there is nothing to come back to, and nothing to lose.
            Act::ConnectInVain if self.session.is_some() => {
                let hello = self.connect();
                let conn = hello.conn;
                if let Some(old) = self.conn.take() {
                    self.stale.push(old);
                }
                self.handle(Input::Hello(hello));
                self.wire.remove(&conn);
                self.stale.push(conn);
            }
            Act::ConnectInVain => {}
            Act::LateCut => {
                if let Some(conn) = self.stale.pop() {
                    self.handle(Input::Cut { conn });
                }
            }
            Act::Wait(seconds) => {
                self.now += seconds;
                self.handle(Input::Tick);
            }
            Act::Evict => {
                if let Some((session, _)) = self.session {
                    self.handle(Input::Evict { session });
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]
    #[test]
    fn whatever_happens_to_connections_no_event_is_missed_or_doubled(
        history in prop::collection::vec(act(), 1..120)
    ) {
        let mut pair = Pair {
            server: devices(),
            now: 0,
            conns: 0,
            told: 0,
            wire: BTreeMap::new(),
            conn: None,
            stale: Vec::new(),
            session: None,
            last: 0,
            base: None,
        };
        for act in history {
            pair.act(act);
            prop_assert!(pair.server.kept_bytes() <= LIMITS.kept_bytes_max * LIMITS.devices_max);
            prop_assert!(pair.server.len() <= LIMITS.devices_max);
            if let Some(conn) = pair.conn {
                prop_assert!(pair.server.session_of(conn).is_some(), "attached or told");
            }
        }
        // At the end the client comes back once more and reads everything there is.
        let hello = pair.connect();
        pair.greet(hello);
        pair.read(usize::MAX);
        prop_assert_eq!(pair.base.unwrap() + pair.last, pair.told, "everything arrived");
    }
}
