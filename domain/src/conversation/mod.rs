//! What people write to each other: one order per conversation, each message once, who has read it.
//!
//! A pure machine: `handle(input, now)` gives an answer, what must be written before the answer is
//! given, and who is told after that. It never holds the history; what it needs of it (a message to
//! change, what a repeated command led to) comes in with the input. Identity is an argument that the
//! floors above took from a verified token. Who is in a conversation comes as a whole list
//! ([`Input::Seats`]) from the room or from the pair's name, never from what anybody says about
//! themselves. Start reading at [`Conversation::handle`].

mod id;
mod rights;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod words;

pub use id::ConversationId;
pub use rights::Between;
pub use words::{
    Change, ClientMsgId, Done, Input, Kept, Limits, Member, Message, MsgSeq, News, Outcome,
    Refused, Reply, SeatOf, Shows, Tell, UNREAD_MAX, UnreadIn,
};

use std::collections::{BTreeMap, VecDeque};

use crate::{
    file::{Attachment, FILES_PER_MESSAGE_MAX},
    id::UserId,
    time::{Millis, Timestamp},
};

/// Most people that one conversation remembers; who left first is forgotten first.
pub const MEMBERS_MAX: usize = 256;
/// How many messages that were just written are remembered, so that commands which follow before
/// the disk is done see them. The floor above keeps fewer than this unwritten.
pub const FRESH_MAX: usize = 128;
/// How long somebody is said to write without saying so again.
pub const TYPING_FOR: Millis = Millis::from_secs(6);
/// How often others are told again that somebody writes.
pub const TYPING_EVERY: Millis = Millis::from_secs(2);

#[derive(Clone, Copy, Debug)]
struct Typist {
    until: Timestamp,
    told_at: Timestamp,
}

/// A conversation as the store has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The last number given out.
    pub last: MsgSeq,
    /// Everybody who was ever in it, up to [`MEMBERS_MAX`].
    pub members: BTreeMap<UserId, Member>,
}

/// The machine.
#[derive(Clone, Debug)]
pub struct Conversation {
    limits: Limits,
    record: Record,
    typing: BTreeMap<UserId, Typist>,
    /// Messages written lately, and what commands led to: not on disk yet, or just so.
    fresh: VecDeque<Message>,
    did: VecDeque<(UserId, ClientMsgId, Done)>,
    changes: Vec<Change>,
    tells: Vec<Tell>,
}

impl Conversation {
    /// As the store has it; nobody is in it until [`Input::Seats`] says so.
    pub fn restored(limits: Limits, mut record: Record) -> Self {
        for member in record.members.values_mut().filter(|it| it.inside) {
            member.inside = false;
            member.left_at = record.last;
        }
        Self {
            limits,
            record,
            typing: BTreeMap::new(),
            fresh: VecDeque::new(),
            did: VecDeque::new(),
            changes: Vec::new(),
            tells: Vec::new(),
        }
    }

