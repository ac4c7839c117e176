//! Conversations kept in the store.

use parlor_data::{
    nouns::{account, block, conversation},
    store::Store,
};
use parlor_domain::{
    conversation::{Change, ClientMsgId, ConversationId, Done, Message, MsgSeq, Record, SeatOf},
    id::UserId,
    identity::Role,
    time::Timestamp,
};

use crate::ports::{ConversationMemory, Head, NotNoted, PageFrom, PortFuture};

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

    fn pair(&self, one: UserId, other: UserId) -> Vec<SeatOf> {
        let load = |user| account::load(&self.0, user).ok().flatten();
        let (Some(one), Some(other)) = (load(one), load(other)) else {
            return Vec::new();
        };
        // One of the two does not want to hear from the other, or nobody can say.
        let blocks = |by: &UserId, user: &UserId| block::exists(&self.0, *by, *user);
        let apart = blocks(&one.id, &other.id).unwrap_or(true)
            || blocks(&other.id, &one.id).unwrap_or(true);
        if apart {
            return Vec::new();
        }
        // Two clients have nothing to say to each other through this house (R160).
        if one.role() < Role::Host && other.role() < Role::Host {
            return Vec::new();
        }
        let seats = [one, other].map(|it| SeatOf {
            user: it.id,
            name: it.name.clone(),
            moderator: false,
        });
        seats.into()
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
