//! A device at the other end of a line that breaks: what it does, hears and knows.

use std::collections::{BTreeSet, VecDeque};

use parlor_domain::{
    budget::Level,
    call::Sample,
    conversation,
    event::{Candidate, LineLevel, MediaKind, Reaction, Signal},
    id::{CallId, LoginId, MeetingId, PeerId, SessionId, UserId},
    identity::Role,
    room::{self, Announced, Join, RecordingStep, Seat, Whom},
    session::{self, ConnId, Hello, NotResumed, Resume},
    time::{Millis, Timestamp},
};
use proptest::{prelude::*, test_runner::TestCaseError};
use uuid::Uuid;

use super::{
    Act, Deed,
    house::{Frame, House, PEOPLE, policy},
    state::{State, View},
};

/// No room of this test is as old.
const A_YEAR_MS: i64 = 365 * 24 * 3_600_000;

/// One device: what it knows, and its end of the line.
pub struct Device {
    user: UserId,
    name: String,
    conn: Option<ConnId>,
    session: Option<(SessionId, [u8; 32])>,
    last: u64,
    state: State,
    /// The lists were fetched since the session began.
    loaded: bool,
    /// Wishes to enter that were not answered.
    entering: usize,
    /// Left, and was not answered: whatever is still said of the room does not count.
    leaving: bool,
    pub heard: BTreeSet<&'static str>,
}

/// Two of each person.
pub fn devices() -> Vec<Device> {
    let of = |user: UserId, name: &str| Device {
        user,
        name: name.into(),
        conn: None,
        session: None,
        last: 0,
        state: State::default(),
        loaded: false,
        entering: 0,
        leaving: false,
        heard: BTreeSet::new(),
    };
    let all = PEOPLE.map(|user| [of(user, "one"), of(user, "other")]);
    all.into_iter().flatten().collect()
}

impl Device {
    /// The server closed the line.
    pub fn notice_close(&mut self, house: &House) {
        if self.conn.is_some_and(|conn| house.closed.contains(&conn)) {
            self.conn = None;
        }
    }

    /// Holds what is known against a fresh snapshot; false when something is still on its way.
    pub fn check(&mut self, house: &mut House) -> Result<bool, TestCaseError> {
        let (Some(conn), Some((session, _))) = (self.conn, self.session) else {
            return Ok(false);
        };
        let heard_all = house.lines.get(&conn).is_none_or(VecDeque::is_empty);
        if !heard_all || !self.loaded || self.entering > 0 || self.leaving {
            return Ok(false);
        }
        let mut fresh = house.lists(self.user);
        fresh.view = house.view(session);
        fresh.watched = house.watched.clone();
        prop_assert_eq!(&self.state, &fresh);
        Ok(true)
    }

    pub fn act(&mut self, house: &mut House, act: Act) {
        match act {
            Act::Hear(count) => self.listen(house, count),
            Act::Break(noticed) => {
                if let Some(conn) = self.conn.take() {
                    house.lines.remove(&conn);
                    if noticed {
                        house.people(self.user, session::Input::Cut { conn });
                    }
                }
            }
            Act::Connect(arrives) => self.connect(house, arrives),
            Act::Wait(seconds) => {
                house.now += seconds * 1_000;
                for user in PEOPLE {
                    house.people(user, session::Input::Tick);
                }
                let _ = house.room(room::Input::Tick);
                house.talk(conversation::Input::Tick);
            }
            Act::Fact(fact, n) => house.report(self.user, fact, n),
            // The rest needs a line.
            _ => {
                if let (Some(conn), Some((session, _))) = (self.conn, self.session) {
                    self.speak(house, act, conn, session);
                }
            }
        }
    }

