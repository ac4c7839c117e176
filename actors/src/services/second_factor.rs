//! The second factor: switching it on and off, asking for it at every door that opens an account,
//! recovery codes, and the admins who must have one.
//!
//! A secret that was shown and not confirmed is nowhere: its page holds it, sealed. Wrong codes are
//! counted for the account, wherever they come from: they are only asked of whoever knows the
//! password or reads the mail. Must never hand a secret or a recovery code out twice.

use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parlor_data::{
    Batch, Read,
    nouns::{account as accounts, login as logins, second_factor as factors},
};
use parlor_domain::{
    access::Member,
    account::{Account, BadField, Email, HostStatus},
    audit::{Action, Attempt, Who},
    guess::Guesses,
    id::UserId,
    identity::Role,
    mail::Kind,
    second_factor::{
        CodeHash, RECOVERY_CODES, SETUP_LIFETIME, SecondFactor, Shown, Typed, WRONG_CODES_FREE,
    },
    time::{Millis, Timestamp},
};

use super::{
    ServiceError, Services, keys,
    passwords::Verdict,
    totp::{self, QrCode, Secret},
};

/// Most accounts whose wrong codes are remembered.
const GUESSERS_MAX: usize = 10_000;
/// Random bytes of a recovery code; ten letters.
const RECOVERY_BYTES: usize = 7;
/// Letters of a recovery code, in two groups.
const RECOVERY_CHARS: usize = 10;

/// Wrong codes, by account.
pub(super) struct Wrong(Mutex<Guesses<UserId>>);

impl Default for Wrong {
    fn default() -> Self {
        Self(Mutex::new(Guesses::new(WRONG_CODES_FREE, GUESSERS_MAX)))
    }
}

impl Wrong {
    fn held(&self) -> MutexGuard<'_, Guesses<UserId>> {
        // A count is never half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactorView {
    /// Since when it is on.
    pub on_since: Option<Timestamp>,
    /// Recovery codes that were not used.
    pub recovery_codes_left: usize,
    /// Whether this account must have one.
    pub required: bool,
}

/// What an authenticator app needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret, for typing.
    pub secret: String,
    /// The address that holds it.
    pub address: String,
    /// The address as a picture.
    pub qr: QrCode,
    /// To be sent back with the first code; opaque.
    pub setup: String,
}

impl Services {
    /// How somebody's account stands.
    pub fn second_factor(&self, who: Member) -> Result<SecondFactorView, ServiceError> {
        let account = self.account_of(who.user)?;
        let it = factors::load(&self.0.store, who.user)?;
        Ok(SecondFactorView {
            on_since: it.as_ref().map(|it| it.on_since),
            recovery_codes_left: it.as_ref().map_or(0, |it| it.recovery.len()),
            required: self.must_have_second_factor(&account),
        })
    }

    fn must_have_second_factor(&self, account: &Account) -> bool {
        account.admin && self.0.config.admins_need_second_factor
    }

    /// Whether this account must have a second factor and has none: it can be used, but not as an
    /// admin's.
    pub fn second_factor_due(&self, account: &Account) -> Result<bool, ServiceError> {
        Ok(self.must_have_second_factor(account)
            && factors::load(&self.0.store, account.id)?.is_none())
    }

    /// What an account may be at present: an admin without the second factor that the operator
    /// demands is a host.
    pub fn role_of(&self, account: &Account) -> Result<Role, ServiceError> {
        if !self.second_factor_due(account)? {
            return Ok(account.role());
        }
        let as_others = Account {
            admin: false,
            host: HostStatus::Approved,
            ..account.clone()
        };
        Ok(as_others.role())
    }

    /// Begins: a new secret for the person who knows the password. Nothing is on yet.
    pub async fn begin_second_factor(
        &self,
        who: Member,
        password: &str,
    ) -> Result<Enrolment, ServiceError> {
        let account = self.account_of(who.user)?;
        self.check_password_of(&account, password, "current")
            .await?;
        if factors::load(&self.0.store, who.user)?.is_some() {
            return Err(ServiceError::OutOfTurn("a second factor is on".into()));
        }
        let secret = Secret::new(keys::random());
        let address = secret.address(self.server_name(), account.email.as_str());
        let picture = totp::picture(&address);
        Ok(Enrolment {
            secret: secret.text(),
            qr: picture.ok_or_else(|| ServiceError::Internal("a QR code is too long".into()))?,
            setup: self.seal_setup(who.user, &secret)?,
            address,
        })
    }

