//! Accounts: signing up, proving the address, logging in, the profile, the password.
//!
//! Nobody learns here whether an address has an account: known and unknown addresses get the same
//! answer after the same work (one hash, one batch of the same shape).

use parlor_data::{
    Batch, Read,
    nouns::{
        account as accounts, login as logins,
        one_time::{self, OneTime, Pending, Right},
    },
};
use parlor_domain::{
    access::Member,
    account::{self, Account, BadField, Email, HostInput, HostStatus},
    agreement::Place,
    id::UserId,
    ledger as books,
    mail::Kind,
};

use super::{Posting, ServiceError, Services, Session, keys, passwords::Verdict};

/// What somebody fills in to sign up.
#[derive(Clone, Default)]
pub struct SignUp {
    /// The name others will see.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// The password.
    pub password: String,
    /// Language of mails and pages.
    pub language: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Whether they apply to be a host at once.
    pub wants_to_host: bool,
    /// The version of the terms and the privacy notice that they agree to.
    pub agreed_to: Option<String>,
}

/// What somebody changes in their profile; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// The name others see.
    pub name: Option<String>,
    /// Language of mails and pages.
    pub language: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Telephone; empty removes it.
    pub phone: Option<String>,
    /// Gender; empty removes it.
    pub gender: Option<String>,
}

/// A zone that the bundled database knows.
pub(super) fn check_time_zone(text: &str) -> Result<String, BadField> {
    match jiff::tz::TimeZone::get(text) {
        Ok(_) if text.len() <= 64 => Ok(text.to_owned()),
        _ => Err(BadField {
            field: "timeZone",
            why: "A time zone is written like \"Africa/Nairobi\".",
        }),
    }
}

impl Services {
    pub(super) fn account_of(&self, user: UserId) -> Result<Read<Account>, ServiceError> {
        match accounts::load(&self.0.store, user)? {
            Some(account) if !account.banned => Ok(account),
            _ => Err(ServiceError::Forbidden),
        }
    }

    fn check_new_password(&self, password: &str, email: &Email) -> Result<(), ServiceError> {
        account::check_password(password, email)?;
        if password.chars().count() < self.0.config.password_chars_min {
            return Err(ServiceError::BadField(BadField {
                field: "password",
                why: "This password is too short for this server.",
            }));
        }
        Ok(())
    }

    /// Checks what somebody filled in and hashes the password.
    pub(super) async fn pending(&self, form: &SignUp) -> Result<(Email, Pending), ServiceError> {
        let email = Email::parse(&form.email)?;
        let name = account::check_name(&form.name)?;
        let language = account::check_language(form.language.as_deref().unwrap_or("en"))?;
        let time_zone = check_time_zone(form.time_zone.as_deref().unwrap_or("UTC"))?;
        self.check_new_password(&form.password, &email)?;
        let pending = Pending {
            email: email.as_str().to_owned(),
            name,
            password_hash: self.0.passwords.hash(&form.password).await?,
            language,
            time_zone,
            wants_to_host: form.wants_to_host,
        };
        Ok((email, pending))
    }

    /// The account that a pending one becomes once its address is proven.
    pub(super) fn account_from(
        &self,
        pending: &Pending,
        admin: bool,
    ) -> Result<Account, ServiceError> {
        let now = self.now();
        let host = if pending.wants_to_host && !admin {
            HostStatus::None.handle(HostInput::Apply(self.0.config.host_approval))?
        } else {
            HostStatus::None
        };
        Ok(Account {
            id: UserId(keys::ordered_id(now)),
            email: Email::parse(&pending.email)?,
            email_verified_at: Some(now),
            name: pending.name.clone(),
            phone: None,
            gender: None,
            language: pending.language.clone(),
            time_zone: pending.time_zone.clone(),
            admin,
            host,
            banned: false,
            password_hash: pending.password_hash.clone(),
            created_at: now,
            updated_at: now,
        })
    }

    /// Writes a new account and what belongs to it, together with its welcome coins.
    pub(super) async fn open_account(
        &self,
        account: UserId,
        rows: Batch,
    ) -> Result<(), ServiceError> {
        let (from, to) = (books::Account::Promo, books::Account::Wallet(account));
        let subject = books::Subject::User(account);
        let entry = books::Entry::new(self.now(), books::Kind::Welcome, subject).coins(
            from,
            to,
            self.0.config.welcome,
        );
        self.post(Posting::new(entry).with(rows)).await.map(drop)
    }

