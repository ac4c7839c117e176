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

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
        net::{TcpListener, TcpStream},
        sync::mpsc,
    };
    use uuid::Uuid;

    use super::*;

    /// How the mail server behaves.
    #[derive(Clone, Copy)]
    enum Server {
        Good,
        /// Answers RCPT with this line.
        Rcpt(&'static str),
        /// Takes the mail and hangs up without an answer.
        HangsUpAfterDot,
        /// Takes the mail and says nothing, ever.
        Silent,
    }

    /// A mail server on a free port; gives the port and the mails that it was handed.
    async fn start(server: Server) -> (u16, mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (handed, mails) = mpsc::unbounded_channel();
        actix::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let handed = handed.clone();
                actix::spawn(async move { converse(stream, server, handed).await });
            }
        });
        (port, mails)
    }

    async fn converse(
        stream: TcpStream,
        server: Server,
        handed: mpsc::UnboundedSender<String>,
    ) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 stub\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let word = line.split([' ', ':']).next().unwrap_or("").to_uppercase();
            let answer = match (word.as_str(), server) {
                ("RCPT", Server::Rcpt(answer)) => answer,
                ("DATA", _) => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    let mut mail = String::new();
                    loop {
                        let line = lines.next_line().await.ok()??;
                        if line == "." {
                            break;
                        }
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    handed.send(mail).ok()?;
                    match server {
                        Server::HangsUpAfterDot => return None,
                        Server::Silent => std::future::pending().await,
                        _ => "250 taken",
                    }
                }
                ("QUIT", _) => "221 bye",
                _ => "250 fine",
            };
            write
                .write_all(format!("{answer}\r\n").as_bytes())
                .await
                .ok()?;
        }
        None
    }

    async fn send_to(port: u16) -> Outcome {
        let smtp = Smtp::new(&SmtpConfig {
            host: "127.0.0.1".into(),
            port,
            security: SmtpSecurity::None,
            credentials: None,
            from_address: "noreply@parlor.example".into(),
            from_name: "Parlor".into(),
            timeout: Duration::from_millis(500),
        });
        let letter = Letter {
            id: MailId(Uuid::from_u128(7)),
            to: Email::parse("ada@example.org").unwrap(),
            name: "Ada".into(),
            words: Rendered {
                subject: "Grüße".into(),
                text: "Hello\n".into(),
                html: "<p>Hello</p>".into(),
            },
        };
        smtp.unwrap().send(letter).await
    }

    #[actix::test]
    async fn what_an_answer_means() {
        for (server, expected) in [
            (Server::Good, Outcome::Accepted),
            (Server::Rcpt("451 later"), Outcome::Later),
            (Server::Rcpt("550 nobody"), Outcome::Never),
            (Server::HangsUpAfterDot, Outcome::Unknown),
            (Server::Silent, Outcome::Unknown),
        ] {
            let (port, _mails) = start(server).await;
            assert_eq!(send_to(port).await, expected);
        }
    }

    #[actix::test]
    async fn a_server_that_is_not_there_is_tried_later() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        assert_eq!(send_to(port).await, Outcome::Later);
    }

    #[actix::test]
    async fn a_mail_carries_both_forms_and_its_name() {
        let (port, mut mails) = start(Server::Good).await;
        send_to(port).await;
        let mail = mails.recv().await.unwrap();
        for part in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@parlor.example>",
            "Auto-Submitted: auto-generated",
            "text/plain",
            "text/html",
            "multipart/alternative",
        ] {
            assert!(mail.contains(part), "{part} in {mail}");
        }
    }
}
