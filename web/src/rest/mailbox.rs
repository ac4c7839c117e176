//! The outbox as a mailbox, for people who try the product without a mail server. Mounted in
//! development only.

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{Data, Json},
};
use parlor_actors::mailer::ShownMail;
use serde::Serialize;

use super::Rest;
use crate::error::ApiError;

/// A mail as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MailBody {
    id: String,
    kind: String,
    state: String,
    to: String,
    name: String,
    subject: String,
    text: String,
    html: String,
    links: Vec<String>,
    queued_at: i64,
}

impl From<ShownMail> for MailBody {
    fn from(it: ShownMail) -> Self {
        Self {
            id: it.mail.id.to_string(),
            kind: it.mail.kind.word().to_owned(),
            state: it.mail.state.word().to_owned(),
            to: it.mail.to.as_str().to_owned(),
            name: it.mail.name,
            subject: it.rendered.subject,
            links: links_in(&it.rendered.text),
            text: it.rendered.text,
            html: it.rendered.html,
            queued_at: it.mail.created_at.0,
        }
    }
}

fn links_in(text: &str) -> Vec<String> {
    text.split_whitespace()
        .filter(|word| word.starts_with("http://") || word.starts_with("https://"))
        .map(str::to_owned)
        .collect()
}

/// The newest mails, newest first.
#[get("/dev/mailbox.json")]
pub(super) async fn json(rest: Data<Rest>) -> Result<Json<Vec<impl Serialize>>, ApiError> {
    let mails = rest.services.mailbox(&rest.texts)?;
    Ok(Json(mails.into_iter().map(MailBody::from).collect()))
}

/// The same as a page.
#[get("/dev/mailbox")]
pub(super) async fn page(rest: Data<Rest>) -> Result<HttpResponse, ApiError> {
    let mails = rest.services.mailbox(&rest.texts)?;
    let mut body = String::from(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Mailbox</title>\
         <meta name=viewport content=\"width=device-width\"><h1>Mailbox</h1>\
         <p>Mails of this server in development mode, newest first.</p>",
    );
    for mail in mails.into_iter().map(MailBody::from) {
        body.push_str(&format!(
            "<article><h2>{}</h2><p>To {} &lt;{}&gt; · {}</p><pre>{}</pre></article>",
            escaped(&mail.subject),
            escaped(&mail.name),
            escaped(&mail.to),
            escaped(&mail.state),
            with_links(&mail.text)
        ));
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'; form-action 'none'",
        ))
        .body(body))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// The text, escaped, with its addresses as links.
fn with_links(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let bare = word.trim_end();
            let is_link = bare.starts_with("http://") || bare.starts_with("https://");
            match (is_link, escaped(bare)) {
                (true, link) => format!("<a href=\"{link}\">{link}</a>{}", &word[bare.len()..]),
                (false, text) => format!("{text}{}", &word[bare.len()..]),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_links_and_markup_is_text() {
        assert_eq!(
            with_links("see http://h/j/x\nor <b>"),
            "see <a href=\"http://h/j/x\">http://h/j/x</a>\nor &lt;b&gt;"
        );
        assert_eq!(
            links_in("a https://h/1 b\nhttp://h/2"),
            ["https://h/1", "http://h/2"]
        );
    }
}
