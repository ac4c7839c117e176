//! The way to the mail server, and what its answers mean for a mail.
//!
//! lettre speaks SMTP, but one step at a time under our hand: its own sending does not say how far it
//! came, and its timeout holds for the connect only. So every step has a limit, and whether the text
//! was handed over is known: before that a broken line is a certainty (nothing was delivered), after it
//! nobody knows. A line serves the mails of one sweep and is closed then; servers cut idle ones.

use std::{pin::Pin, sync::Arc, time::Duration};

use lettre::{
    Address,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Certificate, TlsParameters, TlsParametersBuilder},
        commands::{Data, Mail, Rcpt, Rset},
        extension::{ClientId, Extension, MailParameter},
        response::Response,
    },
};
use parlor_domain::mail::Outcome;
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;

use super::{
    dkim::Dkim,
    line_by_line::LineByLine,
    message::{Letter, Sealed, Sender},
};
use crate::ports::PortFuture;

/// What became of a letter, and whether the line can take another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// For the mail.
    pub outcome: Outcome,
    /// The server's answer, if it gave one.
    pub reply: Option<u16>,
    /// Whether the line is of use for the next letter.
    pub line_is_good: bool,
    /// Whether the line broke before the text was handed over: certainly not delivered, and on a line
    /// that served before no more than a server's habit of cutting idle lines.
    pub stale: bool,
}

/// Why there is no line to the mail server. Has no address in it: it is shown and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLine {
    /// Nobody answered.
    #[error("the mail server is not reached")]
    Unreachable,
    /// It answered with a refusal.
    #[error("the mail server refuses us with {0}")]
    Refused(u16),
    /// It wants another user or password.
    #[error("the mail server refuses the user or the password ({0})")]
    Login(u16),
    /// It does not offer what would protect the line; or somebody on the way hides the offer. Never
    /// a reason to go on without.
    #[error("no protected line to the mail server: it offers no STARTTLS")]
    NoStartTls,
    /// Its certificate is of another name than the configured one.
    #[error("no protected line to the mail server: its certificate is of another name")]
    WrongName,
    /// Its certificate is over, or not valid yet.
    #[error(
        "no protected line to the mail server: its certificate has expired or is not valid yet"
    )]
    Expired,
    /// Nobody that we trust vouches for its certificate.
    #[error(
        "no protected line to the mail server: its certificate is signed by nobody that is trusted"
    )]
    Untrusted,
    /// It does not speak TLS where it should.
    #[error("no protected line to the mail server: it does not speak TLS as configured")]
    Unprotected,
    /// It was silent for too long.
    #[error("the mail server did not answer in time")]
    Silent,
}

/// Opens lines to where mails go.
pub trait MailTransport: Send + Sync {
    /// Opens one. Always answers.
    fn connect(&self) -> PortFuture<Result<Box<dyn MailLine>, NoLine>>;
}

/// A future that borrows the line.
pub type LineFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A line to a mail server.
pub trait MailLine: Send {
    /// Hands one letter over and says what became of it. Always answers.
    fn send<'a>(&'a mut self, letter: &'a Letter) -> LineFuture<'a, Delivery>;
    /// Says goodbye, in a bounded time.
    fn close(self: Box<Self>) -> PortFuture<()>;
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
    /// An authority to trust besides the public ones, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// User and password, if the server wants them.
    pub credentials: Option<(String, SecretString)>,
    /// Sender address.
    pub from_address: String,
    /// Sender name.
    pub from_name: String,
    /// Longest wait for one step of the conversation.
    pub timeout: Duration,
    /// Signs what goes out.
    pub dkim: Option<Arc<Dkim>>,
}

/// The settings name no server that could be spoken to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail: {0}")]
pub struct BadSmtp(String);

/// A mail server spoken to by SMTP.
pub struct Smtp(Arc<Server>);

struct Server {
    host: String,
    port: u16,
    security: SmtpSecurity,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    hello: ClientId,
    sender: Sender,
    timeout: Duration,
}

