//! Logins as devices: making one, refreshing it, ending it, and saying whose token this is.

use parlor_data::{Batch, Read, nouns::login as logins};
use parlor_domain::{
    access::Member,
    account::{Account, Email},
    id::{LoginId, UserId},
    identity::{Identity, Scope},
    login::{Login, Outcome, Owner, Refresh},
    time::Timestamp,
};

use super::{ServiceError, Services, keys};
use crate::ports::NotIdentified;

/// Most devices of one account; the one unused for longest goes first.
const DEVICES_MAX: usize = 50;
/// Longest name of a device, in characters.
const DEVICE_NAME_CHARS_MAX: usize = 60;

/// What somebody gets who logged in.
#[derive(Debug, Clone)]
pub struct Session {
    /// For the `Authorization` header.
    pub access_token: String,
    /// When it ends.
    pub expires_at: Timestamp,
    /// For the cookie; never in a body.
    pub refresh_token: String,
    /// When the cookie ends.
    pub refresh_expires_at: Timestamp,
    /// Whose.
    pub account: Account,
    /// Whether this admin must set up a second factor to be one.
    pub second_factor_due: bool,
    /// Whether they are to be asked to agree to the terms and the privacy notice.
    pub agreement_due: bool,
}

/// One of a person's devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Which.
    pub login: LoginId,
    /// What it is called.
    pub name: String,
    /// When it logged in.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// Whether it is the one asking.
    pub current: bool,
}

/// A login that is not written yet, and the token that opens it.
pub(super) struct NewLogin {
    pub login: Login,
    pub token: String,
}

/// What a device calls itself, made fit for a list.
fn device_name(text: Option<&str>) -> String {
    let name: String = text
        .unwrap_or("")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|c| !c.is_control())
        .take(DEVICE_NAME_CHARS_MAX)
        .collect();
    if name.is_empty() {
        "Unknown device".into()
    } else {
        name
    }
}

impl Services {
    pub(super) fn new_login(
        &self,
        user: UserId,
        owner: Owner,
        device: Option<&str>,
        expires_at: Timestamp,
    ) -> NewLogin {
        let now = self.now();
        let id = LoginId(keys::ordered_id(now));
        let (token, hash) = self.0.keys.make_refresh(id);
        let login = Login {
            id,
            user,
            owner,
            device_name: device_name(device),
            created_at: now,
            last_seen_at: now,
            expires_at,
            current: vec![hash],
            retired: vec![],
            rotated_at: now,
            revoked_at: None,
        };
        NewLogin { login, token }
    }

    /// A login of an account, as a batch to write with its cause, and the session it opens.
    pub(super) fn open_session(
        &self,
        account: Account,
        device: Option<&str>,
    ) -> Result<(Batch, Session), ServiceError> {
        let expires_at = self.now() + self.0.config.login_idle;
        let new = self.new_login(account.id, Owner::Account, device, expires_at);
        let batch = logins::insert(&new.login)?.and(self.make_room_for_login(account.id)?);
        let session = self.session(account, &new.login, new.token)?;
        Ok((batch, session))
    }

    /// Forgets ended logins, and ends the ones unused for longest, when there are many.
    fn make_room_for_login(&self, user: UserId) -> Result<Batch, ServiceError> {
        let mut all = logins::load_of(&self.0.store, user)?;
        if all.len() < DEVICES_MAX {
            return Ok(Batch::new());
        }
        let now = self.now();
        all.sort_by_key(|login| (login.is_alive(now), login.last_seen_at));
        let surplus = all.len() + 1 - DEVICES_MAX;
        Ok(all
            .iter()
            .take(surplus)
            .fold(Batch::new(), |batch, old| batch.and(logins::remove(old))))
    }

    fn session(
        &self,
        account: Account,
        login: &Login,
        refresh_token: String,
    ) -> Result<Session, ServiceError> {
        let (access_token, expires_at) = self
            .0
            .tokens
            .make(
                (account.id, login.id),
                self.role_of(&account)?,
                Scope::Account,
                &account.name,
                self.now(),
            )
            .ok_or_else(|| ServiceError::Internal("an access token could not be made".into()))?;
        Ok(Session {
            access_token,
            expires_at,
            refresh_token,
            refresh_expires_at: login.expires_at,
            second_factor_due: self.second_factor_due(&account)?,
            agreement_due: self.agreement_due(&account)?,
            account,
        })
    }

    /// Trades a refresh token for its successor and a new access token. Showing a retired token
    /// ends the whole login.
    pub async fn refresh(&self, token: &str) -> Result<Session, ServiceError> {
        let (login, token) = self.rotate(token, Owner::Account).await?;
        let account = self.account_of(login.user)?;
        self.session(account.value, &login, token)
    }

