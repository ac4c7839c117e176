//! The mailer: carries mails from the outbox to the mail server.
//!
//! A mail is a row of facts, written together with its cause; its words are made when it is sent
//! ([`MailTexts`]). Before the first byte goes out the attempt is on disk, so that after a crash
//! nobody believes it was never tried. Without a mail server the rows wait, and development mode
//! shows them. Must never log an address, a name or a line of text.

mod actor;
mod outbox;
mod smtp;
mod texts;

pub use actor::{MailSweep, Mailer};
pub use outbox::ShownMail;
pub use smtp::{Letter, MailTransport, Smtp, SmtpConfig, SmtpSecurity};
pub use texts::{MailTexts, Rendered};
