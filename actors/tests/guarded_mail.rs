//! Protected lines to a mail server of somebody else's (aiosmtpd, `tests/foreign/mail/guarded.py`), with
//! an authority of our own: what is good arrives, what is not is refused with words, and nothing goes out
//! without protection, whatever somebody on the way takes away or adds.
//!
//! `make foreign-mail` runs it, with `PARLOR_MAIL_PYTHON` (a Python that has aiosmtpd).

#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader, Lines},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::Duration,
};

use parlor_actors::mailer::{
    Delivery, Letter, MailTransport, NoLine, Rendered, Smtp, SmtpConfig, SmtpSecurity,
};
use parlor_domain::{account::Email, id::MailId, mail::Outcome, time::Timestamp};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use secrecy::SecretString;
use uuid::Uuid;

/// What the server shows.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shows {
    Good,
    WrongName,
    Expired,
    NotYet,
    /// Good, but by an authority that we are not told of.
    Untrusted,
    /// Its own authority, as a self-signed one is.
    SelfSigned,
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Writes certificate and key into the folder.
    fn sign(&self, shows: Shows, folder: &Path) {
        let name = match shows {
            Shows::WrongName => "mail.example.org",
            _ => "localhost",
        };
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        match shows {
            Shows::Expired => params.not_after = date_time_ymd(2024, 1, 1),
            Shows::NotYet => params.not_before = date_time_ymd(4000, 1, 1),
            _ => {}
        }
        let signed = match shows {
            Shows::SelfSigned => params.self_signed(&key),
            _ => params.signed_by(&key, &self.issuer),
        };
        std::fs::write(folder.join("certificate.pem"), signed.unwrap().pem()).unwrap();
        std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    }
}

/// aiosmtpd; ends with the test.
struct Foreign {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Foreign {
    fn start(mode: &str, folder: &Path) -> Self {
        let python = std::env::var_os("PARLOR_MAIL_PYTHON").expect("a Python that has aiosmtpd");
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/foreign/mail/guarded.py"
        );
        let mut process = Command::new(python)
            .arg(script)
            .arg(mode)
            .arg(folder.join("certificate.pem"))
            .arg(folder.join("key.pem"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = said.next().unwrap().unwrap().parse().unwrap();
        Self {
            process,
            said,
            port,
        }
    }

    /// Everything that it says until it ends.
    fn end(mut self) -> Vec<String> {
        drop(self.process.stdin.take());
        let rest = self.said.by_ref().map_while(Result::ok).collect();
        self.process.wait().unwrap();
        rest
    }
}

fn letter() -> Letter {
    Letter {
        id: MailId(Uuid::from_u128(7)),
        to: Email::parse("ada@example.org").unwrap(),
        name: "Ada".into(),
        written_at: Timestamp(1_772_445_600_000),
        words: Rendered {
            language: "en",
            subject: "Hello".into(),
            text: "Hello\n".into(),
            html: "<p>Hello</p>".into(),
        },
        calendar: None,
        off_link: None,
    }
}

/// One letter to a server in this mode that shows this; what came of it, and what the server saw.
async fn send(
    mode: &str,
    security: SmtpSecurity,
    shows: Shows,
    password: &str,
) -> (Result<Outcome, NoLine>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (authority, other) = (Authority::new(), Authority::new());
    authority.sign(shows, folder.path());
    let trusted = match shows {
        Shows::Untrusted => other.pem,
        _ => authority.pem,
    };
    let server = Foreign::start(mode, folder.path());
    let smtp = Smtp::new(&SmtpConfig {
        host: "localhost".into(),
        port: server.port,
        security,
        ca_pem: Some(trusted.into_bytes()),
        credentials: (!password.is_empty())
            .then(|| ("ada".to_owned(), SecretString::from(password.to_owned()))),
        from_address: "noreply@parlor.example".into(),
        from_name: "Parlor".into(),
        timeout: Duration::from_secs(20),
        dkim: None,
    })
    .unwrap();
    let result = match smtp.connect().await {
        Ok(mut line) => {
            let Delivery { outcome, .. } = line.send(&letter()).await;
            line.close().await;
            Ok(outcome)
        }
        Err(why) => Err(why),
    };
    (result, server.end())
}

const ARRIVED: &str = "<00000000-0000-0000-0000-000000000007@parlor.example>";

#[actix::test]
#[ignore = "needs aiosmtpd: make foreign-mail"]
async fn what_is_protected_well_arrives() {
    let (result, saw) = send("tls", SmtpSecurity::Tls, Shows::Good, "").await;
    assert_eq!(
        (result, saw),
        (Ok(Outcome::Accepted), vec![ARRIVED.to_owned()])
    );
    let security = SmtpSecurity::StartTls;
    let (result, saw) = send("starttls", security, Shows::Good, "correct horse").await;
    let expected = vec!["login protected".to_owned(), ARRIVED.to_owned()];
    assert_eq!((result, saw), (Ok(Outcome::Accepted), expected));
    let (result, saw) = send("starttls", security, Shows::Good, "another horse").await;
    assert_eq!(result, Err(NoLine::Login(535)));
    assert_eq!(saw, ["login protected"]);
}

#[actix::test]
#[ignore = "needs aiosmtpd: make foreign-mail"]
async fn a_bad_certificate_is_refused_with_its_reason() {
    let cases = [
        (Shows::WrongName, NoLine::WrongName),
        (Shows::Expired, NoLine::Expired),
        (Shows::NotYet, NoLine::Expired),
        (Shows::Untrusted, NoLine::Untrusted),
        (Shows::SelfSigned, NoLine::Untrusted),
    ];
    for (mode, security) in [
        ("tls", SmtpSecurity::Tls),
        ("starttls", SmtpSecurity::StartTls),
    ] {
        for (shows, expected) in cases {
            let (result, saw) = send(mode, security, shows, "correct horse").await;
            assert_eq!(result, Err(expected), "{mode} {shows:?}");
            assert!(saw.is_empty(), "{mode} {shows:?}: {saw:?}");
        }
    }
}

#[actix::test]
#[ignore = "needs aiosmtpd: make foreign-mail"]
async fn nobody_on_the_way_takes_the_protection_away() {
    let starttls = SmtpSecurity::StartTls;
    let (result, saw) = send("stripped", starttls, Shows::Good, "correct horse").await;
    assert_eq!((result, saw), (Err(NoLine::NoStartTls), vec![]));
    let (result, saw) = send("stripped", SmtpSecurity::Tls, Shows::Good, "correct horse").await;
    assert_eq!((result, saw), (Err(NoLine::Unprotected), vec![]));
    // Words in the clear behind the answer to STARTTLS are not taken for words inside TLS.
    let (result, saw) = send("injected", starttls, Shows::Good, "correct horse").await;
    assert_eq!((result, saw), (Err(NoLine::Unprotected), vec![]));
}
