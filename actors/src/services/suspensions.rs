//! Accounts that admins take out of service, and let in again: no login, no socket, no place among the
//! hosts. Every step is kept with who, when and why.
//!
//! Must never touch money or meetings: what is ahead is shown to the admin, who decides about each.

use parlor_data::{
    Batch,
    nouns::{account as accounts, inbox, login as logins, meeting, suspension as rows},
};
use parlor_domain::{
    access::Admin,
    account::{Account, BadField},
    id::{LoginId, MeetingId, UserId},
    presence, report,
    suspension::{Step, Suspension},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services, inbox::other_of};

/// Most accounts that are listed.
const LISTED_MAX: usize = 200;
/// Most meetings ahead that are shown.
const MEETINGS_MAX: usize = 100;
/// How far ahead they are looked for.
const AHEAD: Millis = Millis::from_days(400);

/// A suspended account's meeting that is still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingAhead {
    /// Which.
    pub id: MeetingId,
    /// When it starts.
    pub starts_at: Timestamp,
    /// The account leads it.
    pub hosts: bool,
    /// What the other one is called.
    pub with: String,
}

/// How an account stands, for admins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountStanding {
    /// Whose.
    pub user: UserId,
    /// What they are called.
    pub name: String,
    /// Out of service now.
    pub suspended: bool,
    /// What admins did, oldest first, and what each is called.
    pub steps: Vec<(Step, String)>,
    /// What is ahead, earliest first.
    pub meetings: Vec<MeetingAhead>,
}

/// A step that is to be written, and whose devices are to be told then.
pub(super) struct ToSuspend {
    pub batch: Batch,
    pub ended: Vec<(UserId, LoginId)>,
}

impl Services {
    /// The rows that take an account out of service (`out`) or let it in again.
    pub(super) fn suspension(
        &self,
        admin: Admin,
        user: UserId,
        out: bool,
        why: &str,
    ) -> Result<ToSuspend, ServiceError> {
        let store = &self.0.store;
        let old = accounts::load(store, user)?.ok_or(ServiceError::NotFound)?;
        if old.admin {
            return Err(ServiceError::BadField(BadField {
                field: "userId",
                why: "Somebody who runs this place cannot be suspended.",
            }));
        }
        let none = ToSuspend {
            batch: Batch::new(),
            ended: Vec::new(),
        };
        if old.banned == out {
            return Ok(none);
        }
        let now = self.now();
        let account = Account {
            banned: out,
            updated_at: now,
            ..old.value.clone()
        };
        let record = rows::load(store, user)?;
        let steps = Vec::new();
        let before = record.as_ref().map(|it| it.value.clone());
        let after = before.unwrap_or(Suspension { user, steps }).with(Step {
            out,
            by: admin.user,
            at: now,
            why: why.to_owned(),
        });
        let batch = accounts::replace(&old, &account)?.and(rows::put(record.as_ref(), &after)?);
        if !out {
            return Ok(ToSuspend { batch, ..none });
        }
        let (logins, ended) = self.revoke_all(logins::load_of(store, user)?, None)?;
        Ok(ToSuspend {
            batch: batch.and(logins),
            ended,
        })
    }

    /// What everybody else must know once it is written.
    pub(super) fn after_suspension(&self, user: UserId, ended: &[(UserId, LoginId)]) {
        self.tell_revoked(ended);
        self.show_host(user);
        let conversations = inbox::of(&self.0.store, user).unwrap_or_default();
        let others = conversations.iter().filter_map(|id| other_of(*id, user));
        for other in others {
            self.presence_input(presence::Input::Part(user, other));
            self.reach(|reach| {
                reach.part(user, other);
                reach.reseat(user, other);
            });
        }
    }

    /// Takes an account out of service, or lets it in again. Doing it twice does nothing more.
    pub async fn set_suspended(
        &self,
        admin: Admin,
        user: UserId,
        out: bool,
        why: &str,
    ) -> Result<AccountStanding, ServiceError> {
        let why = report::words("reason", why, true)?;
        let ended = self
            .retrying(async || {
                let step = self.suspension(admin, user, out, &why)?;
                self.write(step.batch).await?;
                Ok(step.ended)
            })
            .await?;
        self.after_suspension(user, &ended);
        self.standing(admin, user)
    }

    /// How an account stands, and what is ahead of it.
    pub fn standing(&self, _: Admin, user: UserId) -> Result<AccountStanding, ServiceError> {
        let store = &self.0.store;
        let account = accounts::load(store, user)?.ok_or(ServiceError::NotFound)?;
        let record = rows::load(store, user)?;
        let steps = record.map(|it| it.value.steps).unwrap_or_default();
        let named = steps.into_iter().map(|step| {
            let by = self.name_of(step.by).unwrap_or_default();
            (step, by)
        });
        let now = self.now();
        let ahead = meeting::load_calendar(store, user, now, now + AHEAD, MEETINGS_MAX)?;
        let ahead = ahead.iter().filter(|it| !it.status.is_over());
        let meetings = ahead.map(|it| MeetingAhead {
            id: it.id,
            starts_at: it.terms.starts_at,
            hosts: it.host == user,
            with: match it.host == user {
                true => it.client.name.clone(),
                false => self.host_name(it).unwrap_or_default(),
            },
        });
        Ok(AccountStanding {
            user,
            name: account.name.clone(),
            suspended: account.banned,
            steps: named.collect(),
            meetings: meetings.collect(),
        })
    }

    /// Accounts that are out of service.
    pub fn suspended(&self, admin: Admin) -> Result<Vec<AccountStanding>, ServiceError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = rows::page(&self.0.store, after, LISTED_MAX)?;
            for it in page.iter().filter(|it| it.is_out()) {
                all.push(self.standing(admin, it.user)?);
            }
            match page.last() {
                Some(last) if page.len() == LISTED_MAX && all.len() < LISTED_MAX => {
                    after = Some(last.user);
                }
                _ => return Ok(all),
            }
        }
    }
}
