//! Conversations kept in the store.

use parlor_data::{
    LoadError,
    nouns::{account, block, conversation, file, inbox, meeting, paid_call, privacy},
    store::Store,
};
use parlor_domain::{
    conversation::{
        Between, Change, ClientMsgId, ConversationId, Done, Message, MsgSeq, Record, SeatOf, Shows,
        UnreadIn,
    },
    file::Attachment,
    id::{FileId, UserId},
    time::{Millis, Timestamp},
};

use crate::ports::{ConversationMemory, Head, NotNoted, PageFrom, PortFuture};

/// How far back and ahead a meeting is looked for that two people share.
const MEETINGS_WITHIN: Millis = Millis::from_days(400);
/// Most meetings, and calls, of one person that are looked through for that.
const SHARED_ROWS_MAX: usize = 1_000;
/// Most conversations that a greeting names.
const UNREAD_ROWS_MAX: usize = 100;

/// What there is between somebody who wants to write and the other (R160).
pub fn between(
    store: &Store,
    writer: UserId,
    other: UserId,
    now: Timestamp,
) -> Result<Between, LoadError> {
    let mut it = talk(store, writer, other)?;
    if !it.may_talk() {
        return Ok(it);
    }
    if let Some(id) = ConversationId::pair(writer, other) {
        it.begun = conversation::last(store, id)? > MsgSeq::ZERO;
    }
    // Asked only where it decides.
    if !it.may_write() {
        it.shared = have_met(store, writer, other, now)?;
    }
    Ok(it)
}

/// The part of [`between`] that does not depend on who writes first.
fn talk(store: &Store, one: UserId, other: UserId) -> Result<Between, LoadError> {
    let (Some(writer), Some(reader)) = (account::load(store, one)?, account::load(store, other)?)
    else {
        let apart = true;
        return Ok(Between {
            apart,
            ..Between::default()
        });
    };
    Ok(Between {
        apart: writer.banned
            || reader.banned
            || block::exists(store, one, other)?
            || block::exists(store, other, one)?,
        writer_hosts: writer.may_host(),
        other_hosts: reader.may_host(),
        ..Between::default()
    })
}

/// Whether a host and a client have, or had, a meeting or a call; a client who was named by an
/// address only is nobody the host knows.
fn have_met(
    store: &Store,
    host: UserId,
    client: UserId,
    now: Timestamp,
) -> Result<bool, LoadError> {
    let (from, to) = (now - MEETINGS_WITHIN, now + MEETINGS_WITHIN);
    let meetings = meeting::load_calendar(store, host, from, to, SHARED_ROWS_MAX)?;
    if meetings
        .iter()
        .any(|it| it.host == host && it.client_known_to_host() == Some(client))
    {
        return Ok(true);
    }
    let calls = paid_call::load_of(store, host, None, SHARED_ROWS_MAX)?;
    Ok(calls.iter().any(|it| it.is_of(client)))
}

/// The memory of conversations over the store.
#[derive(Clone)]
pub struct StoreConversations(pub Store);

impl ConversationMemory for StoreConversations {
    fn load(&self, id: ConversationId) -> Result<(Head, Record), NotNoted> {
        let loaded = conversation::load(&self.0, id).map_err(broken)?;
        Ok(loaded.unwrap_or_default())
    }

    fn message(&self, id: ConversationId, seq: MsgSeq) -> Result<Option<Message>, NotNoted> {
        conversation::message(&self.0, id, seq).map_err(broken)
    }

    fn done(
        &self,
        id: ConversationId,
        user: UserId,
        key: ClientMsgId,
    ) -> Result<Option<Done>, NotNoted> {
        conversation::done(&self.0, id, user, key).map_err(broken)
    }

    fn page(
        &self,
        id: ConversationId,
        from: PageFrom,
        limit: usize,
    ) -> Result<Vec<Message>, NotNoted> {
        match from {
            PageFrom::Before(seq) => {
                let mut page = conversation::before(&self.0, id, seq, limit).map_err(broken)?;
                page.reverse();
                Ok(page)
            }
            PageFrom::After(seq) => conversation::after(&self.0, id, seq, limit).map_err(broken),
        }
    }

    fn files(
        &self,
        id: ConversationId,
        user: UserId,
        files: &[FileId],
    ) -> Result<Option<Vec<Attachment>>, NotNoted> {
        let waiting = |id_of: &FileId| file::waiting_in(&self.0, user, id, *id_of);
        let found = files.iter().map(waiting).collect::<Result<Vec<_>, _>>();
        let found = found.map_err(broken)?.into_iter();
        Ok(found.map(|given| given.map(|it| it.file)).collect())
    }

    fn shows(&self, user: UserId) -> Shows {
        // When nobody can say what they want, nothing is shown.
        privacy::load(&self.0, user)
            .map_err(broken)
            .unwrap_or(Shows::NOTHING)
    }

    fn pair(&self, one: UserId, other: UserId) -> Vec<SeatOf> {
        // When nobody can say whether they may, they may not.
        if !talk(&self.0, one, other).is_ok_and(|it| it.may_talk()) {
            return Vec::new();
        }
        let load = |user| account::load(&self.0, user).ok().flatten();
        let seats = [one, other].into_iter().filter_map(load).map(|it| SeatOf {
            user: it.id,
            name: it.name.clone(),
            moderator: false,
        });
        seats.collect()
    }

    fn may_begin(&self, writer: UserId, other: UserId, now: Timestamp) -> Result<bool, NotNoted> {
        let between = between(&self.0, writer, other, now).map_err(broken)?;
        Ok(between.may_write())
    }

    fn unread(&self, user: UserId) -> Vec<UnreadIn> {
        let unread = inbox::unread(&self.0, user, UNREAD_ROWS_MAX).map_err(broken);
        unread.unwrap_or_default()
    }

    fn write(
        &self,
        id: ConversationId,
        head: &Head,
        changes: &[Change],
        now: Timestamp,
    ) -> PortFuture<Result<Head, NotNoted>> {
        let store = self.0.clone();
        let batch = conversation::commit(id, head, changes, now);
        Box::pin(async move {
            let (batch, head) = batch.map_err(|_| NotNoted)?;
            match store.write(batch).await {
                Ok(_) => Ok(head),
                Err(error) => {
                    tracing::warn!(%error, "messages were not written; their senders try again");
                    Err(NotNoted)
                }
            }
        })
    }
}

fn broken(error: parlor_data::LoadError) -> NotNoted {
    tracing::error!(%error, "a conversation could not be read");
    NotNoted
}