    /// Switches it on by the first code: gives the recovery codes, and ends every other login, because
    /// those were made without it.
    pub async fn confirm_second_factor(
        &self,
        who: Member,
        setup: &str,
        code: &str,
    ) -> Result<Vec<String>, ServiceError> {
        let secret = self.open_setup(who.user, setup).ok_or(BadField {
            field: "setup",
            why: "This took too long. Please begin again.",
        })?;
        self.may_guess(who.user)?;
        let now = self.now();
        let step = match Typed::read(code) {
            Some(Typed::Code(code)) => secret.step_of(code, now),
            _ => None,
        };
        let Some(step) = step else {
            return Err(self.guessed_wrong(who.user));
        };
        let (codes, recovery) = self.new_recovery_codes();
        let row = SecondFactor {
            user: who.user,
            secret: secret.bytes().to_vec(),
            on_since: now,
            used_step: step,
            recovery,
        };
        let others = logins::load_of(&self.0.store, who.user)?;
        let (revoked, ended) = self.revoke_all(others, Some(who.login))?;
        let told = self.second_factor_changed(who.user)?;
        let batch = factors::insert(&row)?.and(revoked).and(told);
        match self.write(batch).await {
            Err(ServiceError::Contended) if factors::load(&self.0.store, who.user)?.is_some() => {
                return Err(ServiceError::OutOfTurn("a second factor is on".into()));
            }
            other => other?,
        }
        self.0.wrong_codes.held().succeeded(&who.user);
        self.tell_revoked(&ended);
        Ok(codes)
    }

    /// New recovery codes; the ones before are void.
    pub async fn renew_recovery_codes(
        &self,
        who: Member,
        password: &str,
        code: &str,
    ) -> Result<Vec<String>, ServiceError> {
        let old = self.proven(who, password, code).await?;
        let (codes, recovery) = self.new_recovery_codes();
        let mut new = self.used(&old, code)?;
        new.recovery = recovery;
        let told = self.second_factor_changed(who.user)?;
        self.write(factors::replace(&old, &new)?.and(told)).await?;
        Ok(codes)
    }

    /// Switches it off.
    pub async fn end_second_factor(
        &self,
        who: Member,
        password: &str,
        code: &str,
    ) -> Result<(), ServiceError> {
        if self.must_have_second_factor(&self.account_of(who.user)?.value) {
            return Err(ServiceError::OutOfTurn(
                "the operator demands a second factor of admins".into(),
            ));
        }
        let old = self.proven(who, password, code).await?;
        self.used(&old, code)?;
        let told = self.second_factor_changed(who.user)?;
        self.write(factors::remove(&old).and(told)).await
    }

    /// Proves anew who somebody is, before something that a stolen login must not do: the password, and a code
    /// where a second factor is on, which is used up.
    pub async fn prove(&self, who: Member, password: &str, code: &str) -> Result<(), ServiceError> {
        let account = self.account_of(who.user)?;
        self.check_password_of(&account, password, "current")
            .await?;
        match self.pass(who.user, Some(code)) {
            // Not 401: the login that came along is good.
            Err(ServiceError::SecondFactorNeeded) => Err(ServiceError::WrongCode),
            shown => self.write(shown?).await,
        }
    }

    /// The operator switches it off for somebody who lost the phone and the recovery codes; every
    /// login ends. `false` when none was on.
    pub async fn reset_second_factor(&self, email: &str) -> Result<bool, ServiceError> {
        let email = Email::parse(email)?;
        let account = accounts::load_by_email(&self.0.store, &email)?;
        let account =
            account.ok_or_else(|| ServiceError::OutOfTurn("no account has this address".into()))?;
        let Some(old) = factors::load(&self.0.store, account.id)? else {
            return Ok(false);
        };
        let all = logins::load_of(&self.0.store, account.id)?;
        let (revoked, ended) = self.revoke_all(all, None)?;
        let told = self.second_factor_changed(account.id)?;
        self.write(factors::remove(&old).and(revoked).and(told))
            .await?;
        self.0.wrong_codes.held().succeeded(&account.id);
        self.tell_revoked(&ended);
        let off = Attempt::new(Action::SecondStep, self.now()).by(Who::House);
        self.record(off.on("User", account.id).about(account.id));
        Ok(true)
    }

    /// What a door into an account writes when its second factor was shown: nothing when none is on.
    /// The batch fails when the same code is used at the same moment elsewhere.
    pub(super) fn pass(&self, user: UserId, code: Option<&str>) -> Result<Batch, ServiceError> {
        let Some(old) = factors::load(&self.0.store, user)? else {
            return Ok(Batch::new());
        };
        let code = code.filter(|it| !it.trim().is_empty());
        let new = self.used(&old, code.ok_or(ServiceError::SecondFactorNeeded)?)?;
        let batch = factors::replace(&old, &new)?;
        Ok(match new.recovery.len() < old.recovery.len() {
            true => batch.and(self.second_factor_changed(user)?),
            false => batch,
        })
    }

