//! What sockets ask. Identity comes from the verified token of the socket, nowhere else.

use std::net::IpAddr;

use parlor_domain::id::PeerId;
use parlor_domain::{
    audit::{Action, Attempt},
    conversation::{self, ConversationId},
    id::{RoomId, SessionId, UserId},
    identity::{Identity, Role, Scope},
    notification::NtfSeq,
    room::{Join, Refused, Seat},
    session::{ConnId, Input},
    time::Millis,
};
use uuid::Uuid;

use super::{ROOMS_PER_SESSION_MAX, UserSession};
use crate::{
    conversation::{Asker, Back, ConversationMsg},
    link::{Answer, Ask, ConversationAsk, State, Trouble},
    ports::Refusal,
    room::{Asked, RoomMsg},
};

/// Rooms whose state one `sync` may ask for.
const SYNC_ROOMS_MAX: usize = 8;

impl UserSession {
    pub(super) fn ask(&mut self, conn: ConnId, id: Option<String>, ask: Ask) {
        let Some(session) = self.devices.session_of(conn) else {
            return;
        };
        let answered = match ask {
            Ask::Pong => return,
            Ask::Ping => Ok(Answer::Done),
            Ask::AuthRefresh(token) => self.auth_refresh(conn, &token),
            Ask::Sync {
                rooms,
                notices_after,
            } => return self.sync(conn, session, id, rooms, notices_after),
            Ask::Join {
                room,
                audio,
                video,
                old,
            } => match self.join(conn, session, id.clone(), room, (audio, video), old) {
                Ok(()) => return,
                Err(trouble) => Err(trouble),
            },
            Ask::InRoom(room, what) => {
                let asked = Asked {
                    user: self.user,
                    session,
                    conn,
                    id: id.clone(),
                    from: self.address(conn),
                    role: self.role(conn),
                };
                let known = self.rooms.get(&session).is_some_and(|r| r.contains(&room));
                if known && self.hub.to_living_room(room, RoomMsg::Ask(asked, what)) {
                    return;
                }
                Err(Trouble::Room(Refused::NotInRoom))
            }
            Ask::InConversation(conversation, what) => {
                match self.converse(conn, id.clone(), conversation, what) {
                    Ok(()) => return,
                    Err(trouble) => Err(trouble),
                }
            }
            Ask::WatchHosts(on) => self.watch_hosts(conn, session, on),
            Ask::WatchPeople(whom) => self.watch_people(conn, session, &whom),
            Ask::Idle(idle) => {
                if self.has_account(conn) {
                    self.hub.ports.attendance.idle(self.user, session, idle);
                }
                Ok(Answer::Done)
            }
            Ask::Call(what) => match self.call(conn, session, id.clone(), what) {
                Ok(()) => return,
                Err(trouble) => Err(trouble),
            },
        };
        self.answer(conn, id, answered);
    }

    /// Carries a question to a conversation that this person may ask for.
    fn converse(
        &mut self,
        conn: ConnId,
        id: Option<String>,
        conversation: ConversationId,
        ask: ConversationAsk,
    ) -> Result<(), Trouble> {
        let reach = self.sockets.get(&conn);
        if !reach.is_some_and(|socket| conversation.within_reach(&socket.identity)) {
            return Err(Trouble::Chat(conversation::Refused::NotFound));
        }
        if self.draining() {
            return Err(Trouble::Draining);
        }
        let now = self.hub.now();
        let taken = match ask {
            ConversationAsk::Typing(_) if !self.typing.take(1, now) => return Ok(()),
            ConversationAsk::Typing(_) => true,
            ConversationAsk::Read { .. } | ConversationAsk::Delivered { .. } => {
                self.marks.take(1, now)
            }
            _ => self.chats.take(1, now),
        };
        if !taken {
            return Err(Trouble::TooOften(Millis::from_secs(1)));
        }
        let (user, back) = (self.user, Back::Socket { conn, id });
        let msg = ConversationMsg::Ask(Asker { user, back }, ask);
        self.hub.to_conversation(conversation, msg);
        Ok(())
    }

    fn watch_hosts(&self, conn: ConnId, session: SessionId, on: bool) -> Result<Answer, Trouble> {
        if !self.has_account(conn) {
            return Err(Trouble::WrongPerson);
        }
        self.hub
            .ports
            .attendance
            .watch_hosts(self.user, session, on);
        Ok(Answer::Done)
    }

    fn watch_people(
        &mut self,
        conn: ConnId,
        session: SessionId,
        whom: &[UserId],
    ) -> Result<Answer, Trouble> {
        if !self.has_account(conn) {
            return Err(Trouble::WrongPerson);
        }
        // Each question looks into the store for each of them.
        if !self.joins.take(1, self.hub.now()) {
            return Err(Trouble::TooOften(Millis::from_secs(1)));
        }
        let attendance = &self.hub.ports.attendance;
        let seen = attendance.watch_people(self.user, session, whom);
        Ok(Answer::Presence(seen))
    }

    /// Not a guest of one room.
    fn has_account(&self, conn: ConnId) -> bool {
        let socket = self.sockets.get(&conn);
        socket.is_some_and(|socket| socket.identity.scope == Scope::Account)
    }

