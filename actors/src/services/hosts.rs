//! Becoming a host: asking, and an admin's answer.

use parlor_data::nouns::account as accounts;
use parlor_domain::{
    access::{Admin, Member},
    account::{Account, HostInput},
    id::UserId,
};

use super::{ServiceError, Services};

impl Services {
    /// Asks to be a host.
    pub async fn apply_to_host(&self, who: Member) -> Result<Account, ServiceError> {
        let input = HostInput::Apply(self.0.config.host_approval);
        self.host_step(who.user, input).await
    }

    /// Those who wait for an answer.
    pub fn host_applications(&self, _: Admin) -> Result<Vec<Account>, ServiceError> {
        let all = accounts::load_applicants(&self.0.store)?;
        Ok(all.into_iter().map(|read| read.value).collect())
    }

    /// Answers an application, or takes the right back from a host.
    pub async fn decide_host(
        &self,
        _: Admin,
        user: UserId,
        approve: bool,
    ) -> Result<Account, ServiceError> {
        let input = if approve {
            HostInput::Approve
        } else {
            HostInput::Refuse
        };
        self.host_step(user, input).await
    }

    async fn host_step(&self, user: UserId, input: HostInput) -> Result<Account, ServiceError> {
        self.retrying(async || {
            let old = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
            let mut new = old.value.clone();
            new.host = old.host.handle(input)?;
            if new.host != old.host {
                new.updated_at = self.now();
                self.write(accounts::replace(&old, &new)?).await?;
            }
            Ok(new)
        })
        .await
    }
}
