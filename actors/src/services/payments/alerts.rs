//! The admins' list of money to look at.

use parlor_data::nouns::money_alert::{self, MoneyAlert};
use parlor_domain::{access::Admin, account::BadField};
use uuid::Uuid;

use super::super::{ServiceError, Services};

/// Most alerts in the list.
const ALERTS_MAX: usize = 200;
/// Longest note of an admin, in characters.
const NOTE_CHARS_MAX: usize = 500;

impl Services {
    /// What admins should look at, latest first, settled ones too.
    pub fn money_alerts(&self, _: Admin) -> Result<Vec<MoneyAlert>, ServiceError> {
        let all = money_alert::latest(&self.0.store, ALERTS_MAX)?;
        Ok(all.into_iter().map(|it| it.value).collect())
    }

    /// An admin has looked, and says what was done.
    pub async fn settle_alert(
        &self,
        _: Admin,
        id: Uuid,
        note: &str,
    ) -> Result<MoneyAlert, ServiceError> {
        let note = note.trim();
        if !(1..=NOTE_CHARS_MAX).contains(&note.chars().count()) {
            return Err(ServiceError::BadField(BadField {
                field: "note",
                why: "Please say what was done, in 1 to 500 characters.",
            }));
        }
        self.retrying(async || {
            let old = money_alert::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
            let mut new = old.value.clone();
            new.settled = Some(note.to_owned());
            self.write(money_alert::replace(&old, &new)?).await?;
            Ok(new)
        })
        .await
    }
}