impl Smtp {
    /// Speaks to this server. Does not connect yet.
    ///
    /// # Errors
    /// When the sender is no address, the host no name, or the authority no certificate.
    pub fn new(config: &SmtpConfig) -> Result<Self, BadSmtp> {
        let bad = |what: &str, error: &dyn std::fmt::Display| BadSmtp(format!("{what}: {error}"));
        let address: Address = config
            .from_address
            .parse()
            .map_err(|error| bad("from_address", &error))?;
        let tls = match config.security {
            SmtpSecurity::None => None,
            _ => {
                let mut builder = TlsParametersBuilder::new(config.host.clone());
                if let Some(pem) = &config.ca_pem {
                    let authority =
                        Certificate::from_pem(pem).map_err(|error| bad("smtp_ca_file", &error))?;
                    builder = builder.add_root_certificate(authority);
                }
                Some(builder.build().map_err(|error| bad("smtp_host", &error))?)
            }
        };
        let credentials = config.credentials.as_ref().map(|(user, password)| {
            Credentials::new(user.clone(), password.expose_secret().to_owned())
        });
        Ok(Self(Arc::new(Server {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            tls,
            credentials,
            hello: ClientId::Domain(address.domain().to_owned()),
            sender: Sender::new(&config.from_name, address, config.dkim.clone()),
            timeout: config.timeout,
        })))
    }
}

impl MailTransport for Smtp {
    fn connect(&self) -> PortFuture<Result<Box<dyn MailLine>, NoLine>> {
        let server = Arc::clone(&self.0);
        Box::pin(async move {
            // Connect, greeting, TLS and login are four conversations; together they may take as long
            // as one step of the slowest of them.
            let opening = tokio::time::timeout(server.timeout, server.open());
            let connection = opening.await.unwrap_or(Err(NoLine::Silent))?;
            let line = SmtpLine { server, connection };
            Ok(Box::new(line) as Box<dyn MailLine>)
        })
    }
}

impl Server {
    async fn open(&self) -> Result<AsyncSmtpConnection, NoLine> {
        let mut connection = match (self.security, &self.tls) {
            (SmtpSecurity::StartTls, Some(tls)) => self.open_starttls(tls).await?,
            (_, tls) => {
                let to = (self.host.as_str(), self.port);
                let (limit, hello) = (Some(self.timeout), &self.hello);
                AsyncSmtpConnection::connect_tokio1(to, limit, hello, tls.clone(), None)
                    .await
                    .map_err(|error| no_line(&error))?
            }
        };
        if let Some(credentials) = &self.credentials {
            let login = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            login.map_err(|error| NoLine::Login(error.status().map_or(0, u16::from)))?;
        }
        Ok(connection)
    }

    /// Speaks in the clear as little as possible: greeting, EHLO, STARTTLS.
    async fn open_starttls(&self, tls: &TlsParameters) -> Result<AsyncSmtpConnection, NoLine> {
        let to = (self.host.as_str(), self.port);
        let stream = TcpStream::connect(to).await;
        let stream = Box::new(LineByLine::new(stream.map_err(|_| NoLine::Unreachable)?));
        let opened = AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await;
        let mut connection = opened.map_err(|error| no_line(&error))?;
        if !connection.can_starttls() {
            return Err(NoLine::NoStartTls);
        }
        let protected = connection.starttls(tls.clone(), &self.hello).await;
        protected.map_err(|error| no_line(&error))?;
        Ok(connection)
    }
}

/// Why a connection did not come to stand. rustls' errors come inside I/O errors.
fn no_line(error: &Error) -> NoLine {
    if let Some(code) = error.status() {
        return NoLine::Refused(code.into());
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let io = inner.downcast_ref::<std::io::Error>();
        if let Some(tls) = io.and_then(|it| it.get_ref()?.downcast_ref::<rustls::Error>()) {
            return why_unprotected(tls);
        }
        source = inner.source();
    }
    NoLine::Unreachable
}

fn why_unprotected(error: &rustls::Error) -> NoLine {
    use rustls::CertificateError as C;
    match error {
        rustls::Error::InvalidCertificate(why) => match why {
            C::NotValidForName | C::NotValidForNameContext { .. } => NoLine::WrongName,
            C::Expired
            | C::ExpiredContext { .. }
            | C::NotValidYet
            | C::NotValidYetContext { .. } => NoLine::Expired,
            _ => NoLine::Untrusted,
        },
        _ => NoLine::Unprotected,
    }
}

