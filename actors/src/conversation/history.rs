//! The history of a conversation, by pages: only for who is or was in it, and only as far.

use parlor_domain::{
    conversation::{Member, Message, MsgSeq, Refused},
    id::UserId,
};

use super::Conversation;
use crate::{
    link::{Answer, Trouble},
    ports::{NotNoted, PageFrom},
};

/// Most messages of one page.
pub const HISTORY_MAX: usize = parlor_data::nouns::conversation::PAGE_MAX;

/// One page, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The last number that this person may read.
    pub last: MsgSeq,
    /// In it now: may write.
    pub inside: bool,
    /// The page.
    pub messages: Vec<Message>,
    /// There are more in the direction that was asked for.
    pub more: bool,
    /// Who is or was in it.
    pub members: Vec<(UserId, Member)>,
}

impl Conversation {
    pub(super) fn history(
        &self,
        user: UserId,
        from: PageFrom,
        limit: usize,
    ) -> Result<Answer, Trouble> {
        let readable = self.machine.readable(user).map_err(Trouble::Chat)?;
        // Not what is still on its way to the disk.
        let last = readable.min(self.head.last);
        let from = match from {
            PageFrom::Before(seq) => PageFrom::Before(seq.min(last.next())),
            after => after,
        };
        let limit = limit.clamp(1, HISTORY_MAX);
        let page = self.hub.ports.conversations.page(self.id, from, limit);
        let mut messages = page.map_err(|NotNoted| Trouble::Chat(Refused::Busy))?;
        messages.retain(|message| message.seq <= last);
        let more = match from {
            PageFrom::Before(_) => messages.first().is_some_and(|it| it.seq > MsgSeq(1)),
            PageFrom::After(_) => messages.last().is_some_and(|it| it.seq < last),
        };
        let members = self.machine.members();
        let inside = members.get(&user).is_some_and(|it| it.inside);
        let blind = !self.hub.ports.conversations.shows(user).read;
        let members = members.iter().map(|(other, it)| {
            let mut it = it.clone();
            if blind && *other != user {
                it.shown = MsgSeq::ZERO;
            }
            (*other, it)
        });
        Ok(Answer::History(Box::new(History {
            last,
            inside,
            messages,
            more,
            members: members.collect(),
        })))
    }
}
