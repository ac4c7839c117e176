//! Erasing people: asked for with the password, carried out after a time in which it can be taken back,
//! or at once by an admin. What a table loses is said by the map of personal data
//! (`parlor_data::personal`); here is what comes before and after: what stands in the way, meetings that
//! are called off by their own machine, logins that end, coins that are given up in an entry that
//! balances, and files.
//!
//! Begun again it ends what was left half-way: the account, which knows the name that is looked for, is
//! the last row that is written. Must never edit the books, nor log whom it is about.

use std::collections::BTreeSet;

use parlor_data::{
    Batch, Table,
    nouns::{
        account as accounts, dispute, erasure as rows, file, host, inbox, login as logins, meeting,
        order, paid_call, payout, refund, report,
    },
    personal::{self, Entry, MAP, Person},
};
use parlor_domain::{
    access::{Admin, Member},
    account::{Account, Email, HostStatus},
    audit::{Action, Attempt, Who},
    booking::Payment,
    erasure::{Erasure, Obstacle},
    id::UserId,
    ledger::{Account as Books, Entry as Moves, Gateway, Kind as Posted, Subject},
    mail::Kind,
    money::MilliCoins,
    time::{Millis, Timestamp},
};

use super::{Posting, ServiceError, Services, inbox::other_of};

/// Most of one person's meetings that are looked through.
const MEETINGS_MAX: usize = 10_000;
/// Rows of one page.
const PAGE_ROWS: usize = 500;
/// How often a page is looked at again that somebody else wrote to meanwhile.
const TRIES: usize = 50;
/// How often all tables are gone through until nothing is left: what was under way at the first time
/// may have been written since.
const ROUNDS: usize = 4;
/// A mail about an erasure that comes later says nothing new.
const TOLD_WITHIN: Millis = Millis::from_days(1);

/// How somebody's erasure stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureView {
    /// Asked for, if it is.
    pub asked: Option<Erasure>,
    /// What stands in its way now.
    pub obstacles: Vec<Obstacle>,
    /// How long it can be taken back.
    pub wait: Millis,
}

impl Services {
    /// How one's own erasure stands.
    pub async fn erasure(&self, who: Member) -> Result<ErasureView, ServiceError> {
        self.account_of(who.user)?;
        self.erasure_view(who.user).await
    }

    async fn erasure_view(&self, user: UserId) -> Result<ErasureView, ServiceError> {
        let asked = rows::load(&self.0.store, user)?;
        Ok(ErasureView {
            asked: asked.map(|it| it.value),
            obstacles: self.obstacles(user).await?,
            wait: self.0.config.erasure_wait,
        })
    }

    /// Asks for one's own erasure. With `gives_up` coins that are left are given up.
    ///
    /// # Errors
    /// `BadField` for a wrong password; `OutOfTurn` while something stands in the way.
    pub async fn ask_erasure(
        &self,
        who: Member,
        password: &str,
        gives_up: bool,
    ) -> Result<ErasureView, ServiceError> {
        let account = self.account_of(who.user)?;
        self.check_password_of(&account, password, "password")
            .await?;
        self.nothing_in_the_way(who.user, gives_up).await?;
        self.retrying(async || {
            let old = rows::load(&self.0.store, who.user)?;
            let wait = self.0.config.erasure_wait;
            let new = Erasure::asked(who.user, gives_up, wait, self.now());
            let told =
                self.mail_of_erasure(&account, Kind::ErasureAsked(who.user), new.asked_at)?;
            self.write(rows::put(old.as_ref(), &new)?.and(told)).await
        })
        .await?;
        self.show_host(who.user);
        self.erasure_view(who.user).await
    }

    /// The mail that says so. That it was done is told to nobody: the address is gone by then.
    fn mail_of_erasure(
        &self,
        account: &Account,
        kind: Kind,
        about: Timestamp,
    ) -> Result<Batch, ServiceError> {
        let not_after = self.now() + TOLD_WITHIN;
        let to = self.recipient(account);
        self.queue(&self.mail_about(kind, to, 0, not_after, about))
    }

    /// Whether somebody asked to be erased: nothing is booked with them any more.
    pub(super) fn leaves(&self, user: UserId) -> Result<bool, ServiceError> {
        Ok(self.asked_erasure(user)?.is_some())
    }

    /// An erasure that was asked for and is not done.
    pub(crate) fn asked_erasure(&self, user: UserId) -> Result<Option<Erasure>, ServiceError> {
        let asked = rows::load(&self.0.store, user)?.map(|it| it.value);
        Ok(asked.filter(|it| it.done_at.is_none()))
    }

