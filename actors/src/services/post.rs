//! The post office: whether the mail server can be reached, what an admin sees of the outbox and may do
//! to it, and what readers do not want.

use std::sync::{Mutex, OnceLock};

use parlor_data::nouns::{account as accounts, mail as mails, mail_address};
use parlor_domain::{
    access::Admin,
    account::Email,
    id::MailId,
    mail::{Breaker, DayCount, Kind, Mail, Optional, Standing, State, Why},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services, keys};
use crate::mailer::{MailTexts, NoLine, Rendered, Show};

/// Mails that one page of the list has.
const PAGE: usize = 50;
/// Rows looked at for one page, and for the counts.
const LOOKED_MAX: usize = 10_000;
/// Addresses that one page of the list has.
const STANDINGS_MAX: usize = 500;
/// How long a test mail is of use.
const TEST_LIFE: Millis = Millis::from_mins(60);

/// What is known about the way to the mail server.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    breaker: Breaker,
    trouble: Option<NoLine>,
}

/// As whom mails are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendsAs {
    /// The server.
    pub server: String,
    /// Name and text of the record with which the domain confirms our signatures, if we sign.
    pub dkim_record: Option<(String, String)>,
}

/// Shared by the mailer, which learns, and those who show it.
#[derive(Default)]
pub struct PostOffice {
    line: Mutex<Line>,
    today: Mutex<DayCount>,
    sends_as: OnceLock<SendsAs>,
}

impl PostOffice {
    /// There is a mail server. Called once, when the mailer starts.
    pub fn opens(&self, sends_as: SendsAs) {
        if self.sends_as.set(sends_as).is_err() {
            tracing::error!("the post office was opened twice; the first time stays");
        }
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(|gone| gone.into_inner())
    }

    /// What each address got today.
    pub(crate) fn today(&self) -> std::sync::MutexGuard<'_, DayCount> {
        self.today.lock().unwrap_or_else(|gone| gone.into_inner())
    }

    /// Whether a connection may be tried.
    pub(crate) fn allows(&self, now: Timestamp) -> bool {
        self.line().breaker.allows(now)
    }

    /// A connection stands.
    pub(crate) fn worked(&self) {
        *self.line() = Line::default();
    }

    /// There was none.
    pub(crate) fn failed(&self, why: NoLine, now: Timestamp) {
        let mut line = self.line();
        line.trouble = Some(why);
        line.breaker.failed(now);
        tracing::warn!(%why, "mails wait");
    }

    /// What is in the way and when the next connection is tried; `None` while all is well.
    pub fn trouble(&self) -> Option<(NoLine, Timestamp)> {
        let line = self.line();
        line.trouble.zip(line.breaker.closed_until())
    }
}

/// The outbox as an admin sees it.
#[derive(Debug, Clone)]
pub struct PostView {
    /// Whether there is a mail server, and which; otherwise mails wait.
    pub sends_as: Option<SendsAs>,
    /// The address that mails come from.
    pub from: String,
    /// What is in the way.
    pub trouble: Option<(NoLine, Timestamp)>,
    /// Mails by state, of the newest 10,000.
    pub counts: Vec<(State, usize)>,
}

/// A mail as an admin sees it.
#[derive(Debug, Clone)]
pub struct MailPreview {
    /// The row.
    pub mail: Mail,
    /// Its words, without the secrets of its links; `None` when what it speaks of is gone.
    pub words: Option<Rendered>,
    /// Whether it can be tried again.
    pub can_retry: bool,
}

impl Services {
    /// How the post does.
    pub fn post_view(&self, _: Admin) -> Result<PostView, ServiceError> {
        let counts = mails::count(&self.0.store, LOOKED_MAX)?;
        Ok(PostView {
            sends_as: self.0.post.sends_as.get().cloned(),
            from: self.0.config.mail_from.clone(),
            trouble: self.0.post.trouble(),
            counts: State::WORDS.iter().map(|it| it.0).zip(counts).collect(),
        })
    }

    /// The newest mails in one of these states (all when empty), newest first, and where the list
    /// goes on.
    pub fn mail_list(
        &self,
        _: Admin,
        states: &[State],
        after: Option<&[u8]>,
    ) -> Result<(Vec<Mail>, Option<Vec<u8>>), ServiceError> {
        let (found, next) = mails::latest(&self.0.store, states, after, PAGE, LOOKED_MAX)?;
        Ok((found.into_iter().map(|it| it.value).collect(), next))
    }

    /// One mail with its words.
    pub fn mail_preview(
        &self,
        _: Admin,
        texts: &MailTexts,
        id: MailId,
    ) -> Result<MailPreview, ServiceError> {
        let mail = mails::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
        let composed = self.compose(texts, &mail, Show::NoSecrets)?;
        Ok(MailPreview {
            words: composed.ok().map(|it| it.words),
            can_retry: mail.can_retry(self.now()),
            mail: mail.value,
        })
    }