    /// Begins a sign-up. The account is made when the link in the mail is followed; who already
    /// has one gets a mail that says so. The answer is the same.
    pub async fn sign_up(&self, form: &SignUp) -> Result<(), ServiceError> {
        if !self.0.config.signup_open {
            return Err(ServiceError::SignupClosed);
        }
        let agreed = self.agreeing(form.agreed_to.as_deref(), Place::SignUp, None)?;
        let (email, pending) = self.pending(form).await?;
        let known = accounts::load_by_email(&self.0.store, &email)?;
        let (id, to) = (
            keys::random(),
            self.recipient_of(&email, known.as_deref(), &pending),
        );
        let (right, kind) = match known {
            Some(_) => (Right::Nothing, Kind::AlreadyRegistered),
            None => (Right::Verify(pending, agreed), Kind::Verify(id)),
        };
        let link = OneTime {
            hash: self.0.keys.hash(&self.0.keys.one_time_token(&id)),
            right,
            expires_at: self.now() + self.0.config.link_lifetime,
        };
        let mail = self.mail(kind, to, 0, link.expires_at);
        self.write(one_time::insert(&link)?.and(self.queue(&mail)?))
            .await
    }

    /// Proves an address: makes the account and logs it in. A second click finds the link void.
    pub async fn verify(&self, token: &str, device: Option<&str>) -> Result<Session, ServiceError> {
        let link = self.one_time(token)?;
        let Right::Verify(pending, agreed) = &link.value.right else {
            return Err(ServiceError::LinkVoid);
        };
        let account = self.account_from(pending, false)?;
        if accounts::load_by_email(&self.0.store, &account.email)?.is_some() {
            return Err(ServiceError::LinkVoid);
        }
        let batch = accounts::insert(&account)?
            .and(one_time::remove(&link))
            .and(self.adopt_meetings(&account)?)
            .and(self.first_profile(&account)?)
            .and(self.agreement_rows(account.id, agreed.as_ref())?);
        let user = account.id;
        let (login, mut session) = self.open_session(account, device)?;
        // Not written yet when the session was made.
        session.agreement_due &= agreed.as_ref().is_none_or(|it| !self.is_current(it));
        match self.open_account(user, batch.and(login)).await {
            Err(ServiceError::Contended) => Err(ServiceError::LinkVoid),
            Err(other) => Err(other),
            Ok(()) => {
                self.show_host(user);
                Ok(session)
            }
        }
    }

    /// The right behind a one-time token, if it is still good.
    pub(super) fn one_time(&self, token: &str) -> Result<Read<OneTime>, ServiceError> {
        match one_time::load(&self.0.store, &self.0.keys.hash(token))? {
            Some(link) if self.now() < link.expires_at => Ok(link),
            _ => Err(ServiceError::LinkVoid),
        }
    }

    /// Logs into an account that has no second factor.
    pub async fn log_in(
        &self,
        email: &str,
        password: &str,
        device: Option<&str>,
    ) -> Result<Session, ServiceError> {
        self.log_in_with(email, password, None, device).await
    }

    /// Logs in. Wrong password, unknown address and banned account are one answer after one hash; the
    /// second factor is asked of whoever knows the password.
    pub async fn log_in_with(
        &self,
        email: &str,
        password: &str,
        code: Option<&str>,
        device: Option<&str>,
    ) -> Result<Session, ServiceError> {
        let account = match Email::parse(email) {
            Ok(email) => accounts::load_by_email(&self.0.store, &email)?,
            Err(_) => None,
        };
        let phc = account.as_ref().map(|it| it.password_hash.as_str());
        let verdict = self.0.passwords.verify(password, phc).await?;
        let may = |it: &Read<Account>| !it.banned && !self.is_shut_demo(it);
        let Some(account) = account.filter(|it| verdict != Verdict::Wrong && may(it)) else {
            return Err(ServiceError::WrongCredentials);
        };
        if verdict == Verdict::RightButOld {
            self.rehash(&account, password).await;
        }
        self.retrying(async || {
            let passed = self.pass(account.id, code)?;
            let (login, session) = self.open_session(account.value.clone(), device)?;
            self.write(passed.and(login)).await?;
            Ok(session)
        })
        .await
    }

    /// Hashes a right password again at today's cost. Failing is no reason to refuse the login.
    async fn rehash(&self, old: &Read<Account>, password: &str) {
        let Ok(password_hash) = self.0.passwords.hash(password).await else {
            return;
        };
        let new = Account {
            password_hash,
            ..old.value.clone()
        };
        if let Ok(batch) = accounts::replace(old, &new)
            && let Err(error) = self.write(batch).await
        {
            tracing::warn!(%error, "a password could not be hashed again");
        }
    }

