//! The house as its machines have it, and what its services keep in plain lists.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use parlor_domain::{
    budget::Level,
    conversation::{
        self, Change, ClientMsgId, Conversation, ConversationId, Message, MsgSeq, SeatOf,
    },
    event::{Event, MediaKind},
    host::{self, Card, Live, Rates, Tally},
    id::{CallId, MeetingId, PeerId, RoomId, SessionId, UserId},
    meter,
    money::MilliCoins,
    news::News,
    notification::{About, Notification, NtfSeq},
    paid::EndedBy,
    presence::{PresenceOf, Status},
    ring::Unanswered,
    room::{self, RecordingRight, Room, RoomPolicy},
    session::{self, ConnId, Devices, Effect, Welcome},
    time::{Millis, Timestamp},
};
use uuid::Uuid;

use super::{
    Fact,
    state::{State, View, Watched, others},
};

const LIMITS: session::Limits = session::Limits {
    ping_every: Millis::from_secs(25),
    dead_after: Millis::from_secs(600),
    ping_every_in_call: Millis::from_secs(10),
    suspect_after_in_call: Millis::from_secs(15),
    dead_after_in_call: Millis::from_secs(600),
    resume_window: Millis::from_secs(120),
    auth_warning: Millis::from_secs(60),
    auth_grace: Millis::from_secs(25),
    devices_max: 3,
    kept_events_max: 24,
    kept_bytes_max: 4_000,
};

pub const PEOPLE: [UserId; 2] = [UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2))];

/// What is on a line.
pub enum Frame {
    Event(Option<u64>, Event),
    /// The answer to a wish to enter.
    Entered(Option<(PeerId, bool, Level)>),
    /// The answer to leaving.
    Left,
    /// The answer to "how are those whom I watch?".
    Watched(Watched),
}

pub struct House {
    pub now: i64,
    pub conns: u64,
    pub made: u128,
    pub people: BTreeMap<UserId, Devices<Event>>,
    pub lines: BTreeMap<ConnId, VecDeque<Frame>>,
    pub closed: BTreeSet<ConnId>,
    pub talk: Conversation,
    /// What services keep for each person; its view stays empty.
    pub lists: BTreeMap<UserId, State>,
    pub watched: Watched,
    pub room: Room,
    pub level: Level,
    /// Until when an admin was announced in this room.
    pub announced: Option<Timestamp>,
}

pub fn policy() -> RoomPolicy {
    RoomPolicy {
        capacity: 3,
        rejoin_grace: Millis::from_secs(30),
        empty_grace: Millis::from_secs(1_000_000),
        readmit: Millis::from_secs(120),
        closes_at: Timestamp(i64::MAX),
        recording: RecordingRight::Anyone,
    }
}

fn new_room(now: i64) -> Room {
    let (id, meeting) = (RoomId(Uuid::from_u128(3)), MeetingId(Uuid::from_u128(4)));
    Room::new(id, meeting, policy(), Timestamp(now))
}

fn pair() -> ConversationId {
    ConversationId::pair(PEOPLE[0], PEOPLE[1]).unwrap()
}

impl House {
    pub fn new() -> Self {
        let record = conversation::Record::default();
        let mut talk = Conversation::restored(conversation::Limits::default(), record);
        let seats = PEOPLE.map(|user| SeatOf {
            user,
            name: user.to_string(),
            moderator: false,
        });
        talk.handle(conversation::Input::Seats(seats.into()), Timestamp(0));
        Self {
            now: 0,
            conns: 0,
            made: 0,
            people: PEOPLE.map(|user| (user, Devices::new(LIMITS))).into(),
            lines: BTreeMap::new(),
            closed: BTreeSet::new(),
            talk,
            lists: PEOPLE.map(|user| (user, State::default())).into(),
            watched: Watched::default(),
            room: new_room(0),
            level: Level::Full,
            announced: None,
        }
    }

    pub fn at(&self) -> Timestamp {
        Timestamp(self.now)
    }