    /// Takes one input.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Outcome {
        let answer = match input {
            Input::Seats(seats) => Ok(self.seats(seats)),
            Input::Send {
                user,
                key,
                text,
                reply_to,
                files,
                done,
            } => self.send(user, key, &text, reply_to, files, done, now),
            Input::Change {
                user,
                key,
                seq,
                text,
                stored,
                done,
            } => self.change(user, key, seq, text, stored, done, now),
            Input::Read {
                user,
                up_to,
                private,
            } => self.read(user, up_to, private),
            Input::Delivered { user, up_to } => self.delivered(user, up_to),
            Input::Typing { user, typing } => self.typing(user, typing, now),
            Input::Tick => Ok(self.tick(now)),
        };
        Outcome {
            answer,
            changes: std::mem::take(&mut self.changes),
            tells: std::mem::take(&mut self.tells),
        }
    }

    /// When [`Input::Tick`] is wanted. When somebody stops writing without saying so.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.typing.values().map(|typist| typist.until).min()
    }

    /// The last number given out.
    pub fn last(&self) -> MsgSeq {
        self.record.last
    }

    /// Everybody who was ever in it.
    pub fn members(&self) -> &BTreeMap<UserId, Member> {
        &self.record.members
    }

    /// Whether anybody is in it now.
    pub fn is_live(&self) -> bool {
        self.record.members.values().any(|member| member.inside)
    }

    /// Up to which message this person may read.
    pub fn readable(&self, user: UserId) -> Result<MsgSeq, Refused> {
        match self.record.members.get(&user) {
            Some(member) if member.inside => Ok(self.record.last),
            Some(member) => Ok(member.left_at),
            None => Err(Refused::NotFound),
        }
    }

    /// A message as it is now, if it was written lately; else as it was stored.
    pub fn latest(&self, seq: MsgSeq, stored: Option<Message>) -> Option<Message> {
        let fresh = self.fresh.iter().rev().find(|it| it.seq == seq);
        fresh.cloned().or(stored)
    }

    fn seats(&mut self, seats: Vec<SeatOf>) -> Reply {
        let last = self.record.last;
        let mut changed = Vec::new();
        for (user, member) in &mut self.record.members {
            if member.inside && !seats.iter().any(|seat| seat.user == *user) {
                member.inside = false;
                member.left_at = last;
                changed.push(*user);
            }
        }
        for seat in seats {
            if !self.record.members.contains_key(&seat.user) && !self.make_room() {
                continue;
            }
            let member = self.record.members.entry(seat.user).or_insert(Member {
                name: String::new(),
                moderator: false,
                inside: false,
                left_at: MsgSeq::ZERO,
                delivered: MsgSeq::ZERO,
                read: MsgSeq::ZERO,
                shown: MsgSeq::ZERO,
            });
            let same = member.inside && member.name == seat.name;
            if !same || member.moderator != seat.moderator {
                member.name = seat.name;
                member.moderator = seat.moderator;
                member.inside = true;
                changed.push(seat.user);
            }
        }
        for user in &changed {
            self.stop_typing(*user);
        }
        // A conversation without a message has no row, and its members need none.
        if last > MsgSeq::ZERO {
            for user in changed {
                self.keep_member(user);
            }
        }
        Reply::Noted
    }

    fn make_room(&mut self) -> bool {
        if self.record.members.len() < MEMBERS_MAX {
            return true;
        }
        let gone = self.record.members.iter().filter(|(_, it)| !it.inside);
        let first = gone.min_by_key(|(_, it)| it.left_at).map(|(user, _)| *user);
        first.is_some_and(|user| self.record.members.remove(&user).is_some())
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one input")]
    fn send(
        &mut self,
        user: UserId,
        key: ClientMsgId,
        text: &str,
        reply_to: Option<MsgSeq>,
        files: Option<Vec<Attachment>>,
        done: Option<Done>,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        if let Some(duplicate) = self.repeated(user, key, done)? {
            return Ok(duplicate);
        }
        let name = self.inside(user)?.name.clone();
        let files = self.attachable(files)?;
        let text = text::clean_beside(text, self.limits.text_chars_max, !files.is_empty())?;
        if reply_to.is_some_and(|seq| seq == MsgSeq::ZERO || seq > self.record.last) {
            return Err(Refused::NoSuchMessage);
        }
        if self.record.last == MsgSeq::ZERO {
            for user in self.record.members.keys().copied().collect::<Vec<_>>() {
                self.keep_member(user);
            }
        }
        self.record.last = self.record.last.next();
        let message = Message {
            seq: self.record.last,
            sender: user,
            key,
            at: now,
            text,
            reply_to,
            edited_at: None,
            deleted: false,
            files,
        };
        self.remember(message.clone());
        self.changes.push(Change::New(message.clone()));
        self.stop_typing(user);
        self.tell(self.everybody(), News::Message { message, name });
        Ok(self.wrote(user, key, self.record.last, now))
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one input")]
    fn change(
        &mut self,
        user: UserId,
        key: ClientMsgId,
        seq: MsgSeq,
        text: Option<String>,
        stored: Option<Message>,
        done: Option<Done>,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        if let Some(duplicate) = self.repeated(user, key, done)? {
            return Ok(duplicate);
        }
        let moderator = self.inside(user)?.moderator;
        let found = self.latest(seq, stored).filter(|it| !it.deleted);
        let mut message = found.ok_or(Refused::NoSuchMessage)?;
        let (window, cleans_up) = match &text {
            Some(_) => (self.limits.edit_window, false),
            None => (self.limits.delete_window, moderator),
        };
        if message.sender != user && !cleans_up {
            return Err(Refused::NotAuthor);
        }
        if now.since(message.at) > window && !cleans_up {
            return Err(Refused::TooLate);
        }
        match text {
            Some(text) => {
                let beside = !message.files.is_empty();
                message.text = text::clean_beside(&text, self.limits.text_chars_max, beside)?;
            }
            None => {
                message.text.clear();
                message.deleted = true;
                let files = std::mem::take(&mut message.files);
                if !files.is_empty() {
                    self.changes.push(Change::Released(message.sender, files));
                }
            }
        }
        message.edited_at = Some(now);
        self.remember(message.clone());
        self.changes.push(Change::Changed(message.clone()));
        self.tell(self.everybody(), News::Updated(message));
        Ok(self.wrote(user, key, seq, now))
    }

    /// A file is in one message, once. What is on its way to the disk counts too.
    fn attachable(&self, files: Option<Vec<Attachment>>) -> Result<Vec<Attachment>, Refused> {
        let files = files.ok_or(Refused::NoSuchFile)?;
        if files.len() > FILES_PER_MESSAGE_MAX {
            return Err(Refused::TooManyFiles);
        }
        let fresh = || self.fresh.iter().flat_map(|message| &message.files);
        for (at, file) in files.iter().enumerate() {
            let mut others = files[..at].iter().chain(fresh());
            if others.any(|other| other.id == file.id) {
                return Err(Refused::NoSuchFile);
            }
        }
        Ok(files)
    }

    fn read(&mut self, user: UserId, up_to: MsgSeq, private: bool) -> Result<Reply, Refused> {
        let up_to = up_to.min(self.record.last);
        let member = self.inside_mut(user)?;
        let (news, shows) = (up_to > member.read, !private && up_to > member.shown);
        member.read = member.read.max(up_to);
        let read = member.read;
        if shows {
            member.shown = up_to;
            member.delivered = member.delivered.max(up_to);
            self.tell(self.others(user), News::Read { user, up_to });
        }
        if news {
            self.tell(vec![user], News::ReadElsewhere(read));
        }
        if news || shows {
            self.keep_member(user);
        }
        Ok(Reply::Read(read))
    }

    /// Not worth a write of its own: it is written with the next thing about this person.
    fn delivered(&mut self, user: UserId, up_to: MsgSeq) -> Result<Reply, Refused> {
        let up_to = up_to.min(self.record.last);
        let member = self.inside_mut(user)?;
        if up_to > member.delivered {
            member.delivered = up_to;
            self.tell(self.others(user), News::Delivered { user, up_to });
        }
        Ok(Reply::Noted)
    }

    fn typing(&mut self, user: UserId, on: bool, now: Timestamp) -> Result<Reply, Refused> {
        let name = self.inside(user)?.name.clone();
        if !on {
            self.stop_typing(user);
            return Ok(Reply::Noted);
        }
        let known = self.typing.get(&user).copied();
        let told_at = match known {
            Some(typist) if now.since(typist.told_at) < TYPING_EVERY => typist.told_at,
            _ => {
                let typing = true;
                self.tell(self.others(user), News::Typing { user, name, typing });
                now
            }
        };
        let until = now + TYPING_FOR;
        self.typing.insert(user, Typist { until, told_at });
        Ok(Reply::Noted)
    }

    fn tick(&mut self, now: Timestamp) -> Reply {
        let over = self.typing.iter().filter(|(_, it)| it.until <= now);
        for user in over.map(|(user, _)| *user).collect::<Vec<_>>() {
            self.stop_typing(user);
        }
        Reply::Noted
    }

    fn stop_typing(&mut self, user: UserId) {
        if self.typing.remove(&user).is_some() {
            let name = self.record.members.get(&user).map(|it| it.name.clone());
            let (name, typing) = (name.unwrap_or_default(), false);
            self.tell(self.others(user), News::Typing { user, name, typing });
        }
    }

    /// The answer to a command that was already carried out.
    fn repeated(
        &self,
        user: UserId,
        key: ClientMsgId,
        done: Option<Done>,
    ) -> Result<Option<Reply>, Refused> {
        let fresh = self.did.iter().rev().find(|it| (it.0, it.1) == (user, key));
        let done = fresh.map(|it| it.2).or(done);
        if done.is_some() {
            // Whoever was sent away is not told again either.
            self.readable(user)?;
        }
        let duplicate = true;
        Ok(done.map(|done| Reply::Written { done, duplicate }))
    }

    fn wrote(&mut self, user: UserId, key: ClientMsgId, seq: MsgSeq, at: Timestamp) -> Reply {
        let done = Done { seq, at };
        if self.did.len() >= FRESH_MAX {
            self.did.pop_front();
        }
        self.did.push_back((user, key, done));
        self.changes.push(Change::Did(user, key, done));
        let duplicate = false;
        Reply::Written { done, duplicate }
    }

    fn remember(&mut self, message: Message) {
        self.fresh.retain(|it| it.seq != message.seq);
        if self.fresh.len() >= FRESH_MAX {
            self.fresh.pop_front();
        }
        self.fresh.push_back(message);
    }

    fn keep_member(&mut self, user: UserId) {
        if let Some(member) = self.record.members.get(&user) {
            self.changes.push(Change::Member(user, member.clone()));
        }
    }

    fn inside(&self, user: UserId) -> Result<&Member, Refused> {
        let member = self.record.members.get(&user).ok_or(Refused::NotFound)?;
        member.inside.then_some(member).ok_or(Refused::NotInside)
    }

    fn inside_mut(&mut self, user: UserId) -> Result<&mut Member, Refused> {
        self.inside(user)?;
        self.record.members.get_mut(&user).ok_or(Refused::NotFound)
    }

    fn everybody(&self) -> Vec<UserId> {
        let members = self.record.members.iter();
        let inside = members.filter(|(_, member)| member.inside);
        inside.map(|(user, _)| *user).collect()
    }

    fn others(&self, user: UserId) -> Vec<UserId> {
        let mut all = self.everybody();
        all.retain(|other| *other != user);
        all
    }

    fn tell(&mut self, to: Vec<UserId>, news: News) {
        if !to.is_empty() {
            self.tells.push(Tell { to, news });
        }
    }
}
