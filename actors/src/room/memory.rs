//! Rooms kept in the store, so that a killed server knows every seat again.

use parlor_data::{nouns::room, store::Store};
use parlor_domain::id::RoomId;

use crate::ports::{NotNoted, PortFuture, RoomMemory, SavedRoom};

/// Rows read at once at the start.
const PAGE: usize = 256;

/// The memory of rooms over the store.
#[derive(Clone)]
pub struct StoreMemory(pub Store);

impl RoomMemory for StoreMemory {
    fn all(&self) -> Vec<(RoomId, SavedRoom)> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map(|(id, _)| *id);
            match room::page(&self.0, after, PAGE) {
                Ok(page) if page.is_empty() => return all,
                Ok(page) => all.extend(page),
                Err(error) => {
                    // Seats are a convenience; a damaged row must not keep the server down.
                    tracing::error!(%error, "rooms could not be read back; people knock again");
                    return all;
                }
            }
        }
    }

    fn one(&self, id: RoomId) -> Option<SavedRoom> {
        room::load(&self.0, id).unwrap_or_else(|error| {
            tracing::error!(%error, "a room could not be read back");
            None
        })
    }

    fn keep(&self, id: RoomId, saved: Option<SavedRoom>) -> PortFuture<Result<(), NotNoted>> {
        let store = self.0.clone();
        Box::pin(async move {
            let batch = match &saved {
                Some(saved) => room::put(id, saved).map_err(|_| NotNoted)?,
                None => room::remove(id),
            };
            store.write(batch).await.map(drop).map_err(|_| NotNoted)
        })
    }
}