    pub fn people(&mut self, user: UserId, input: session::Input<Event>) -> Option<Welcome> {
        let mut welcomed = None;
        for effect in self
            .people
            .get_mut(&user)
            .unwrap()
            .handle(input, Timestamp(self.now))
        {
            match effect {
                Effect::Welcome { welcome, .. } => welcomed = Some(welcome),
                Effect::Send { conn, seq, payload } => {
                    let frame = Frame::Event(seq, payload);
                    self.lines.entry(conn).or_default().push_back(frame);
                }
                Effect::Bye { conn, .. } => {
                    self.closed.insert(conn);
                }
                Effect::Lost { session } | Effect::Over { session, .. } => {
                    let _ = self.room(room::Input::Lost { session });
                }
                Effect::Back { session } => {
                    let _ = self.room(room::Input::Back { session });
                }
                Effect::Ping { .. } | Effect::AuthExpiring { .. } | Effect::Draining { .. } => {}
            }
        }
        welcomed
    }

    fn tell(&mut self, user: UserId, to: Option<SessionId>, event: Event) {
        let tell = session::Input::Tell {
            to,
            bytes: 10,
            delivery: event.delivery(),
            payload: event,
        };
        self.people(user, tell);
    }

    pub fn room(&mut self, input: room::Input) -> Result<room::Reply, room::Refused> {
        let outcome = self.room.handle(input, self.at());
        for effect in outcome.effects {
            match effect {
                room::Effect::Tell {
                    user,
                    session,
                    event,
                } => self.tell(user, Some(session), event),
                room::Effect::Admitted {
                    user,
                    session,
                    peer,
                } => {
                    let ice = parlor_domain::event::IceGrant {
                        level: self.level,
                        ..Default::default()
                    };
                    let room = RoomId(Uuid::from_u128(3));
                    self.tell(user, Some(session), Event::Admitted { room, peer, ice });
                }
                room::Effect::Ended { .. } => {
                    self.room = new_room(self.now);
                    self.announced = None;
                }
                _ => {}
            }
        }
        outcome.answer
    }

    pub fn talk(&mut self, input: conversation::Input) {
        let outcome = self.talk.handle(input, self.at());
        for change in outcome.changes {
            if let Change::New(message) | Change::Changed(message) = change {
                for list in self.lists.values_mut() {
                    list.messages.insert(message.seq, message.clone());
                }
            }
        }
        for tell in outcome.tells {
            for user in tell.to {
                self.tell(user, None, Event::Chat(pair(), tell.news.clone()));
            }
        }
    }

    /// What pages of the REST interface say to this person now.
    pub fn lists(&self, user: UserId) -> State {
        let mut lists = self.lists[&user].clone();
        for (other, member) in self.talk.members() {
            if *other == user {
                lists.read = member.read;
            } else if member.delivered > MsgSeq::ZERO || member.shown > MsgSeq::ZERO {
                lists.marks.insert(*other, (member.delivered, member.shown));
            }
        }
        lists
    }

    /// What `sync` says of the room to this session.
    pub fn view(&mut self, session: SessionId) -> View {
        let Ok(room::Reply::Snapshot(it)) = self.room(room::Input::Snapshot { session }) else {
            return View::default();
        };
        View {
            me: Some(it.me),
            inside: it.inside,
            others: others(&it.others),
            waiting: it.waiting.iter().map(|it| it.id).collect(),
            call: it.call_started_at,
            hand: it.hand,
            locked: it.locked,
            recording: it.recording,
            level: if it.inside { self.level } else { Level::Full },
            admin: self.announced.filter(|_| it.inside),
        }
    }

    pub fn message(&self, user: UserId, back: u64) -> (MsgSeq, Option<Message>) {
        let seq = MsgSeq(self.talk.last().0.saturating_sub(back));
        (seq, self.lists[&user].messages.get(&seq).cloned())
    }

    pub fn key(&mut self) -> ClientMsgId {
        self.made += 1;
        ClientMsgId(Uuid::from_u128(self.made))
    }