    /// Tries a mail again that ended without being sent.
    pub async fn retry_mail(&self, _: Admin, id: MailId) -> Result<Mail, ServiceError> {
        self.change_mail(id, |mail, now| match mail.retry(now) {
            true => Ok(()),
            false => Err(ServiceError::OutOfTurn(
                "this mail cannot be tried again".into(),
            )),
        })
        .await
    }

    /// Takes a mail out of the queue.
    pub async fn drop_mail(&self, _: Admin, id: MailId) -> Result<Mail, ServiceError> {
        self.change_mail(id, |mail, now| {
            mail.drop_unsent(Why::ByHand, now);
            match mail.state {
                State::Dropped => Ok(()),
                _ => Err(ServiceError::OutOfTurn(
                    "this mail waits for nothing".into(),
                )),
            }
        })
        .await
    }

    async fn change_mail(
        &self,
        id: MailId,
        change: impl Fn(&mut Mail, Timestamp) -> Result<(), ServiceError>,
    ) -> Result<Mail, ServiceError> {
        self.retrying(async || {
            let old = mails::load(&self.0.store, id)?.ok_or(ServiceError::NotFound)?;
            let mut new = old.value.clone();
            change(&mut new, self.now())?;
            self.write(mails::replace(&old, &new)?).await?;
            Ok(new)
        })
        .await
    }

    /// Queues a mail to the admin who asks, to see whether mail arrives.
    pub async fn send_test_mail(&self, who: Admin) -> Result<Mail, ServiceError> {
        let account = accounts::load(&self.0.store, who.user)?.ok_or(ServiceError::NotFound)?;
        let (to, until) = (self.recipient(&account), self.now() + TEST_LIFE);
        let mail = self.mail(Kind::Test(keys::random()), to, 0, until);
        self.write(self.queue(&mail)?).await?;
        Ok(mail)
    }

    /// Addresses that get nothing, or not everything; at most 500.
    pub fn standings(&self, _: Admin) -> Result<Vec<Standing>, ServiceError> {
        let page = mail_address::page(&self.0.store, None, STANDINGS_MAX)?;
        Ok(page.into_iter().map(|it| it.value).collect())
    }

    /// Lets mail go to an address again that refused it.
    pub async fn lift_refusal(&self, _: Admin, address: &str) -> Result<(), ServiceError> {
        let address = Email::parse(address)?;
        self.change_standing(&address, |it| it.refused = None).await
    }

    async fn change_standing(
        &self,
        address: &Email,
        change: impl Fn(&mut Standing),
    ) -> Result<(), ServiceError> {
        self.retrying(async || {
            let old = mail_address::load(&self.0.store, address)?;
            let known = old.as_ref().map(|it| it.value.clone());
            let mut new = known.unwrap_or_else(|| Standing::of(address.clone()));
            change(&mut new);
            self.write(mail_address::save(old.as_ref(), &new)?).await
        })
        .await
    }

    /// The token of the links by which the reader at this address is spared of reminders.
    pub(crate) fn address_token(&self, address: &Email) -> Option<String> {
        self.0.keys.seal_address(address)
    }

    /// Which of the mails that one may do without the reader who came by this token gets, and their
    /// address so far as it says which mailbox this is about.
    pub fn mail_wishes(&self, token: &str) -> Result<MailWishes, ServiceError> {
        let keys = &self.0.keys;
        let address = keys.open_address(token).ok_or(ServiceError::LinkVoid)?;
        let wants = |which| self.wants_mail(&address, which);
        Ok(MailWishes {
            reminders: wants(Optional::Reminders)?,
            // Whoever has no account is sent none.
            digests: match accounts::load_by_email(&self.0.store, &address)? {
                Some(_) => Some(wants(Optional::Digests)?),
                None => None,
            },
            address: veiled(&address),
        })
    }

    /// Sets one of them. Twice is as good as once.
    pub async fn wish_mail(
        &self,
        token: &str,
        which: Optional,
        wanted: bool,
    ) -> Result<(), ServiceError> {
        let keys = &self.0.keys;
        let address = keys.open_address(token).ok_or(ServiceError::LinkVoid)?;
        self.want_mail(&address, which, wanted).await
    }

    /// Whether the reader at this address wants these.
    pub(super) fn wants_mail(
        &self,
        address: &Email,
        which: Optional,
    ) -> Result<bool, ServiceError> {
        let standing = mail_address::load(&self.0.store, address)?;
        Ok(standing.is_none_or(|it| it.wants(which)))
    }

    pub(super) async fn want_mail(
        &self,
        address: &Email,
        which: Optional,
        wanted: bool,
    ) -> Result<(), ServiceError> {
        let now = self.now();
        self.change_standing(address, |it| it.want(which, wanted, now))
            .await
    }
}

/// Which of the mails that one may do without somebody gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailWishes {
    /// Reminders of appointments.
    pub reminders: bool,
    /// Digests of what was not read, if they have an account.
    pub digests: Option<bool>,
    /// Which mailbox this is: `a…@example.org`.
    pub address: String,
}

/// `a…@example.org`: enough for its owner.
fn veiled(address: &Email) -> String {
    let (local, domain) = address.as_str().split_once('@').unwrap_or(("", ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}…@{domain}")
}