    /// The mail that says so: whoever did it unseen is seen.
    fn second_factor_changed(&self, user: UserId) -> Result<Batch, ServiceError> {
        let account = accounts::load(&self.0.store, user)?.ok_or(ServiceError::NotFound)?;
        let not_after = self.now() + Millis::from_days(1);
        let to = self.recipient(&account);
        let mail = self.mail(Kind::SecondFactorChanged, to, 0, not_after);
        self.queue(&mail)
    }

    /// Whoever asks knows the password; the code is looked at by [`Services::used`].
    async fn proven(
        &self,
        who: Member,
        password: &str,
        code: &str,
    ) -> Result<Read<SecondFactor>, ServiceError> {
        let account = self.account_of(who.user)?;
        self.check_password_of(&account, password, "current")
            .await?;
        let it = factors::load(&self.0.store, who.user)?;
        let it = it.ok_or_else(|| ServiceError::OutOfTurn("no second factor is on".into()))?;
        match code.trim() {
            "" => Err(ServiceError::WrongCode),
            _ => Ok(it),
        }
    }

    /// The same factor after this code was used.
    fn used(&self, old: &SecondFactor, code: &str) -> Result<SecondFactor, ServiceError> {
        self.may_guess(old.user)?;
        let mut new = old.clone();
        let shown = match Typed::read(code) {
            Some(Typed::Code(code)) => {
                let secret = Secret::from_slice(&old.secret).ok_or_else(|| {
                    ServiceError::Internal("a second factor's secret is of another length".into())
                })?;
                Shown::Code(secret.step_of(code, self.now()))
            }
            Some(Typed::Recovery(code)) => Shown::Recovery(self.recovery_hash(&code)),
            None => Shown::Code(None),
        };
        if !new.accept(shown) {
            return Err(self.guessed_wrong(old.user));
        }
        self.0.wrong_codes.held().succeeded(&old.user);
        Ok(new)
    }

    fn may_guess(&self, user: UserId) -> Result<(), ServiceError> {
        let wait = self.0.wrong_codes.held().wait(&user, self.now());
        wait.map_or(Ok(()), |wait| Err(ServiceError::TooManyGuesses(wait)))
    }

    fn guessed_wrong(&self, user: UserId) -> ServiceError {
        self.0.wrong_codes.held().failed(user, self.now());
        ServiceError::WrongCode
    }

    /// Whether who asks knows the account's password; `field` is what a form calls it.
    pub(super) async fn check_password_of(
        &self,
        account: &Account,
        password: &str,
        field: &'static str,
    ) -> Result<(), ServiceError> {
        let phc = Some(account.password_hash.as_str());
        match self.0.passwords.verify(password, phc).await? {
            Verdict::Wrong => Err(ServiceError::BadField(BadField {
                field,
                why: "This is not your current password.",
            })),
            _ => Ok(()),
        }
    }

    fn new_recovery_codes(&self) -> (Vec<String>, Vec<CodeHash>) {
        let plain: Vec<String> = (0..RECOVERY_CODES)
            .map(|_| {
                let mut text = totp::base32(&keys::random::<RECOVERY_BYTES>());
                text.truncate(RECOVERY_CHARS);
                text
            })
            .collect();
        let hashes = plain.iter().map(|it| self.recovery_hash(it)).collect();
        let shown = plain.iter().map(|it| {
            let (first, last) = it.split_at(RECOVERY_CHARS / 2);
            format!("{first}-{last}")
        });
        (shown.collect(), hashes)
    }

    fn recovery_hash(&self, plain: &str) -> CodeHash {
        self.0
            .keys
            .hash_parts(&[b"recovery code", plain.as_bytes()])
    }

    fn seal_setup(&self, user: UserId, secret: &Secret) -> Result<String, ServiceError> {
        let until = self.now() + SETUP_LIFETIME;
        let plain = [
            user.as_bytes().as_slice(),
            &until.0.to_be_bytes(),
            secret.bytes(),
        ]
        .concat();
        let sealed = self.0.keys.seal_row(&plain);
        let sealed =
            sealed.ok_or_else(|| ServiceError::Internal("a secret could not be sealed".into()))?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    fn open_setup(&self, user: UserId, setup: &str) -> Option<Secret> {
        let sealed = URL_SAFE_NO_PAD.decode(setup).ok()?;
        let plain = self.0.keys.open_row(&sealed)?;
        let (owner, rest) = plain.split_first_chunk::<16>()?;
        let (until, secret) = rest.split_first_chunk::<8>()?;
        let good = owner == user.as_bytes() && self.now().0 < i64::from_be_bytes(*until);
        good.then(|| Secret::from_slice(secret)).flatten()
    }

    /// What an authenticator app calls this server.
    fn server_name(&self) -> &str {
        let url = self.0.config.public_url.as_str();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        rest.split(['/', ':']).next().unwrap_or(rest)
    }
}
