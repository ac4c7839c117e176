//! The mailer: carries mails from the outbox to the mail server.
//!
//! A mail is a row of facts, written together with its cause; its words are made when it is sent
//! ([`MailTexts`]). Before the first byte goes out the attempt is on disk, so that after a crash
//! nobody believes it was never tried. Without a mail server the rows wait, and development mode
//! shows them. Must never log an address, a name or a line of text.

mod actor;
mod dkim;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
#[cfg(test)]
mod golden;
mod line_by_line;
mod message;
mod outbox;
mod smtp;
#[cfg(test)]
mod smtp_tests;
#[cfg(any(test, feature = "testing"))]
pub mod stand_in;
mod texts;
mod words;

pub use actor::{MailSweep, Mailer};
pub use dkim::{BadKey, Dkim};
pub use message::{Letter, Sender};
pub use outbox::{Round, Show, ShownMail};
pub use smtp::{
    BadSmtp, Delivery, LineFuture, MailLine, MailTransport, NoLine, Smtp, SmtpConfig, SmtpSecurity,
};
pub use texts::{MailTexts, Rendered};
pub use words::local_time;
