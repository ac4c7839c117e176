//! The first admin: a link that works once, printed where only the operator sees it.

use parlor_data::nouns::{
    account as accounts,
    one_time::{self, OneTime, Right},
    setting,
};
use parlor_domain::audit::{Action, Attempt, Who};

use super::{ServiceError, Services, Session, SignUp, keys};

impl Services {
    /// A link that makes the first admin; `None` when there is one already. Each call makes a new
    /// one, and all of them are void once an admin was made.
    pub async fn first_admin_link(&self) -> Result<Option<String>, ServiceError> {
        if setting::has_admin(&self.0.store)? {
            return Ok(None);
        }
        self.setup_link(Right::FirstAdmin).await.map(Some)
    }

    /// A link that makes an admin, whether or not there is one.
    pub async fn admin_link(&self) -> Result<String, ServiceError> {
        self.setup_link(Right::Admin).await
    }

    async fn setup_link(&self, right: Right) -> Result<String, ServiceError> {
        let token = self.0.keys.one_time_token(&keys::random());
        let link = OneTime {
            hash: self.0.keys.hash(&token),
            right,
            expires_at: self.now() + self.0.config.link_lifetime,
        };
        self.write(one_time::insert(&link)?).await?;
        self.record(Attempt::new(Action::AdminLinkMade, self.now()).by(Who::House));
        Ok(self.url(&format!("/setup/{token}")))
    }

    /// Makes an admin by link.
    pub async fn set_up(
        &self,
        token: &str,
        form: &SignUp,
        device: Option<&str>,
    ) -> Result<Session, ServiceError> {
        let link = self.one_time(token)?;
        let claim = match link.right {
            Right::FirstAdmin if setting::has_admin(&self.0.store)? => {
                return Err(ServiceError::LinkVoid);
            }
            Right::FirstAdmin => setting::claim_first_admin(),
            Right::Admin => setting::note_admin(),
            _ => return Err(ServiceError::LinkVoid),
        };
        let (email, pending) = self.pending(form).await?;
        if accounts::load_by_email(&self.0.store, &email)?.is_some() {
            return Err(ServiceError::OutOfTurn(
                "this address has an account already".into(),
            ));
        }
        let account = self.account_from(&pending, true)?;
        let batch = accounts::insert(&account)?
            .and(one_time::remove(&link))
            .and(self.adopt_meetings(&account)?)
            .and(claim);
        let user = account.id;
        let (login, session) = self.open_session(account, device)?;
        match self.open_account(user, batch.and(login)).await {
            Err(ServiceError::Contended) => Err(ServiceError::LinkVoid),
            other => other.map(|()| session),
        }
    }
}
