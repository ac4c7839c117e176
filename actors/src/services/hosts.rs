//! Hosts: what they tell about themselves and ask for, becoming one, and an admin's answer.

use parlor_data::{
    Batch,
    nouns::{account as accounts, host},
};
use parlor_domain::{
    access::{Admin, Member},
    account::{Account, HostInput, HostStatus},
    host::{Draft, Letter, Profile, Rates, profile},
    id::{SkillId, UserId},
    ring,
};

use super::{ServiceError, Services, keys};

/// Somebody on the road to being a host, or at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostView {
    /// The account.
    pub account: Account,
    /// The profile; one that says nothing when none was saved.
    pub profile: Profile,
    /// What was asked and answered.
    pub letter: Letter,
    /// Switched on.
    pub online: bool,
}

impl Services {
    /// Somebody as a host.
    pub fn my_host(&self, who: Member) -> Result<HostView, ServiceError> {
        let account = self.account_of(who.user)?.value;
        self.host_view(account)
    }

    pub(super) fn host_view(&self, account: Account) -> Result<HostView, ServiceError> {
        let saved = host::load(&self.0.store, account.id)?;
        Ok(HostView {
            profile: match saved {
                Some(read) => read.value,
                None => self.empty_profile(account.id),
            },
            letter: host::letter(&self.0.store, account.id)?,
            online: self.host_standing(account.id).is_on(),
            account,
        })
    }

    /// The profile of a new account that is, or asks to be, a host's.
    pub(super) fn first_profile(&self, account: &Account) -> Result<Batch, ServiceError> {
        match account.host {
            HostStatus::None => Ok(Batch::new()),
            _ => Ok(host::put(None, &self.empty_profile(account.id))?),
        }
    }

    fn empty_profile(&self, user: UserId) -> Profile {
        Profile::empty(user, &self.0.config.rates, self.now())
    }

    /// Saves what somebody tells about themselves as a host. Who is none yet may prepare it.
    pub async fn save_profile(&self, who: Member, draft: &Draft) -> Result<HostView, ServiceError> {
        let account = self.account_of(who.user)?.value;
        self.change_profile(who.user, |old| {
            let fresh = || SkillId(keys::ordered_id(self.now()));
            let rules = &self.0.config.rates;
            Ok(draft.clone().checked(old, rules, self.now(), fresh)?)
        })
        .await?;
        self.host_view(account)
    }

    /// Changes a profile, or the empty one when there is none, and gives back how it was.
    pub(super) async fn change_profile(
        &self,
        user: UserId,
        change: impl Fn(&Profile) -> Result<Profile, ServiceError>,
    ) -> Result<Profile, ServiceError> {
        self.retrying(async || {
            let old = host::load(&self.0.store, user)?;
            let empty = || self.empty_profile(user);
            let before = old.as_ref().map_or_else(empty, |read| read.value.clone());
            let new = change(&before)?;
            self.write(host::put(old.as_ref(), &new)?).await?;
            self.refresh_host(user)?;
            Ok(before)
        })
        .await
    }

    /// What a minute with this host costs now.
    ///
    /// # Errors
    /// `NotFound` when this person is no host, or not any more.
    pub fn rates_of(&self, user: UserId) -> Result<Rates, ServiceError> {
        let account = accounts::load(&self.0.store, user)?;
        if !account.is_some_and(|account| account.may_host()) {
            return Err(ServiceError::NotFound);
        }
        let profile = host::load(&self.0.store, user)?;
        Ok(profile.map_or(self.0.config.rates.start, |read| read.rates))
    }

    /// Asks to be a host.
    pub async fn apply_to_host(
        &self,
        who: Member,
        message: &str,
    ) -> Result<HostView, ServiceError> {
        let input = HostInput::Apply(self.0.config.host_approval);
        let message = profile::letter("message", message)?;
        self.host_step(who.user, input, |letter| letter.message = message.clone())
            .await
    }

    /// Those who wait for an answer.
    pub fn host_applications(&self, _: Admin) -> Result<Vec<HostView>, ServiceError> {
        let all = accounts::load_applicants(&self.0.store)?;
        all.into_iter()
            .map(|read| self.host_view(read.value))
            .collect()
    }

    /// Hosts and who was one or wants to be, of one standing or of all, by name, and how many there
    /// are. Whoever has no profile yet waits among the applications.
    pub fn host_accounts(
        &self,
        _: Admin,
        standing: Option<HostStatus>,
        (skip, limit): (usize, usize),
    ) -> Result<(Vec<HostView>, usize), ServiceError> {
        let mut found = Vec::new();
        for user in self.known_hosts() {
            let account = accounts::load(&self.0.store, user)?.map(|read| read.value);
            let wanted = |it: &Account| match standing {
                Some(HostStatus::Approved) => it.may_host(),
                Some(standing) => it.host == standing && !it.may_host(),
                None => it.may_host() || it.host != HostStatus::None,
            };
            found.extend(account.filter(wanted));
        }
        found.sort_by_cached_key(|it| (it.name.to_lowercase(), it.id));
        let total = found.len();
        let page = found.into_iter().skip(skip).take(limit);
        let views = page.map(|account| self.host_view(account));
        Ok((views.collect::<Result<_, _>>()?, total))
    }

    /// Answers an application, takes the right back from a host, or restores it. The reason is for
    /// the person in question.
    pub async fn decide_host(
        &self,
        _: Admin,
        user: UserId,
        approve: bool,
        reason: &str,
    ) -> Result<HostView, ServiceError> {
        let input = if approve {
            HostInput::Approve
        } else {
            HostInput::Refuse
        };
        let reason = profile::letter("reason", reason)?;
        self.host_step(user, input, |letter| letter.reason = reason.clone())
            .await
    }

    async fn host_step(
        &self,
        user: UserId,
        input: HostInput,
        write: impl Fn(&mut Letter),
    ) -> Result<HostView, ServiceError> {
        self.retrying(async || {
            let old = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
            let (mut new, now) = (old.value.clone(), self.now());
            new.host = old.host.handle(input)?;
            if new.host != old.host {
                new.updated_at = now;
                let mut letter = host::letter(&self.0.store, user)?;
                write(&mut letter);
                match input {
                    HostInput::Apply(_) => letter.asked_at = Some(now),
                    HostInput::Approve | HostInput::Refuse => letter.decided_at = Some(now),
                }
                let mut batch = accounts::replace(&old, &new)?;
                batch = batch.and(host::put_letter(user, &letter)?);
                let profile = host::load(&self.0.store, user)?;
                if new.host == HostStatus::Approved && profile.is_none() {
                    batch = batch.and(host::put(None, &self.empty_profile(user))?);
                }
                self.write(batch).await?;
                self.refresh_host(user)?;
                if !new.may_host() {
                    self.reach(|reach| reach.on_line(user, ring::Input::Off));
                }
            }
            self.host_view(new)
        })
        .await
    }
}