struct SmtpLine {
    server: Arc<Server>,
    connection: AsyncSmtpConnection,
}

/// A step of the conversation that did not go well.
enum Trouble {
    /// The server said no for now.
    Later(u16),
    /// The server said no for good.
    Never(u16),
    /// The line broke or fell silent.
    Broken,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error.status().map(u16::from) {
            Some(code) if error.is_permanent() => Self::Never(code),
            Some(code) => Self::Later(code),
            None => Self::Broken,
        }
    }
}

/// "Service not available, closing": whatever was asked, the line is over (RFC 5321, 3.8).
const CLOSING: u16 = 421;

impl SmtpLine {
    async fn step<C: std::fmt::Display>(&mut self, command: C) -> Result<Response, Trouble> {
        let answer = self.connection.command(command);
        match tokio::time::timeout(self.server.timeout, answer).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Trouble::Broken),
        }
    }

    /// Names sender and receiver and asks to hand the text over.
    async fn announce(&mut self, mail: &Sealed) -> Result<(), Delivery> {
        let mut options = vec![];
        if !AsRef::<str>::as_ref(&mail.to).is_ascii() {
            let server = self.connection.server_info();
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return Err(refused(Outcome::NoMailbox, None, true));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        // A refused sender is about us, not about the reader: somebody may mend it.
        let from = Mail::new(Some(mail.from.clone()), options);
        self.step(from).await.map_err(|trouble| match trouble {
            Trouble::Never(code) => refused(Outcome::Later, Some(code), false),
            other => before_the_text(other, Outcome::Later),
        })?;
        let to = Rcpt::new(mail.to.clone(), vec![]);
        self.step(to)
            .await
            .map_err(|trouble| before_the_text(trouble, Outcome::NoMailbox))?;
        self.step(Data)
            .await
            .map_err(|trouble| before_the_text(trouble, Outcome::Never))?;
        Ok(())
    }

    async fn deliver(&mut self, mail: &Sealed) -> Delivery {
        if let Err(delivery) = self.announce(mail).await {
            return self.reset(delivery).await;
        }
        match self.step(mail.text.as_str()).await {
            Ok(answer) => Delivery {
                outcome: Outcome::Accepted,
                reply: Some(answer.code().into()),
                line_is_good: true,
                stale: false,
            },
            Err(Trouble::Never(code)) => refused(Outcome::Never, Some(code), true),
            Err(Trouble::Later(code)) => refused(Outcome::Later, Some(code), code != CLOSING),
            Err(Trouble::Broken) => refused(Outcome::Unknown, None, false),
        }
    }

    /// After a refusal the next letter begins afresh.
    async fn reset(&mut self, delivery: Delivery) -> Delivery {
        let line_is_good = delivery.line_is_good && self.step(Rset).await.is_ok();
        Delivery {
            line_is_good,
            ..delivery
        }
    }
}

fn refused(outcome: Outcome, reply: Option<u16>, line_is_good: bool) -> Delivery {
    Delivery {
        outcome,
        reply,
        line_is_good,
        stale: false,
    }
}

/// Trouble while nothing was handed over; `for_good` is what a 5xx means at this step.
fn before_the_text(trouble: Trouble, for_good: Outcome) -> Delivery {
    match trouble {
        Trouble::Never(code) => refused(for_good, Some(code), true),
        Trouble::Later(code) => refused(Outcome::Later, Some(code), code != CLOSING),
        Trouble::Broken => Delivery {
            stale: true,
            ..refused(Outcome::Later, None, false)
        },
    }
}

impl MailLine for SmtpLine {
    fn send<'a>(&'a mut self, letter: &'a Letter) -> LineFuture<'a, Delivery> {
        Box::pin(async move {
            match self.server.sender.seal(letter) {
                Some(mail) => self.deliver(&mail).await,
                None => refused(Outcome::Never, None, true),
            }
        })
    }

    fn close(mut self: Box<Self>) -> PortFuture<()> {
        Box::pin(async move {
            let goodbye = self.connection.quit();
            drop(tokio::time::timeout(GOODBYE, goodbye).await);
        })
    }
}

/// Longest wait for the answer to QUIT.
const GOODBYE: Duration = Duration::from_secs(2);
