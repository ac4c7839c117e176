//! The way to the mail server, and what its answers mean for a mail.

use std::{sync::Arc, time::Duration};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{authentication::Credentials, response::Severity},
};
use parlor_domain::{account::Email, id::MailId, mail::Outcome};
use secrecy::{ExposeSecret, SecretString};

use super::texts::Rendered;
use crate::ports::PortFuture;

/// One mail, ready to go.
pub struct Letter {
    /// Becomes the Message-ID, so that a repeated mail is recognised.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// Their name.
    pub name: String,
    /// The words.
    pub words: Rendered,
}

/// Takes mails to somewhere.
pub trait MailTransport: Send + Sync {
    /// Sends one and says what became of it. Always answers.
    fn send(&self, letter: Letter) -> PortFuture<Outcome>;
}

/// How the line is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// STARTTLS, required (port 587).
    StartTls,
    /// None; for a server on this machine only.
    None,
}

/// Which server, and as whom.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub security: SmtpSecurity,
    /// User and password, if the server wants them.
    pub credentials: Option<(String, SecretString)>,
    /// Sender address.
    pub from_address: String,
    /// Sender name.
    pub from_name: String,
    /// Longest wait for one mail to be taken.
    pub timeout: Duration,
}

/// The settings name no server that could be spoken to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail: {0}")]
pub struct BadSmtp(String);

/// A mail server spoken to by SMTP, one connection per mail.
pub struct Smtp {
    transport: Arc<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    timeout: Duration,
}

impl Smtp {
    /// Speaks to this server. Does not connect yet.
    ///
    /// # Errors
    /// When the sender is no address or the host no name.
    pub fn new(config: &SmtpConfig) -> Result<Self, BadSmtp> {
        let address: Address = config
            .from_address
            .parse()
            .map_err(|error| BadSmtp(format!("from_address: {error}")))?;
        let builder = match config.security {
            SmtpSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&config.host),
            SmtpSecurity::StartTls => {
                AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&config.host)
            }
            SmtpSecurity::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(
                &config.host,
            )),
        };
        let builder = builder.map_err(|error| BadSmtp(format!("smtp_host: {error}")))?;
        let builder = match &config.credentials {
            Some((user, password)) => builder.credentials(Credentials::new(
                user.clone(),
                password.expose_secret().to_owned(),
            )),
            None => builder,
        };
        Ok(Self {
            transport: Arc::new(
                builder
                    .port(config.port)
                    .timeout(Some(config.timeout))
                    .build(),
            ),
            from: Mailbox::new(Some(config.from_name.clone()), address),
            timeout: config.timeout,
        })
    }

    fn message(&self, letter: Letter) -> Option<Message> {
        let to: Address = letter.to.as_str().parse().ok()?;
        let domain = self.from.email.domain();
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(letter.name), to))
            .subject(letter.words.subject)
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            .raw_header(header::HeaderValue::new(
                header::HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(MultiPart::alternative_plain_html(
                letter.words.text,
                letter.words.html,
            ))
            .ok()
    }
}

impl MailTransport for Smtp {
    fn send(&self, letter: Letter) -> PortFuture<Outcome> {
        let Some(message) = self.message(letter) else {
            return Box::pin(std::future::ready(Outcome::Never));
        };
        let (transport, timeout) = (Arc::clone(&self.transport), self.timeout);
        Box::pin(async move {
            // A server that is not there is a certainty; found out before the mail is on the wire,
            // because lettre does not tell a failed connect from a line that died later.
            match tokio::time::timeout(timeout, transport.test_connection()).await {
                Ok(Ok(true)) => {}
                Ok(Err(error)) if error.is_permanent() => return Outcome::Never,
                _ => return Outcome::Later,
            }
            // lettre's own timeout holds for the connect only.
            match tokio::time::timeout(timeout, transport.send(message)).await {
                Ok(Ok(answer)) => match answer.code().severity {
                    Severity::PositiveCompletion | Severity::PositiveIntermediate => {
                        Outcome::Accepted
                    }
                    Severity::TransientNegativeCompletion => Outcome::Later,
                    Severity::PermanentNegativeCompletion => Outcome::Never,
                },
                Ok(Err(error)) if error.is_permanent() => Outcome::Never,
                Ok(Err(error)) if error.is_transient() => Outcome::Later,
                Ok(Err(error)) if error.is_client() || error.is_tls() => Outcome::Later,
                Ok(Err(_)) | Err(_) => Outcome::Unknown,
            }
        })
    }
}
