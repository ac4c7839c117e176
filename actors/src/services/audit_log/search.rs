//! The log as admins see it: searched, with the names that people have now.

use parlor_data::nouns::{account as accounts, audit as rows};
use parlor_domain::{
    access::Admin,
    audit::{Record, Wanted},
    id::UserId,
};

use crate::services::{ServiceError, Services};

/// Records of one page.
pub const PAGE_MAX: usize = 100;
/// Records that are looked at for one page.
const LOOKED_MAX: usize = 20_000;

/// A page of the log, the latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// Records, with what the two people are called now; empty for who has no account.
    pub records: Vec<(Record, [String; 2])>,
    /// Look on before this number; none when everything was looked at.
    pub next: Option<u64>,
}

/// Where the log begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditState {
    /// Number of the last record.
    pub last: u64,
    /// Its hash.
    pub chain: [u8; 32],
    /// Records up to this number were removed for their age.
    pub removed: u64,
}

impl Services {
    /// What was recorded, also what happened until just now. At most `limit` (up to [`PAGE_MAX`]).
    pub async fn search_audit(
        &self,
        _: Admin,
        wanted: Wanted,
        before: Option<u64>,
        limit: usize,
    ) -> Result<AuditPage, ServiceError> {
        // What waits for a disk that takes nothing is not in the answer.
        let wait = std::time::Duration::from_secs(1);
        let _ = tokio::time::timeout(wait, self.audit_settled()).await;
        let services = self.clone();
        let work = move || {
            let limit = limit.clamp(1, PAGE_MAX);
            let found = rows::search(&services.0.store, &wanted, before, limit, LOOKED_MAX)?;
            let name = |user: Option<UserId>| {
                let account = user.and_then(|user| accounts::load(&services.0.store, user).ok());
                account
                    .flatten()
                    .map(|it| it.name.clone())
                    .unwrap_or_default()
            };
            let records = found.records.into_iter().map(|it| {
                let names = [name(it.who.user()), name(it.about)];
                (it, names)
            });
            Ok(AuditPage {
                records: records.collect(),
                next: found.next,
            })
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))?
    }

    /// Where the log begins and ends.
    pub fn audit_state(&self) -> Result<AuditState, ServiceError> {
        let head = rows::head(&self.0.store)?;
        Ok(AuditState {
            last: head.seq,
            chain: head.chain,
            removed: rows::anchor(&self.0.store)?.seq,
        })
    }
}