    /// Takes it back. Nothing when it was not asked for.
    pub async fn withdraw_erasure(&self, who: Member) -> Result<ErasureView, ServiceError> {
        let account = self.account_of(who.user)?;
        self.retrying(async || match rows::load(&self.0.store, who.user)? {
            Some(old) => {
                let kind = Kind::ErasureTakenBack(who.user);
                let told = self.mail_of_erasure(&account, kind, old.asked_at)?;
                self.write(rows::remove(&old).and(told)).await
            }
            None => Ok(()),
        })
        .await?;
        self.show_host(who.user);
        self.erasure_view(who.user).await
    }

    /// How somebody's erasure stands, for admins.
    pub async fn erasure_of(&self, _: Admin, user: UserId) -> Result<ErasureView, ServiceError> {
        accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        self.erasure_view(user).await
    }

    /// Erases somebody now.
    ///
    /// # Errors
    /// `OutOfTurn` while something stands in the way.
    pub async fn erase_now(
        &self,
        admin: Admin,
        user: UserId,
        gives_up: bool,
    ) -> Result<ErasureView, ServiceError> {
        let account = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        if personal::is_erased(&account.email) {
            return Err(ServiceError::NotFound);
        }
        self.nothing_in_the_way(user, gives_up).await?;
        self.retrying(async || {
            let old = rows::load(&self.0.store, user)?;
            let asked = Erasure::asked(user, gives_up, Millis::ZERO, self.now());
            let new = Erasure {
                by: Some(admin.user),
                ..asked
            };
            self.write(rows::put(old.as_ref(), &new)?).await
        })
        .await?;
        self.erase(user).await?;
        self.erasure_view(user).await
    }

    /// Those who asked and wait, for admins, in no order that means anything.
    pub fn erasures(&self, _: Admin) -> Result<Vec<Erasure>, ServiceError> {
        self.erasures_where(|it| it.done_at.is_none())
    }