    /// A service writes something about this person and says so.
    pub fn report(&mut self, user: UserId, fact: Fact, n: u64) {
        let (now, small) = (self.at(), n % 3);
        let call = CallId(Uuid::from_u128(u128::from(small)));
        let last = self.talk.last();
        let list = self.lists.get_mut(&user).unwrap();
        let last_notice = NtfSeq(list.notices.len() as u64);
        let event = match fact {
            Fact::Wallet => {
                let seq = list.wallet.map_or(1, |(_, seq)| seq + 1);
                let available = MilliCoins((n % 1_000) as i64);
                list.wallet = Some((available, seq));
                Event::WalletChanged { available, seq }
            }
            Fact::Notice => {
                let it = Notification {
                    seq: NtfSeq(last_notice.0 + 1),
                    about: About::Payment,
                    name: n.to_string(),
                    at: now,
                };
                list.notices.insert(it.seq, it.clone());
                list.notices_unread = list.notices_read.unread(it.seq);
                let unread = list.notices_unread;
                Event::Notified {
                    it,
                    unread,
                    silent: false,
                }
            }
            Fact::NoticesRead => {
                let seq = NtfSeq(n % (last_notice.0 + 1));
                match small {
                    0 => list.notices_read.read_up_to(seq),
                    _ => list.notices_read.read(seq),
                }
                list.notices_unread = list.notices_read.unread(last_notice);
                let (marks, unread) = (list.notices_read.clone(), list.notices_unread);
                Event::NoticesRead { marks, unread }
            }
            Fact::Kept => {
                list.kept.muted = n.is_multiple_of(2);
                list.kept.archived = if small == 0 { last } else { MsgSeq::ZERO };
                Event::ConversationKept(pair(), list.kept)
            }
            Fact::Meeting => {
                let meeting = MeetingId(Uuid::from_u128(u128::from(small)));
                let status = ["requested", "confirmed", "cancelled"][(n / 3 % 3) as usize];
                list.meetings.insert(meeting, (status, now));
                Event::MeetingUpdated {
                    meeting,
                    status,
                    starts_at: now,
                    change: News::Accepted,
                }
            }
            Fact::Review => {
                let (author, stars) = (n.to_string(), (n % 5) as u8 + 1);
                list.reviews.insert(call, (author.clone(), stars));
                Event::ReviewReceived {
                    call,
                    author,
                    stars,
                }
            }
            Fact::Call => {
                let event = of_call(call, n / 3, now);
                if event.delivery() == parlor_domain::event::Delivery::Reliable {
                    list.calls.insert(call, event.clone());
                }
                event
            }
            Fact::Slots => {
                self.watched.slots.insert(user, now);
                Event::SlotsChanged {
                    host: user,
                    at: now,
                }
            }
            Fact::Presence => {
                let status = [Status::Busy, Status::Online, Status::Away][small as usize];
                self.watched.presence.insert(user, status);
                Event::Presence(vec![PresenceOf { user, status }])
            }
            Fact::Host => {
                let card = card(user, n);
                self.watched.hosts.insert(user, card.clone());
                Event::Host(host::News::Updated, Box::new(card))
            }
        };
        match fact {
            Fact::Slots | Fact::Presence | Fact::Host => {
                for watcher in PEOPLE {
                    self.tell(watcher, None, event.clone());
                }
            }
            _ => self.tell(user, None, event),
        }
    }
}

fn card(user: UserId, n: u64) -> Card {
    Card {
        user,
        name: String::new(),
        title: n.to_string(),
        languages: Vec::new(),
        specialties: Vec::new(),
        rates: Rates {
            audio: None,
            video: None,
        },
        picture: None,
        live: Live::Online,
        last_online_at: None,
        tally: Tally::default(),
        listed: true,
    }
}

fn of_call(call: CallId, n: u64, now: Timestamp) -> Event {
    let (caller, per_minute) = (PEOPLE[0], MilliCoins(n as i64));
    match n % 9 {
        0 => Event::CallIncoming {
            call,
            caller,
            name: String::new(),
            media: MediaKind::Audio,
            per_minute,
            until: now,
        },
        1 => Event::CallRinging { call, devices: 1 },
        2 => Event::CallQueued {
            call,
            place: n as usize,
            wait: None,
        },
        3 => Event::CallAccepted {
            call,
            room: RoomId(Uuid::from_u128(9)),
        },
        4 => Event::CallUnanswered {
            call,
            why: Unanswered::Busy,
        },
        5 | 6 => Event::Billing {
            call,
            now: meter::Now {
                phase: meter::Phase::Running,
                elapsed: Millis::ZERO,
                charged: per_minute,
                per_minute,
                free_s: 0,
                remaining: None,
                ends_at: None,
                last: false,
                grace_until: None,
            },
            news: n % 9 == 5,
        },
        7 => Event::LowBalance {
            call,
            remaining: Millis::ZERO,
            mark_s: n as u32,
        },
        _ => Event::CallEnded {
            call,
            why: EndedBy::Hangup,
            duration: Millis::ZERO,
            billed_s: n,
            charged: per_minute,
            earned: None,
        },
    }
}