    /// Rotates a login of the same kind of owner; gives it and the new token.
    pub(super) async fn rotate(
        &self,
        token: &str,
        kind: Owner,
    ) -> Result<(Login, String), ServiceError> {
        let shown = self.0.keys.read_refresh(token);
        let shown = shown.ok_or(ServiceError::LoginOver)?;
        self.retrying(async || {
            let now = self.now();
            let old = logins::load(&self.0.store, shown.login)?.ok_or(ServiceError::LoginOver)?;
            if std::mem::discriminant(&old.owner) != std::mem::discriminant(&kind) {
                return Err(ServiceError::LoginOver);
            }
            let (token, successor) = self.0.keys.make_refresh(shown.login);
            let mut login = old.value.clone();
            let input = Refresh {
                shown: shown.hash,
                successor,
                extend: (kind == Owner::Account).then_some(self.0.config.login_idle),
            };
            let outcome = login.refresh(input, now);
            if login != old.value {
                self.write(logins::replace(&old, &login)?).await?;
            }
            match outcome {
                Outcome::Rotated => Ok((login, token)),
                Outcome::Reused => {
                    tracing::warn!(login = %login.id, "a retired refresh token was shown; the login is ended");
                    self.reach(|reach| reach.revoke(login.user, login.id));
                    Err(ServiceError::LoginOver)
                }
                Outcome::Refused => Err(ServiceError::LoginOver),
            }
        })
        .await
    }

    /// Ends the login that a refresh token names. An unknown token is no error: it is over.
    pub async fn log_out_by_token(&self, token: &str) -> Result<(), ServiceError> {
        match self.0.keys.read_refresh(token) {
            Some(shown) => self.end_login(shown.login).await,
            None => Ok(()),
        }
    }

    /// Ends a login and everything connected with it.
    pub async fn end_login(&self, id: LoginId) -> Result<(), ServiceError> {
        let ended = self
            .retrying(async || {
                let Some(old) = logins::load(&self.0.store, id)? else {
                    return Ok(None);
                };
                let mut login = old.value.clone();
                login.revoke(self.now());
                if login != old.value {
                    self.write(logins::replace(&old, &login)?).await?;
                }
                Ok(Some(login.user))
            })
            .await?;
        if let Some(user) = ended {
            self.reach(|reach| reach.revoke(user, id));
        }
        Ok(())
    }

    /// A batch that ends these logins, and who must be told once it is written.
    pub(super) fn revoke_all(
        &self,
        logins_of: Vec<Read<Login>>,
        except: Option<LoginId>,
    ) -> Result<(Batch, Vec<(UserId, LoginId)>), ServiceError> {
        let now = self.now();
        let (mut batch, mut ended) = (Batch::new(), Vec::new());
        for old in logins_of {
            if Some(old.id) == except || old.revoked_at.is_some() {
                continue;
            }
            let mut login = old.value.clone();
            login.revoke(now);
            batch = batch.and(logins::replace(&old, &login)?);
            ended.push((login.user, login.id));
        }
        Ok((batch, ended))
    }

    pub(super) fn tell_revoked(&self, ended: &[(UserId, LoginId)]) {
        for (user, login) in ended {
            self.reach(|reach| reach.revoke(*user, *login));
        }
    }

    /// A proof for the browser that opened this session: strangers who guess its password elsewhere
    /// do not make it wait. Opens nothing.
    pub fn known_device(&self, session: &Session) -> String {
        self.0.keys.known_device(&session.account.email)
    }

    /// Which browser shows such a proof for the account of this address, if it is one.
    pub fn read_known_device(&self, proof: &str, email: &str) -> Option<[u8; 16]> {
        self.0
            .keys
            .read_known_device(proof, &Email::parse(email).ok()?)
    }

    /// The devices of a person that are logged in, the one used last first.
    pub fn devices(&self, who: Member) -> Result<Vec<DeviceView>, ServiceError> {
        self.devices_in_use(who.user, Some(who.login))
    }

    /// The same for somebody, seen from the device `current`, if it is one of theirs.
    pub(super) fn devices_in_use(
        &self,
        user: UserId,
        current: Option<LoginId>,
    ) -> Result<Vec<DeviceView>, ServiceError> {
        let now = self.now();
        let mut all: Vec<_> = logins::load_of(&self.0.store, user)?
            .into_iter()
            .filter(|login| login.is_alive(now))
            .map(|login| DeviceView {
                login: login.id,
                name: login.device_name.clone(),
                created_at: login.created_at,
                last_seen_at: login.last_seen_at,
                current: Some(login.id) == current,
            })
            .collect();
        all.sort_by_key(|device| std::cmp::Reverse(device.last_seen_at));
        Ok(all)
    }

    /// Ends one of a person's devices.
    pub async fn end_device(&self, who: Member, id: LoginId) -> Result<(), ServiceError> {
        match logins::load(&self.0.store, id)? {
            Some(login) if login.user == who.user => self.end_login(id).await,
            _ => Err(ServiceError::NotFound),
        }
    }

    /// Ends all of a person's devices but the one asking; how many that were.
    pub async fn end_other_devices(&self, who: Member) -> Result<usize, ServiceError> {
        let ended = self
            .retrying(async || {
                let all = logins::load_of(&self.0.store, who.user)?;
                let (batch, ended) = self.revoke_all(all, Some(who.login))?;
                self.write(batch).await?;
                Ok(ended)
            })
            .await?;
        self.tell_revoked(&ended);
        Ok(ended.len())
    }

    /// Whose access token this is: its seal, its end, and that its login was not ended.
    pub fn who(&self, access_token: &str, now: Timestamp) -> Result<Identity, NotIdentified> {
        let identity = self.0.tokens.read(access_token, now)?;
        match logins::load(&self.0.store, identity.login) {
            Ok(Some(login)) if login.is_alive(now) && login.user == identity.user => Ok(identity),
            Ok(_) => Err(NotIdentified::Invalid),
            Err(error) => {
                tracing::error!(%error, "a login could not be read");
                Err(NotIdentified::Invalid)
            }
        }
    }
}
