//! Somebody's conversations with other people, as lists and pages show them: who, the last word,
//! what is unread, what was muted or put away, and a search through all of them.
//!
//! Must never write a message, nor say who is in a conversation; that is the conversation's actor.
//! It reads what is on the disk, so that a list never shows what a crash could take back.

use parlor_data::nouns::{account as accounts, conversation, host, inbox, privacy};
use parlor_domain::{
    access::Member,
    account::BadField,
    conversation::{ConversationId, Kept, Message, MsgSeq},
    event::Event,
    host::Picture,
    id::UserId,
};

use super::{ServiceError, Services};
use crate::conversation::memory;

/// Most messages that one search finds.
pub const HITS_MAX: usize = 50;
/// Most messages that one search looks at, the newest of each conversation first.
const SEARCHED_MAX: usize = 50_000;
/// Shortest and longest words to search for, in characters.
const WORDS_CHARS: std::ops::RangeInclusive<usize> = 2..=100;

/// A conversation with somebody, as one of the two sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationView {
    /// Which.
    pub id: ConversationId,
    /// With whom.
    pub other: UserId,
    /// Their name.
    pub name: String,
    /// Their picture, when they show one.
    pub picture: Option<Picture>,
    /// Whether one may write now.
    pub writable: bool,
    /// The last message, when there is one that one may read.
    pub last: Option<Message>,
    /// So many messages are unread, up to [`parlor_domain::conversation::UNREAD_MAX`].
    pub unread: usize,
    /// The own read marker.
    pub read: MsgSeq,
    /// How far the other has it, and has read it as far as they show.
    pub reached: (MsgSeq, MsgSeq),
    /// What one wants of it.
    pub kept: Kept,
}

/// A message that was searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where.
    pub id: ConversationId,
    /// With whom.
    pub name: String,
    /// What.
    pub message: Message,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The latest first.
    pub hits: Vec<Hit>,
    /// There is, or may be, more than that.
    pub more: bool,
}

impl Services {
    /// Somebody's conversations with others, the last written one first.
    pub fn conversations(&self, who: Member) -> Result<Vec<ConversationView>, ServiceError> {
        let mut all = Vec::new();
        for id in inbox::of(&self.0.store, who.user)? {
            all.extend(self.conversation_view(who.user, id)?);
        }
        let last = |it: &ConversationView| it.last.as_ref().map(|it| it.at);
        all.sort_by_key(|it| std::cmp::Reverse((last(it), it.id)));
        Ok(all)
    }

    /// One conversation with somebody, also before the first word; not when these two have nothing
    /// to say to each other.
    pub fn conversation(
        &self,
        who: Member,
        id: ConversationId,
    ) -> Result<ConversationView, ServiceError> {
        self.conversation_view(who.user, id)?
            .ok_or(ServiceError::NotFound)
    }

    fn conversation_view(
        &self,
        user: UserId,
        id: ConversationId,
    ) -> Result<Option<ConversationView>, ServiceError> {
        let store = &self.0.store;
        let Some(other) = other_of(id, user) else {
            return Ok(None);
        };
        let between = memory::between(store, user, other, self.now())?;
        if !between.may_write() && conversation::last(store, id)? == MsgSeq::ZERO {
            return Ok(None);
        }
        let me = conversation::member(store, id, user)?;
        let them = conversation::member(store, id, other)?;
        let unread = inbox::unread_in(store, user, id)?;
        // Whoever was sent away reads up to there; the same bound as the conversation's own.
        let readable = match &me {
            Some(me) if !me.inside => me.left_at,
            _ => unread.last,
        };
        let account = accounts::load(store, other)?;
        let name = account.as_ref().map(|it| it.name.clone());
        let profile = match account.is_some_and(|it| it.may_host()) {
            true => host::load(store, other)?,
            false => None,
        };
        Ok(Some(ConversationView {
            id,
            other,
            name: name
                .or_else(|| them.as_ref().map(|it| it.name.clone()))
                .unwrap_or_default(),
            picture: profile.and_then(|it| it.picture),
            writable: between.may_write(),
            last: conversation::message(store, id, readable)?,
            unread: if readable == unread.last {
                unread.unread
            } else {
                0
            },
            read: unread.read,
            reached: them.map_or_else(Default::default, |it| {
                // Whoever does not show how far they have read is not shown it.
                let mutual = privacy::load(store, user).is_ok_and(|it| it.read);
                (it.delivered, if mutual { it.shown } else { MsgSeq::ZERO })
            }),
            kept: inbox::kept(store, user, id)?,
        }))
    }

