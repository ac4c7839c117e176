//! What goes into a conversation's machine, what comes out, and the facts it keeps.

use uuid::Uuid;

use super::ConversationId;
use crate::{
    file::Attachment,
    id::UserId,
    time::{Millis, Timestamp},
};

/// Number of a message in its conversation, from 1 and without holes. It is also its name there.
/// 0 means "before the first".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MsgSeq(pub u64);

impl MsgSeq {
    /// Before the first message.
    pub const ZERO: Self = Self(0);

    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The name that a client gave to a command, so that a repeated one has no second effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientMsgId(pub Uuid);

/// Bounds that an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, characters.
    pub text_chars_max: usize,
    /// How long an author may change a message.
    pub edit_window: Millis,
    /// How long an author may take a message back.
    pub delete_window: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_chars_max: 4_000,
            edit_window: Millis::from_mins(15),
            delete_window: Millis::from_mins(60),
        }
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number and name.
    pub seq: MsgSeq,
    /// Who wrote it.
    pub sender: UserId,
    /// What the sender's device called it.
    pub key: ClientMsgId,
    /// When the server took it.
    pub at: Timestamp,
    /// The words; empty once deleted.
    pub text: String,
    /// The message that it answers.
    pub reply_to: Option<MsgSeq>,
    /// When it was last changed or deleted.
    pub edited_at: Option<Timestamp>,
    /// Taken back: the words and the files are gone for good.
    pub deleted: bool,
    /// What came along, in the order in which it was chosen; none once deleted.
    pub files: Vec<Attachment>,
}

/// How somebody stands to a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The name that others see.
    pub name: String,
    /// May delete what others wrote.
    pub moderator: bool,
    /// Reads and writes now. Otherwise only what was there until [`left_at`](Self::left_at).
    pub inside: bool,
    /// The last number there was when this person went.
    pub left_at: MsgSeq,
    /// Arrived on a device, up to here. Lost with the server unless something else is written.
    pub delivered: MsgSeq,
    /// Read, up to here; clears the own badge.
    pub read: MsgSeq,
    /// Read, up to here, as others see it.
    pub shown: MsgSeq,
}

/// Somebody who is in it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatOf {
    /// Who.
    pub user: UserId,
    /// The name that others see.
    pub name: String,
    /// May delete what others wrote.
    pub moderator: bool,
}

/// What somebody wants of one of their conversations. It is theirs alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// No sound, no toast and no number for it.
    pub muted: bool,
    /// Put away up to this message: whatever comes after it brings the conversation back.
    pub archived: MsgSeq,
}

impl Kept {
    /// Whether it is put away, when its last message is this one.
    pub fn is_archived(&self, last: MsgSeq) -> bool {
        self.archived > MsgSeq::ZERO && self.archived >= last
    }
}

/// What somebody lets others see of what they do in conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shows {
    /// That they write.
    pub typing: bool,
    /// How far they have read. Whoever hides it does not see it of others either.
    pub read: bool,
}

impl Shows {
    /// Nothing at all.
    pub const NOTHING: Self = Self {
        typing: false,
        read: false,
    };
}

impl Default for Shows {
    fn default() -> Self {
        Self {
            typing: true,
            read: true,
        }
    }
}

/// How many messages of others somebody has not read in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnreadIn {
    /// Which.
    pub conversation: ConversationId,
    /// The last number given out there.
    pub last: MsgSeq,
    /// The own read marker.
    pub read: MsgSeq,
    /// So many, up to [`UNREAD_MAX`].
    pub unread: usize,
    /// It is not to be counted.
    pub muted: bool,
}

/// Further unread messages of one conversation are not counted.
pub const UNREAD_MAX: usize = 100;

/// What a durable command led to, for its repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which message.
    pub seq: MsgSeq,
    /// When.
    pub at: Timestamp,
}

/// What happens to a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// These are in it now, and nobody else. The whole list.
    Seats(Vec<SeatOf>),
    /// Somebody says something.
    Send {
        /// Who, from the token.
        user: UserId,
        /// What the device calls it.
        key: ClientMsgId,
        /// The words; may be none where files come along.
        text: String,
        /// The message that it answers.
        reply_to: Option<MsgSeq>,
        /// The files that come along; none of this list when one of them is not there for this
        /// person and this conversation, or is in a message already.
        files: Option<Vec<Attachment>>,
        /// What the store says this key led to.
        done: Option<Done>,
    },
    /// Somebody changes or takes back a message.
    Change {
        /// Who.
        user: UserId,
        /// What the device calls the command.
        key: ClientMsgId,
        /// Which message.
        seq: MsgSeq,
        /// The new words; none takes it back.
        text: Option<String>,
        /// The message as the store has it.
        stored: Option<Message>,
        /// What the store says this key led to.
        done: Option<Done>,
    },
    /// Somebody has read.
    Read {
        /// Who.
        user: UserId,
        /// Up to here.
        up_to: MsgSeq,
        /// Without telling others.
        private: bool,
    },
    /// Messages arrived on a device.
    Delivered {
        /// Whose.
        user: UserId,
        /// Up to here.
        up_to: MsgSeq,
    },
    /// Somebody writes, or stopped.
    Typing {
        /// Who.
        user: UserId,
        /// Writes.
        typing: bool,
    },
    /// A deadline may have passed.
    Tick,
}

/// A good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The message has this number; `duplicate` when it had it before.
    Written {
        /// Which message, and when.
        done: Done,
        /// The command was a repetition.
        duplicate: bool,
    },
    /// The own read marker stands here.
    Read(MsgSeq),
    /// Done.
    Noted,
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such conversation, or this person must not know of it.
    NotFound,
    /// Was in it, and is not now.
    NotInside,
    /// There is no such message, or it was taken back.
    NoSuchMessage,
    /// A file is not there, or is in a message already.
    NoSuchFile,
    /// More files than one message takes.
    TooManyFiles,
    /// Somebody else's.
    NotAuthor,
    /// The window for that is over.
    TooLate,
    /// There is nothing in the text.
    Empty,
    /// The text is longer than its limit.
    TooLong,
    /// Too much at once, or the store does not write: try again.
    Busy,
}

/// What others are told. All of it is about one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody said something.
    Message {
        /// What.
        message: Message,
        /// The sender's name.
        name: String,
    },
    /// A message was changed or taken back.
    Updated(Message),
    /// Arrived at somebody, up to here.
    Delivered {
        /// At whom.
        user: UserId,
        /// Up to here.
        up_to: MsgSeq,
    },
    /// Read by somebody, up to here.
    Read {
        /// By whom.
        user: UserId,
        /// Up to here.
        up_to: MsgSeq,
    },
    /// To the reader's own devices: the badge is good up to here.
    ReadElsewhere(MsgSeq),
    /// Somebody writes, or stopped.
    Typing {
        /// Who.
        user: UserId,
        /// The name.
        name: String,
        /// Writes.
        typing: bool,
    },
}

/// A row that must be written before anybody is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new message, the last one now.
    New(Message),
    /// A message as it is now.
    Changed(Message),
    /// What a command led to.
    Did(UserId, ClientMsgId, Done),
    /// How somebody stands.
    Member(UserId, Member),
    /// Files of this person that no message has any more.
    Released(UserId, Vec<Attachment>),
}

/// What some are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    /// Whom, on all devices.
    pub to: Vec<UserId>,
    /// What.
    pub news: News,
}

/// An answer, what must be on disk before it is given, and who is told then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// For who asked.
    pub answer: Result<Reply, Refused>,
    /// All of it together, or nothing.
    pub changes: Vec<Change>,
    /// In order.
    pub tells: Vec<Tell>,
}
