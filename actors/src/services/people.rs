//! Accounts as admins see them: a list that can be searched, one person's standing in numbers, and
//! who operates the server.
//!
//! Metadata only (C21): nothing that anybody wrote to anybody. Every list has a bound: a search looks
//! at so many accounts and then says from where to go on.

use parlor_data::nouns::{account as accounts, login as logins, meeting as meetings};
use parlor_domain::{
    access::Admin,
    account::{Account, BadField, Email, HostStatus},
    id::UserId,
    ledger::Account as Book,
    money::MilliCoins,
    report,
    time::{Millis, Timestamp},
};

use super::{
    AgreementView, DeviceView, ServiceError, Services,
    look::{READ_AT_ONCE, look_through, rows},
};

/// Most accounts of one page.
pub const PEOPLE_MAX: usize = 50;
/// How far back and ahead meetings are counted.
const COUNTED: Millis = Millis::from_days(400);
/// Most meetings that are counted on either side.
const COUNTED_MAX: usize = 1_000;

/// Whom a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Group {
    /// Everybody.
    #[default]
    All,
    /// Who may host.
    Hosts,
    /// Who operates the server.
    Admins,
    /// Who is out of service.
    Suspended,
    /// Whose address nobody confirmed.
    Unconfirmed,
}

impl Group {
    fn has(self, it: &Account) -> bool {
        match self {
            Self::All => true,
            Self::Hosts => it.may_host(),
            Self::Admins => it.admin,
            Self::Suspended => it.banned,
            Self::Unconfirmed => it.email_verified_at.is_none(),
        }
    }
}

/// A page of accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeoplePage {
    /// The latest first.
    pub people: Vec<Account>,
    /// From where to go on; none when everybody was looked at.
    pub next: Option<UserId>,
}

/// One person in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// The account.
    pub account: Account,
    /// Devices that are logged in, the one used last first.
    pub devices: Vec<DeviceView>,
    /// Meetings of the last 400 days, at most 1,000.
    pub meetings_before: usize,
    /// Meetings of the next 400 days that were not called off, at most 1,000.
    pub meetings_ahead: usize,
    /// What the wallet holds.
    pub wallet: MilliCoins,
    /// What is owed after a chargeback.
    pub owed: MilliCoins,
    /// Earned and still pending.
    pub pending: MilliCoins,
    /// Earned and not paid out.
    pub earned: MilliCoins,
    /// What they agreed to, the earliest first.
    pub agreements: Vec<AgreementView>,
}

impl Services {
    /// Accounts of a group whose name or address has these words, the latest first. A whole address
    /// or an id finds its account at once.
    pub fn people(
        &self,
        admin: Admin,
        group: Group,
        words: &str,
        before: Option<UserId>,
    ) -> Result<PeoplePage, ServiceError> {
        let store = &self.0.store;
        let words = words.trim().to_lowercase();
        let named = self.user_named(admin, &words)?;
        let named = named.map(|user| accounts::load(store, user));
        if let Some(one) = named.transpose()?.flatten() {
            let people = Some(one.value).filter(|it| group.has(it));
            return Ok(PeoplePage {
                people: people.into_iter().collect(),
                next: None,
            });
        }
        let wanted = |it: &Account| {
            let has = |text: &str| text.to_lowercase().contains(&words);
            group.has(it) && (words.is_empty() || has(&it.name) || has(it.email.as_str()))
        };
        let (people, next) = look_through(
            before,
            PEOPLE_MAX,
            |next| Ok(rows(accounts::latest(store, next, READ_AT_ONCE)?)),
            |it| it.id,
            |it| Ok(wanted(&it).then_some(it.value)),
        )?;
        Ok(PeoplePage { people, next })
    }

    /// Who has this id or address. Nobody is asked whether an id is somebody's: what it names may have
    /// outlived its account.
    pub fn user_named(&self, _: Admin, text: &str) -> Result<Option<UserId>, ServiceError> {
        if let Ok(id) = text.parse() {
            return Ok(Some(id));
        }
        let Ok(email) = Email::parse(text) else {
            return Ok(None);
        };
        let account = accounts::load_by_email(&self.0.store, &email)?;
        Ok(account.map(|it| it.id))
    }

    /// The same of what stands in a field of a search; nobody while it is empty.
    pub(super) fn user_in(
        &self,
        admin: Admin,
        field: &'static str,
        text: Option<&str>,
    ) -> Result<Option<UserId>, ServiceError> {
        let Some(text) = text.map(str::trim).filter(|it| !it.is_empty()) else {
            return Ok(None);
        };
        let user = self.user_named(admin, text)?;
        user.map(Some).ok_or(ServiceError::BadField(BadField {
            field,
            why: "No account has this address.",
        }))
    }

    /// One person.
    pub fn person_in_numbers(&self, _: Admin, user: UserId) -> Result<PersonView, ServiceError> {
        let store = &self.0.store;
        let account = accounts::load(store, user)?.ok_or(ServiceError::NotFound)?;
        let now = self.now();
        let between = |from: Timestamp, to: Timestamp| {
            meetings::load_calendar(store, user, from, to, COUNTED_MAX)
        };
        let ahead = between(now, now + COUNTED)?;
        let coins = |book: Book| {
            let units = self.0.ledger.balance(book)?;
            Ok::<_, ServiceError>(MilliCoins(units))
        };
        Ok(PersonView {
            devices: self.devices_in_use(user, None)?,
            meetings_before: between(now - COUNTED, now)?.len(),
            meetings_ahead: ahead.iter().filter(|it| !it.status.is_over()).count(),
            wallet: self.0.ledger.wallet(user)?,
            owed: self.debt(user)?,
            pending: coins(Book::HostPending(user))?,
            earned: coins(Book::HostAvailable(user))?,
            agreements: self.agreements_of(user)?,
            account: account.value,
        })
    }

    /// Makes somebody an admin, or takes that from them: their logins end then, because a login says
    /// what its owner may do. Nobody takes it from themselves, so one always stays.
    pub async fn set_admin(
        &self,
        admin: Admin,
        user: UserId,
        on: bool,
        why: &str,
    ) -> Result<PersonView, ServiceError> {
        let bad = |why| {
            Err(ServiceError::BadField(BadField {
                field: "userId",
                why,
            }))
        };
        report::words("reason", why, true)?;
        let ended = self
            .retrying(async || {
                let old = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
                if old.admin == on {
                    return Ok(Vec::new());
                }
                if user == admin.user {
                    return bad("Another admin has to do this.");
                }
                if on && (old.banned || old.email_verified_at.is_none()) {
                    return bad("An admin needs an account in service with a confirmed address.");
                }
                let account = Account {
                    admin: on,
                    updated_at: self.now(),
                    ..old.value.clone()
                };
                let (batch, ended) =
                    self.revoke_all(logins::load_of(&self.0.store, user)?, None)?;
                self.write(accounts::replace(&old, &account)?.and(batch))
                    .await?;
                Ok(ended)
            })
            .await?;
        self.tell_revoked(&ended);
        self.show_host(user);
        self.person_in_numbers(admin, user)
    }

    /// Whether this account is a host, an applicant, or neither.
    pub fn host_word(account: &Account) -> &'static str {
        match (account.may_host(), account.host) {
            (true, _) => "approved",
            (_, HostStatus::None) => "none",
            (_, other) => other.word(),
        }
    }
}
