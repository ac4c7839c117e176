//! A mail to the operator, straight to the mail server: the outbox lies in the store, and the store may
//! be what the mail is about.

use std::sync::Arc;

use parlor_domain::{account::Email, id::MailId, mail::Outcome};

use super::{Answer, Channel, Parcel, words};
use crate::{
    mailer::{Letter, MailTransport, Rendered},
    ports::PortFuture,
};

/// Mails to this address.
pub struct AlertMail {
    to: Email,
    transport: Arc<dyn MailTransport>,
}

impl AlertMail {
    /// Through this mail server.
    pub fn new(to: Email, transport: Arc<dyn MailTransport>) -> Self {
        Self { to, transport }
    }
}

impl Channel for AlertMail {
    fn name(&self) -> &'static str {
        "mail"
    }

    fn send(&self, parcel: Arc<Parcel>) -> PortFuture<Answer> {
        let (letter, connecting) = (letter(&parcel, &self.to), self.transport.connect());
        Box::pin(async move {
            let mut line = match connecting.await {
                Ok(line) => line,
                Err(why) => return Answer::Later(why.to_string(), None),
            };
            let delivery = line.send(&letter).await;
            line.close().await;
            let reply = delivery.reply.map_or("nothing".into(), |it| it.to_string());
            let why = format!("the mail server answered {reply}");
            match delivery.outcome {
                Outcome::Accepted => Answer::Taken,
                // Twice is better than never; the Message-ID is the same.
                Outcome::Later | Outcome::Unknown => Answer::Later(why, None),
                Outcome::Never | Outcome::NoMailbox => Answer::Never(why),
            }
        })
    }
}

fn letter(parcel: &Parcel, to: &Email) -> Letter {
    let (title, lines) = (words::title(parcel), words::lines(parcel));
    let first = parcel.notice.lines.first();
    let first = first.map_or("A test", |it| it.topic.title());
    let foot = format!("{}, {}", parcel.site, words::instant(parcel.notice.at));
    let paragraphs = lines.iter().chain([&foot]);
    let html: String = paragraphs
        .map(|it| format!("<p>{}</p>", escaped(it)))
        .collect();
    Letter {
        id: MailId(parcel.id),
        to: to.clone(),
        name: "Operator".into(),
        written_at: parcel.notice.at,
        words: Rendered {
            language: "en",
            subject: format!("{title}: {first}"),
            text: format!("{}\n\n{foot}\n", lines.join("\n")),
            html,
        },
        calendar: None,
        off_link: None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
