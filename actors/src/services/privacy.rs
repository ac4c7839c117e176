//! What somebody lets others see of their writing and reading, on every device alike. The conversations
//! ask it of the store each time; nothing here reaches anybody.

use parlor_data::nouns::privacy as rows;
use parlor_domain::{access::Member, conversation::Shows};

use super::{ServiceError, Services};

impl Services {
    /// What somebody shows.
    pub fn shows(&self, who: Member) -> Result<Shows, ServiceError> {
        Ok(rows::load(&self.0.store, who.user)?)
    }

    /// Changes it, from the next message on: what was shown before is known.
    pub async fn set_shows(&self, who: Member, shows: Shows) -> Result<(), ServiceError> {
        self.account_of(who.user)?;
        self.write(rows::put(who.user, shows)?).await
    }
}