    fn erasures_where(&self, is: impl Fn(&Erasure) -> bool) -> Result<Vec<Erasure>, ServiceError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = rows::page(&self.0.store, after, PAGE_ROWS)?;
            all.extend(page.iter().filter(|it| is(it)).map(|it| it.value.clone()));
            match page.last() {
                Some(last) if page.len() == PAGE_ROWS => after = Some(last.user),
                _ => return Ok(all),
            }
        }
    }

    /// Carries out what is due; one in whose way something stands waits until it is gone. Gives how many
    /// were erased.
    pub async fn sweep_erasures(&self) -> Result<usize, ServiceError> {
        let now = self.now();
        let mut done = 0;
        for it in self.erasures_where(|it| it.is_due(now))? {
            match self.erase(it.user).await {
                Ok(()) => done += 1,
                Err(ServiceError::OutOfTurn(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    async fn nothing_in_the_way(&self, user: UserId, gives_up: bool) -> Result<(), ServiceError> {
        let obstacles = self.obstacles(user).await?;
        let stands = |it: &&Obstacle| !(gives_up && it.can_be_given_up());
        let words: Vec<_> = obstacles
            .iter()
            .filter(stands)
            .map(|it| it.word())
            .collect();
        match words.is_empty() {
            true => Ok(()),
            false => Err(ServiceError::OutOfTurn(format!(
                "the account cannot be erased yet: {}",
                words.join(", ")
            ))),
        }
    }

    /// Everything that stands in the way of erasing somebody.
    async fn obstacles(&self, user: UserId) -> Result<Vec<Obstacle>, ServiceError> {
        let account = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        let coins =
            |of| -> Result<MilliCoins, ServiceError> { Ok(MilliCoins(self.0.ledger.balance(of)?)) };
        let sums = [
            Obstacle::Debt(self.debt(user)?),
            Obstacle::Pending(coins(Books::HostPending(user))?),
            Obstacle::Earnings(coins(Books::HostAvailable(user))?),
            Obstacle::Wallet(coins(Books::Wallet(user))?),
        ];
        let sums = sums
            .into_iter()
            .filter(|it| it.coins() > Some(MilliCoins::ZERO));
        let others = [
            (account.admin, Obstacle::Admin),
            (payout::is_open_of(&self.0.store, user)?, Obstacle::Payout),
            (self.is_in_dispute(user)?, Obstacle::Dispute),
            (self.buys(user)?, Obstacle::Purchase),
            (self.is_in_a_call(user)?, Obstacle::Call),
            (self.has_unsettled_booking(user)?, Obstacle::Booking),
            (
                report::is_open_about(&self.0.store, user)?,
                Obstacle::Report,
            ),
        ];
        let others = others.into_iter().filter(|(stands, _)| *stands);
        Ok(others.map(|(_, it)| it).chain(sums).collect())
    }

    fn is_in_dispute(&self, user: UserId) -> Result<bool, ServiceError> {
        let mut before = None;
        loop {
            let page = dispute::page(&self.0.store, before, PAGE_ROWS)?;
            let theirs =
                |it: &parlor_domain::dispute::Dispute| it.client == user || it.host == user;
            if page.iter().any(|it| it.decision.is_none() && theirs(it)) {
                return Ok(true);
            }
            match page.last() {
                Some(last) if page.len() == PAGE_ROWS => before = Some(last.call),
                _ => return Ok(false),
            }
        }
    }

    fn buys(&self, user: UserId) -> Result<bool, ServiceError> {
        for it in order::load_of(&self.0.store, user, None, MEETINGS_MAX)? {
            let refunds = refund::load_of(&self.0.store, it.id, PAGE_ROWS)?;
            if it.look_at.is_some() || refunds.iter().any(|it| it.due_at.is_some()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_in_a_call(&self, user: UserId) -> Result<bool, ServiceError> {
        let open = paid_call::load_open(&self.0.store, None, MEETINGS_MAX)?;
        Ok(open.iter().any(|it| it.caller == user || it.host == user))
    }

    /// A booking that began keeps its money until somebody said how it went.
    fn has_unsettled_booking(&self, user: UserId) -> Result<bool, ServiceError> {
        let now = self.now();
        let past = meeting::load_calendar(&self.0.store, user, Timestamp::MIN, now, MEETINGS_MAX)?;
        Ok(past.iter().any(|it| {
            let booking = it.booking.as_ref();
            booking.is_some_and(|it| matches!(it.payment, Payment::Held))
        }))
    }

    async fn erase(&self, user: UserId) -> Result<(), ServiceError> {
        let asked = rows::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        self.nothing_in_the_way(user, asked.gives_up).await?;
        self.shut_out(user).await?;
        self.call_everything_off(user).await?;
        if asked.gives_up {
            self.give_up(user).await?;
        }
        // What was called off may have brought coins back.
        self.nothing_in_the_way(user, asked.gives_up).await?;
        let store = &self.0.store;
        let contents: BTreeSet<_> = file::all_of(store, user)?
            .iter()
            .flat_map(|it| it.file.blobs().collect::<Vec<_>>())
            .collect();
        let picture = host::load(store, user)?.and_then(|it| it.picture);
        let others: Vec<_> = inbox::of(store, user)?
            .into_iter()
            .filter_map(|id| other_of(id, user))
            .collect();
        let account = accounts::load(store, user)?.ok_or(ServiceError::NotFound)?;
        // Stopped after the last row the time before: the name that would be looked for is nobody's.
        if !personal::is_erased(&account.email) {
            self.forget_everywhere(user).await?;
        }
        self.forget_in_audit(user).await?;
        self.drop_contents(contents).await?;
        if let Some(picture) = picture {
            self.forget_picture(picture).await;
        }
        self.tidy_exports().await?;
        self.show_host(user);
        for other in others {
            self.reach(|reach| reach.reseat(user, other));
        }
        let now = self.now();
        self.retrying(async || {
            let old = rows::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
            let new = Erasure {
                done_at: Some(now),
                ..old.value.clone()
            };
            self.write(rows::put(Some(&old), &new)?).await
        })
        .await?;
        let erased = Attempt::new(Action::Erased, now).by(Who::House);
        self.record(erased.on("User", user).about(user));
        tracing::info!(%user, "an account was erased");
        Ok(())
    }

    /// No login any more, and no place among the hosts.
    async fn shut_out(&self, user: UserId) -> Result<(), ServiceError> {
        let ended = self
            .retrying(async || {
                let old = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
                let new = Account {
                    banned: true,
                    host: HostStatus::None,
                    ..old.value.clone()
                };
                let logins = logins::load_of(&self.0.store, user)?;
                let (revoked, ended) = self.revoke_all(logins, None)?;
                self.write(accounts::replace(&old, &new)?.and(revoked))
                    .await?;
                Ok(ended)
            })
            .await?;
        self.after_suspension(user, &ended);
        Ok(())
    }

    /// Whatever is ahead is called off by its own machine, which gives money back and tells the others.
    async fn call_everything_off(&self, user: UserId) -> Result<(), ServiceError> {
        let now = self.now();
        let from = now - Millis::from_days(1);
        let ahead =
            meeting::load_calendar(&self.0.store, user, from, Timestamp::MAX, MEETINGS_MAX)?;
        for it in ahead.iter().filter(|it| !it.status.is_over()) {
            let off = self.called_off(it.id, Some(user), "", |it| {
                it.part_of(user).ok_or(ServiceError::Forbidden)
            });
            match off.await {
                // One that began ends by itself.
                Err(ServiceError::OutOfTurn(_)) if it.terms.starts_at <= now => {
                    self.reach(|reach| reach.let_go(user, it.room));
                }
                done => drop(done?),
            }
        }
        Ok(())
    }

    /// Coins that are left go back to the house, in an entry of their own.
    async fn give_up(&self, user: UserId) -> Result<(), ServiceError> {
        for from in [Books::Wallet(user), Books::HostAvailable(user)] {
            let left = MilliCoins(self.0.ledger.balance(from)?);
            if left <= MilliCoins::ZERO {
                continue;
            }
            let entry = Moves::new(self.now(), Posted::Adjustment, Subject::User(user))
                .coins(from, Books::Issued(Gateway::Manual), left)
                .noting("given up with the account");
            self.post(Posting::new(entry)).await?;
        }
        Ok(())
    }

    /// All tables, as the map says, until nothing is left to do; the account comes last.
    async fn forget_everywhere(&self, user: UserId) -> Result<(), ServiceError> {
        let person = self.known_person(user).await?;
        self.forget_person(&person).await.map(drop)
    }

    /// The same of whoever it is; gives how many rows changed.
    pub(super) async fn forget_person(&self, person: &Person) -> Result<usize, ServiceError> {
        let mut all = 0;
        for _ in 0..ROUNDS {
            let mut changed = 0;
            let rest = MAP.iter().filter(|it| it.table != Table::Accounts);
            for entry in rest {
                changed += self.forget_in(entry, person).await?;
            }
            all += changed;
            if changed == 0 {
                break;
            }
        }
        for id in person.ids() {
            self.forget_in_audit(id).await?;
        }
        for entry in MAP.iter().filter(|it| it.table == Table::Accounts) {
            all += self.forget_in(entry, person).await?;
        }
        Ok(all)
    }

    /// Somebody with an account, by every number of theirs.
    pub(super) async fn known_person(&self, user: UserId) -> Result<Person, ServiceError> {
        let store = self.0.store.clone();
        let found = tokio::task::spawn_blocking(move || Person::find(&store, user)).await;
        let person = found.map_err(|_| ServiceError::Overloaded)??;
        let person = person.ok_or(ServiceError::NotFound)?;
        // Agendas and hosts' notes lie under this while somebody has no account, and stay there.
        let stood_for = Email::parse(&person.email).map(|it| self.person_of(&it));
        Ok(match stood_for {
            Ok(id) => person.also(id),
            Err(_) => person,
        })
    }

    /// Somebody who has no account.
    pub(super) async fn somebody_without_account(
        &self,
        address: &Email,
    ) -> Result<Person, ServiceError> {
        let (store, stands_for) = (self.0.store.clone(), self.person_of(address));
        let address = address.clone();
        let found = move || Person::without_account(&store, stands_for, &address);
        let found = tokio::task::spawn_blocking(found).await;
        Ok(found.map_err(|_| ServiceError::Overloaded)??)
    }

    async fn forget_in(
        &self,
        entry: &'static Entry,
        person: &Person,
    ) -> Result<usize, ServiceError> {
        let (mut count, mut after, mut tries) = (0, None, 0);
        loop {
            let (store, person, from) = (self.0.store.clone(), person.clone(), after.clone());
            let looked = move || personal::forget(&store, entry, &person, from);
            let page = tokio::task::spawn_blocking(looked).await;
            let (batch, changed, next) = page.map_err(|_| ServiceError::Overloaded)??;
            match self.write(batch).await {
                Err(ServiceError::Contended) if tries < TRIES => tries += 1,
                Err(error) => return Err(error),
                Ok(()) => {
                    count += changed;
                    if next.is_none() {
                        return Ok(count);
                    }
                    after = next;
                }
            }
        }
    }
}