    /// Mutes a conversation or not, puts it away or takes it out; all devices hear of it.
    pub async fn keep_conversation(
        &self,
        who: Member,
        id: ConversationId,
        muted: Option<bool>,
        archived: Option<bool>,
    ) -> Result<ConversationView, ServiceError> {
        let mut view = self.conversation(who, id)?;
        let last = conversation::last(&self.0.store, id)?;
        if last == MsgSeq::ZERO {
            return Err(ServiceError::NotFound);
        }
        let mut kept = view.kept;
        kept.muted = muted.unwrap_or(kept.muted);
        kept.archived = match archived {
            Some(true) => last,
            Some(false) => MsgSeq::ZERO,
            None => kept.archived,
        };
        if kept != view.kept {
            self.write(inbox::keep(who.user, id, kept)?).await?;
            self.reach(|reach| reach.tell(who.user, Event::ConversationKept(id, kept)));
            view.kept = kept;
        }
        Ok(view)
    }

    /// Messages of a conversation from after `after`, oldest first, as far as this person may read:
    /// a page of all that there is.
    pub fn messages_after(
        &self,
        who: Member,
        id: ConversationId,
        after: MsgSeq,
    ) -> Result<Vec<Message>, ServiceError> {
        other_of(id, who.user).ok_or(ServiceError::NotFound)?;
        let store = &self.0.store;
        let me = conversation::member(store, id, who.user)?.ok_or(ServiceError::NotFound)?;
        let mut page = conversation::after(store, id, after, conversation::PAGE_MAX)?;
        page.retain(|it| me.inside || it.seq <= me.left_at);
        Ok(page)
    }

    /// Looks for words in everything that somebody wrote or was written, in any case of letters.
    /// Takes as long as there is much to read; not for a thread that has other things to do.
    pub fn search_messages(&self, who: Member, words: &str) -> Result<Found, ServiceError> {
        let words = words.trim().to_lowercase();
        if !WORDS_CHARS.contains(&words.chars().count()) {
            return Err(ServiceError::BadField(BadField {
                field: "q",
                why: "Search for 2 to 100 characters.",
            }));
        }
        let mut found = Found::default();
        let mut left = SEARCHED_MAX;
        for view in self.conversations(who)? {
            let mut before = view.last.as_ref().map_or(MsgSeq::ZERO, |it| it.seq.next());
            while before > MsgSeq(1) && left > 0 {
                let page =
                    conversation::before(&self.0.store, view.id, before, conversation::PAGE_MAX)?;
                let Some(oldest) = page.last() else {
                    break;
                };
                before = oldest.seq;
                left = left.saturating_sub(page.len());
                let hits = page
                    .into_iter()
                    .filter(|it| it.text.to_lowercase().contains(&words));
                found.hits.extend(hits.map(|message| Hit {
                    id: view.id,
                    name: view.name.clone(),
                    message,
                }));
            }
        }
        found
            .hits
            .sort_by_key(|it| std::cmp::Reverse(it.message.at));
        found.more = left == 0 || found.hits.len() > HITS_MAX;
        found.hits.truncate(HITS_MAX);
        Ok(found)
    }
}

/// The other one of a pair that this person is in.
pub(super) fn other_of(id: ConversationId, user: UserId) -> Option<UserId> {
    match id {
        ConversationId::Pair(one, other) if one == user => Some(other),
        ConversationId::Pair(one, other) if other == user => Some(one),
        _ => None,
    }
}
