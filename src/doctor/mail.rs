//! Whether the mail server takes us: connection, protection and login, as the mailer does it. Nothing
//! is sent.

use std::time::Duration;

use parlor_actors::mailer::{MailTransport, NoLine, Smtp};

use super::{
    Place, block_on,
    finding::{Check, Finding, Says},
};
use crate::app;

/// Longest wait; the mailer itself waits longer.
const WAIT: Duration = Duration::from_secs(10);

/// Knocks at the mail server.
pub fn examine(place: &Place) -> Finding {
    let mail = &place.config.mail;
    let server = format!("{}:{}", mail.smtp_host, mail.smtp_port);
    let new = |says| Finding::new(Check::Mail, "", says).with("server", &server);
    let smtp = match app::smtp(&place.config, place.host()) {
        Ok(None) => return new(Says::MailOff),
        Ok(Some(smtp)) => smtp,
        Err(why) => return new(Says::MailConfig).with("why", format!("{why:#}")),
    };
    let mut smtp = smtp;
    smtp.timeout = smtp.timeout.min(WAIT);
    let smtp = match Smtp::new(&smtp) {
        Ok(smtp) => smtp,
        Err(why) => return new(Says::MailConfig).with("why", why),
    };
    let came = block_on(async move {
        let line = smtp.connect().await?;
        line.close().await;
        Ok::<(), NoLine>(())
    });
    match came {
        None => new(Says::MailConfig).with("why", "this machine lets no more threads begin"),
        Some(Ok(())) => new(Says::MailFine),
        Some(Err(why)) => trouble(why, new),
    }
}

fn trouble(why: NoLine, new: impl Fn(Says) -> Finding) -> Finding {
    match why {
        NoLine::Unreachable => new(Says::MailUnreachable),
        NoLine::Refused(code) => new(Says::MailRefused).with("code", code),
        NoLine::Login(code) => new(Says::MailLogin).with("code", code),
        NoLine::NoStartTls => new(Says::MailStarttls),
        NoLine::WrongName => new(Says::MailName),
        NoLine::Expired => new(Says::MailExpired),
        NoLine::Untrusted => new(Says::MailUntrusted),
        NoLine::Unprotected => new(Says::MailUnprotected),
        NoLine::Silent => new(Says::MailSilent),
    }
}