    fn auth_refresh(&mut self, conn: ConnId, token: &str) -> Result<Answer, Trouble> {
        let now = self.hub.now();
        let fresh = self.hub.ports.identify.identify(token, now);
        let fresh = fresh.map_err(Trouble::Token)?;
        let Some(socket) = self.sockets.get_mut(&conn) else {
            return Err(Trouble::WrongPerson);
        };
        if fresh.user != self.user || fresh.login != socket.identity.login {
            return Err(Trouble::WrongPerson);
        }
        let expires_at = fresh.expires_at;
        socket.identity = fresh;
        self.run(Input::AuthRefreshed { conn, expires_at });
        Ok(Answer::AuthRefreshed(expires_at))
    }

    /// Asks the meetings whether the door is open, then the room for a place. An open question at
    /// the door (too late) goes to a living room all the same: who has a seat inside keeps it.
    fn join(
        &mut self,
        conn: ConnId,
        session: SessionId,
        id: Option<String>,
        room: RoomId,
        (audio, video): (bool, bool),
        old: Option<PeerId>,
    ) -> Result<(), Trouble> {
        if self.draining() {
            return Err(Trouble::Draining);
        }
        if !self.joins.take(1, self.hub.now()) {
            return Err(Trouble::TooOften(Millis::from_secs(1)));
        }
        let identity = match self.sockets.get(&conn) {
            Some(socket) => socket.identity.clone(),
            None => return Ok(()),
        };
        let from = self.address(conn);
        let tried = Attempt::new(Action::Joined, self.hub.now())
            .by(&identity)
            .from(from);
        let seat = match self.seat(&identity, room) {
            Ok(seat) => seat,
            Err(trouble) => {
                let word = refusal_word(&trouble);
                self.hub.ports.witness.saw(tried.refused(word), Some(room));
                return Err(trouble);
            }
        };
        let rooms = self.rooms.entry(session).or_default();
        if rooms.len() >= ROOMS_PER_SESSION_MAX && !rooms.contains(&room) {
            return Err(Trouble::TooOften(Millis::ZERO));
        }
        rooms.insert(room);
        let asked = Asked {
            user: self.user,
            session,
            conn,
            id,
            from,
            role: identity.role,
        };
        let join = Join {
            user: self.user,
            session,
            seat: seat.as_ref().ok().cloned(),
            audio,
            video,
            old,
            fresh: PeerId(Uuid::new_v4()),
        };
        match seat {
            Ok(seat) => {
                let seed = (seat.meeting, seat.policy);
                self.hub.to_room(room, seed, RoomMsg::Join(asked, join));
                Ok(())
            }
            Err(refusal) => {
                if self.hub.to_living_room(room, RoomMsg::Join(asked, join)) {
                    return Ok(());
                }
                if let Some(rooms) = self.rooms.get_mut(&session) {
                    rooms.remove(&room);
                }
                let trouble = Trouble::Door(refusal);
                let tried = tried.refused(refusal_word(&trouble));
                self.hub.ports.witness.saw(tried, Some(room));
                Err(trouble)
            }
        }
    }

    /// Where a socket's peer is.
    pub(super) fn address(&self, conn: ConnId) -> Option<IpAddr> {
        self.sockets.get(&conn)?.link.address()
    }

    /// As what somebody is connected.
    pub(super) fn role(&self, conn: ConnId) -> Role {
        let socket = self.sockets.get(&conn);
        socket.map_or(Role::Guest, |it| it.identity.role)
    }

    /// The seat; the inner error is one that only a kept seat can overcome.
    fn seat(&self, identity: &Identity, room: RoomId) -> Result<Result<Seat, Refusal>, Trouble> {
        if let Scope::Room(only) = identity.scope
            && only != room
        {
            return Err(Trouble::Door(Refusal::Stranger));
        }
        match self.hub.ports.admit.admit(identity, room, self.hub.now()) {
            Err(late @ (Refusal::TooLate(_) | Refusal::Maintenance)) => Ok(Err(late)),
            Err(refusal) => Err(Trouble::Door(refusal)),
            Ok(seat) => Ok(Ok(seat)),
        }
    }

    /// Asks the rooms one after the other; the last one answers for all.
    fn sync(
        &mut self,
        conn: ConnId,
        session: SessionId,
        id: Option<String>,
        rooms: Vec<RoomId>,
        notices_after: Option<NtfSeq>,
    ) {
        let after = notices_after.filter(|_| self.has_account(conn));
        let known = State {
            rooms: Vec::new(),
            notices: after.and_then(|after| self.hub.ports.notices.since(self.user, after)),
        };
        let mine = self.rooms.get(&session);
        let is_mine = |room: &RoomId| mine.is_some_and(|mine| mine.contains(room));
        let left: Vec<RoomId> = rooms
            .into_iter()
            .filter(is_mine)
            .take(SYNC_ROOMS_MAX)
            .collect();
        let asked = Asked {
            user: self.user,
            session,
            conn,
            id,
            from: self.address(conn),
            role: self.role(conn),
        };
        self.hub.sync(asked, left, known);
    }
}

/// Why a door stayed shut, in a word of the API.
fn refusal_word(trouble: &Trouble) -> &'static str {
    match trouble {
        Trouble::Door(Refusal::NotFound) => "not_found",
        Trouble::Door(Refusal::Stranger) => "forbidden",
        Trouble::Door(Refusal::TooEarly(_)) => "too_early",
        Trouble::Door(Refusal::TooLate(_)) => "too_late",
        Trouble::Door(Refusal::Unpaid) => "unpaid",
        Trouble::Door(Refusal::Over) => "over",
        Trouble::Door(Refusal::Maintenance) => "maintenance",
        _ => "refused",
    }
}