    fn speak(&mut self, house: &mut House, act: Act, conn: ConnId, session: SessionId) {
        let user = self.user;
        let ack = matches!(act, Act::Ack).then_some(self.last);
        house.people(user, session::Input::Heard { conn, ack });
        match act {
            Act::Say => {
                let key = house.key();
                house.talk(conversation::Input::Send {
                    user,
                    key,
                    text: "Hello".into(),
                    reply_to: None,
                    files: Some(Vec::new()),
                    done: None,
                });
            }
            Act::Change(back, gone) => {
                let (key, (seq, stored)) = (house.key(), house.message(user, back));
                house.talk(conversation::Input::Change {
                    user,
                    key,
                    seq,
                    text: (!gone).then(|| format!("Changed {back}")),
                    stored,
                    done: None,
                });
            }
            Act::Read(back, private) => {
                let up_to = house.message(user, back).0;
                house.talk(conversation::Input::Read {
                    user,
                    up_to,
                    private,
                });
            }
            Act::Arrived(back) => {
                let up_to = house.message(user, back).0;
                house.talk(conversation::Input::Delivered { user, up_to });
            }
            Act::Type(typing) => house.talk(conversation::Input::Typing { user, typing }),
            Act::Enter if self.leaving => {}
            Act::Enter => self.enter(house, conn, session),
            Act::Leave => self.leave(house, conn, session),
            Act::Door(admit) => {
                let whom = Whom::All;
                let _ = house.room(match admit {
                    true => room::Input::Admit { session, whom },
                    false => room::Input::Deny {
                        session,
                        whom,
                        message: None,
                    },
                });
            }
            Act::InRoom(deed, n) => self.deed(house, deed, n, session),
            // Not in one order with the line: frames that are on it are heard after this.
            Act::Fetch => {
                let (view, watched) = (self.state.view.clone(), self.state.watched.clone());
                self.state = house.lists(user);
                (self.state.view, self.state.watched) = (view, watched);
                self.loaded = true;
            }
            _ => {}
        }
    }

    fn leave(&mut self, house: &mut House, conn: ConnId, session: SessionId) {
        (self.entering, self.leaving) = (0, true);
        self.state.view = View::default();
        let _ = house.room(room::Input::Leave { session });
        house.lines.entry(conn).or_default().push_back(Frame::Left);
    }

    fn enter(&mut self, house: &mut House, conn: ConnId, session: SessionId) {
        house.made += 1;
        let moderator = self.user == PEOPLE[0];
        let seat = Seat {
            meeting: MeetingId(Uuid::from_u128(4)),
            moderator,
            waits: !moderator,
            name: self.name.clone(),
            role: if moderator { Role::Host } else { Role::Client },
            policy: policy(),
        };
        let join = Join {
            user: self.user,
            session,
            seat: Some(seat),
            audio: true,
            video: false,
            old: self.state.view.me,
            fresh: PeerId(Uuid::from_u128(house.made)),
        };
        self.entering += 1;
        let answer = match house.room(room::Input::Join(join)) {
            Ok(room::Reply::Joined { peer, .. }) => Some((peer, true, house.level)),
            Ok(room::Reply::Waiting { peer }) => Some((peer, false, Level::Full)),
            _ => None,
        };
        let line = house.lines.entry(conn).or_default();
        line.push_back(Frame::Entered(answer));
    }

    fn deed(&self, house: &mut House, deed: Deed, n: u64, session: SessionId) {
        let to = self.state.view.others.keys().next().copied();
        let to = to.unwrap_or(PeerId(Uuid::nil()));
        let odd = n % 2 == 1;
        let input = match deed {
            Deed::Signal => room::Input::Signal {
                session,
                to,
                signal: Signal::Candidate {
                    candidate: None::<Candidate>,
                    negotiation: n.to_string(),
                },
            },
            Deed::Media => room::Input::Media {
                session,
                audio: odd,
                video: n.is_multiple_of(3),
                away: n.is_multiple_of(5),
            },
            Deed::Hand => room::Input::Hand {
                session,
                peer: (n.is_multiple_of(3)).then_some(to),
                raised: odd,
            },
            Deed::React => room::Input::React {
                session,
                reaction: Reaction::Heart,
            },
            Deed::Line => room::Input::Sample {
                session,
                sample: Sample {
                    level: LineLevel::new((n % 4) as u8 + 1),
                    ..Sample::default()
                },
            },
            Deed::Lock => room::Input::Lock {
                session,
                locked: odd,
            },
            Deed::Record => {
                let steps = [
                    RecordingStep::Ask,
                    RecordingStep::Agree,
                    RecordingStep::Refuse,
                    RecordingStep::Stop,
                ];
                let step = steps[(n % 4) as usize];
                room::Input::Recording { session, step }
            }
            Deed::Screen => room::Input::Screen {
                session,
                active: odd,
                track: None,
            },
            Deed::Mute => room::Input::MuteRequest {
                session,
                to,
                kind: MediaKind::Audio,
            },
            Deed::Remove => room::Input::Remove {
                session,
                peer: to,
                ban: false,
                message: None,
            },
            Deed::Budget => {
                house.level = [Level::Full, Level::Saver, Level::Audio][(n % 3) as usize];
                room::Input::RelayBudget { level: house.level }
            }
            Deed::Announce => {
                let until = Timestamp(house.now + A_YEAR_MS + (n % 9) as i64);
                house.announced = Some(until);
                room::Input::AdminEnters(Announced {
                    user: UserId(Uuid::from_u128(99)),
                    name: "Root".into(),
                    reason: "A complaint".into(),
                    until,
                })
            }
            Deed::Begin => room::Input::CallBegan {
                call: CallId(Uuid::from_u128(7)),
                at: house.at(),
            },
            Deed::End => room::Input::EndForAll { session },
        };
        let _ = house.room(input);
    }

