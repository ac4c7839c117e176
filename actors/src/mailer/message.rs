//! A letter as the bytes that go over the line: headers, text and HTML, and the calendar entry where
//! there is one. The same letter makes the same bytes, whenever it is sent again.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use lettre::{
    Address, Message,
    message::{
        Attachment, Mailbox, MultiPart, MultiPartKind, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use parlor_domain::{account::Email, id::MailId, time::Timestamp};

use super::{dkim::Dkim, texts::Rendered};
use crate::calendar::CalendarPart;

/// One mail, ready to go.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Becomes the Message-ID, so that a repeated mail is recognised.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// Their name.
    pub name: String,
    /// When it was queued; its date.
    pub written_at: Timestamp,
    /// The words.
    pub words: Rendered,
    /// The calendar entry that it brings, moves or takes away.
    pub calendar: Option<CalendarPart>,
    /// Where its reader is spared of mails of this kind, for kinds that one can do without.
    pub off_link: Option<String>,
}

/// A letter on its way: whom the line is told, and the text with its end mark.
pub(super) struct Sealed {
    pub from: Address,
    pub to: Address,
    pub text: String,
}

/// Who sends.
pub struct Sender {
    from: Mailbox,
    dkim: Option<Arc<Dkim>>,
}

impl Sender {
    /// Sends under this name.
    pub fn new(name: &str, address: Address, dkim: Option<Arc<Dkim>>) -> Self {
        Self {
            from: Mailbox::new(Some(name.to_owned()), address),
            dkim,
        }
    }

    /// The mail as RFC 5322 has it, signed if there is a key; `None` when it cannot be made, such as
    /// for an address that lettre does not take.
    pub fn message(&self, letter: &Letter) -> Option<Vec<u8>> {
        let to: Address = letter.to.as_str().parse().ok()?;
        let domain = self.from.email.domain();
        let millis = u64::try_from(letter.written_at.0).unwrap_or(0);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(letter.name.clone()), to))
            .subject(letter.words.subject.clone())
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(format!("<{}@{domain}>", letter.id)));
        let mut extra = vec![
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("Content-Language", letter.words.language.to_owned()),
        ];
        if let Some(link) = &letter.off_link {
            extra.push(("List-Unsubscribe", format!("<{link}>")));
            extra.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".into()));
        }
        for (name, value) in extra {
            let name = HeaderName::new_from_ascii_str(name);
            builder = builder.raw_header(HeaderValue::new(name, value));
        }
        let message = builder.multipart(body(letter)?).ok()?.formatted();
        Some(match &self.dkim {
            Some(dkim) => [dkim.sign(&message, letter.written_at)?.as_bytes(), &message].concat(),
            None => message,
        })
    }

    pub(super) fn seal(&self, letter: &Letter) -> Option<Sealed> {
        Some(Sealed {
            from: self.from.email.clone(),
            to: letter.to.as_str().parse().ok()?,
            text: transparent(String::from_utf8(self.message(letter)?).ok()?),
        })
    }
}

/// With lines that begin with a dot made safe and the end mark, so that it goes out in one piece: in two,
/// the second would wait for the other side's delayed acknowledgement.
fn transparent(message: String) -> String {
    let mut text = message.replace("\r\n.", "\r\n..");
    if text.starts_with('.') {
        text.insert(0, '.');
    }
    if !text.ends_with("\r\n") {
        text.push_str("\r\n");
    }
    text.push_str(".\r\n");
    text
}

fn body(letter: &Letter) -> Option<MultiPart> {
    let part = |kind, name: &str| {
        let builder = MultiPart::builder().kind(kind);
        builder.boundary(format!("{name}-{}", letter.id)).build()
    };
    let mut forms = part(MultiPartKind::Alternative, "forms")
        .singlepart(SinglePart::plain(letter.words.text.clone()))
        .singlepart(SinglePart::html(letter.words.html.clone()));
    let Some(calendar) = &letter.calendar else {
        return Some(forms);
    };
    // METHOD stands in the type as in the object, or it is shown as a file (RFC 6047, 2.4).
    let kind = format!("text/calendar; method={}; charset=utf-8", calendar.method);
    let entry = SinglePart::builder()
        .content_type(ContentType::parse(&kind).ok()?)
        .body(calendar.text.clone());
    forms = forms.singlepart(entry);
    let file = Attachment::new("invite.ics".into()).body(
        calendar.text.clone(),
        ContentType::parse("application/ics").ok()?,
    );
    let all = part(MultiPartKind::Mixed, "all");
    Some(all.multipart(forms).singlepart(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_dots_do_not_end_a_mail() {
        assert_eq!(
            transparent(".a\r\n.\r\nb".into()),
            "..a\r\n..\r\nb\r\n.\r\n"
        );
        assert_eq!(transparent("a\r\n".into()), "a\r\n.\r\n");
    }
}