    /// Sends a link that sets a new password, if the address has an account; the work and the
    /// answer are the same if not.
    pub async fn request_reset(&self, email: &str) -> Result<(), ServiceError> {
        let email = Email::parse(email)?;
        let known = accounts::load_by_email(&self.0.store, &email)?;
        let id = keys::random();
        let (right, kind) = match &known {
            Some(account) => (Right::Reset(account.id), Kind::Reset(id)),
            None => (Right::Nothing, Kind::ResetUnknown),
        };
        let link = OneTime {
            hash: self.0.keys.hash(&self.0.keys.one_time_token(&id)),
            right,
            expires_at: self.now() + self.0.config.reset_lifetime,
        };
        let to = match &known {
            Some(account) => self.recipient(account),
            None => self.stranger(&email, ""),
        };
        let mail = self.mail(kind, to, 0, link.expires_at);
        self.write(one_time::insert(&link)?.and(self.queue(&mail)?))
            .await
    }

    /// Sets a new password by link: every login ends, and a new one begins. Whoever reads the mail has
    /// shown one factor; the second is asked as at login, and until it is shown the link stays good.
    pub async fn reset(
        &self,
        token: &str,
        password: &str,
        code: Option<&str>,
        device: Option<&str>,
    ) -> Result<Session, ServiceError> {
        let link = self.one_time(token)?;
        let Right::Reset(user) = link.right else {
            return Err(ServiceError::LinkVoid);
        };
        let old = self.account_of(user).map_err(|_| ServiceError::LinkVoid)?;
        self.check_new_password(password, &old.email)?;
        let passed = self.pass(user, code)?;
        let (batch, ended, account) = self.with_password(&old, password, None).await?;
        let (login, session) = self.open_session(account, device)?;
        let batch = batch.and(one_time::remove(&link)).and(passed);
        match self.write(batch.and(login)).await {
            Err(ServiceError::Contended) => return Err(ServiceError::LinkVoid),
            other => other?,
        }
        self.tell_revoked(&ended);
        Ok(session)
    }

    /// Changes the password; every other login ends.
    pub async fn change_password(
        &self,
        who: Member,
        current: &str,
        password: &str,
    ) -> Result<(), ServiceError> {
        let old = self.account_of(who.user)?;
        self.check_password_of(&old, current, "current").await?;
        self.check_new_password(password, &old.email)?;
        let (batch, ended, _) = self.with_password(&old, password, Some(who)).await?;
        self.write(batch).await?;
        self.tell_revoked(&ended);
        Ok(())
    }

    /// The batch of a new password: the account, the ended logins and the mail that says so.
    #[allow(clippy::type_complexity)]
    async fn with_password(
        &self,
        old: &Read<Account>,
        password: &str,
        keep: Option<Member>,
    ) -> Result<(Batch, Vec<(UserId, parlor_domain::id::LoginId)>, Account), ServiceError> {
        let now = self.now();
        let new = Account {
            password_hash: self.0.passwords.hash(password).await?,
            updated_at: now,
            ..old.value.clone()
        };
        let others = logins::load_of(&self.0.store, new.id)?;
        let (revoked, ended) = self.revoke_all(others, keep.map(|who| who.login))?;
        let not_after = now + parlor_domain::time::Millis::from_days(1);
        let mail = self.mail(Kind::PasswordChanged, self.recipient(&new), 0, not_after);
        let batch = accounts::replace(old, &new)?
            .and(revoked)
            .and(self.queue(&mail)?);
        Ok((batch, ended, new))
    }

    /// The profile.
    pub fn me(&self, who: Member) -> Result<Account, ServiceError> {
        Ok(self.account_of(who.user)?.value)
    }

    /// Changes the profile.
    pub async fn change_me(
        &self,
        who: Member,
        change: &AccountChange,
    ) -> Result<Account, ServiceError> {
        self.retrying(async || {
            let old = self.account_of(who.user)?;
            let mut new = old.value.clone();
            if let Some(name) = &change.name {
                new.name = account::check_name(name)?;
            }
            if let Some(language) = &change.language {
                new.language = account::check_language(language)?;
            }
            if let Some(zone) = &change.time_zone {
                new.time_zone = check_time_zone(zone)?;
            }
            if let Some(phone) = &change.phone {
                new.phone = account::check_phone(phone)?;
            }
            if let Some(gender) = &change.gender {
                new.gender = account::check_gender(gender)?;
            }
            if new != old.value {
                new.updated_at = self.now();
                self.write(accounts::replace(&old, &new)?).await?;
                self.refresh_host(new.id)?;
            }
            Ok(new)
        })
        .await
    }
}