    fn connect(&mut self, house: &mut House, arrives: bool) {
        house.conns += 1;
        let conn = ConnId(house.conns);
        let mut next_token = [0; 32];
        next_token[..8].copy_from_slice(&house.conns.to_be_bytes());
        let hello = Hello {
            conn,
            device: self.name.clone(),
            login: LoginId(self.user.0),
            expires_at: Timestamp(i64::MAX / 2),
            resume: self.session.map(|(session, token)| Resume {
                session,
                token,
                last_seq: self.last,
            }),
            fresh: SessionId(Uuid::from_u128(1_000 + u128::from(house.conns))),
            next_token,
            phase: Millis::ZERO,
        };
        if let Some(old) = self.conn.take() {
            house.lines.remove(&old);
        }
        let welcome = house
            .people(self.user, session::Input::Hello(hello))
            .unwrap();
        if !arrives {
            house.lines.remove(&conn);
            return;
        }
        let was_entering = std::mem::take(&mut self.entering) > 0;
        assert_ne!(welcome.resumed, Err(Some(NotResumed::Unknown)));
        self.conn = Some(conn);
        self.session = Some((welcome.session, next_token));
        let was_there = was_entering || self.state.view.me.is_some();
        if welcome.resumed.is_err() {
            self.last = 0;
            self.loaded = false;
            self.leaving = false;
            let me = self.state.view.me;
            self.state = State::default();
            // The page goes back to its place with the address that it had.
            self.state.view.me = me;
            if was_there {
                self.enter(house, conn, welcome.session);
            }
            self.state.view = View::default();
        } else if self.leaving {
            self.leave(house, conn, welcome.session);
        } else if was_entering {
            self.enter(house, conn, welcome.session);
        }
        let watched = Frame::Watched(house.watched.clone());
        house.lines.entry(conn).or_default().push_back(watched);
    }

    fn listen(&mut self, house: &mut House, count: usize) {
        let Some(line) = self.conn.and_then(|conn| house.lines.get_mut(&conn)) else {
            return;
        };
        let count = count.min(line.len());
        for frame in line.drain(..count) {
            match frame {
                Frame::Event(seq, event) => {
                    if let Some(seq) = seq {
                        assert_eq!(seq, self.last + 1, "a hole or a double");
                        self.last = seq;
                    }
                    self.heard.insert(self.state.hear(&event));
                    if self.leaving {
                        self.state.view = View::default();
                    }
                }
                Frame::Entered(_) if self.leaving => {}
                Frame::Entered(answer) => {
                    self.entering -= 1;
                    match answer {
                        Some((peer, true, level)) => {
                            self.state.view.me = Some(peer);
                            self.state.view.level = level;
                        }
                        Some((peer, false, _)) => {
                            self.state.view = View::default();
                            self.state.view.me = Some(peer);
                        }
                        None => self.state.view = View::default(),
                    }
                }
                Frame::Left => self.leaving = false,
                Frame::Watched(watched) => self.state.watched = watched,
            }
        }
    }
}
