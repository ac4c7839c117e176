//! The SMTP line against a server that misbehaves at every step.

use std::{sync::Arc, time::Duration};

use parlor_domain::{account::Email, id::MailId, mail::Outcome, time::Timestamp};
use uuid::Uuid;

use super::{
    Delivery, Letter, MailTransport, NoLine, Rendered, Smtp, SmtpConfig, SmtpSecurity,
    stand_in::{Reply, StandIn, Step},
};

fn config(port: u16, security: SmtpSecurity) -> SmtpConfig {
    SmtpConfig {
        host: "127.0.0.1".into(),
        port,
        security,
        ca_pem: None,
        credentials: None,
        from_address: "noreply@parlor.example".into(),
        from_name: "Parlor".into(),
        timeout: Duration::from_millis(700),
        dkim: None,
    }
}

fn letter() -> Letter {
    Letter {
        id: MailId(Uuid::from_u128(7)),
        to: Email::parse("ada@example.org").unwrap(),
        name: "Ada".into(),
        written_at: Timestamp(1_772_445_600_000),
        words: Rendered {
            language: "de",
            subject: "Grüße".into(),
            text: "Hello\n.\nthere\n".into(),
            html: "<p>Hello</p>".into(),
        },
        calendar: None,
        off_link: None,
    }
}

fn server(at: Step, reply: Reply) -> StandIn {
    StandIn::start(Arc::new(move |step, _| (step == at).then_some(reply)))
}

async fn send_to(port: u16) -> Result<Delivery, NoLine> {
    let smtp = Smtp::new(&config(port, SmtpSecurity::None)).unwrap();
    let mut line = smtp.connect().await?;
    let delivery = line.send(&letter()).await;
    line.close().await;
    Ok(delivery)
}

/// A letter to each of these servers, all at once: some are waited for.
async fn each<const N: usize>(servers: [(Step, Reply); N]) -> Vec<Result<Delivery, NoLine>> {
    let sending = servers.map(async |(at, reply)| {
        let server = server(at, reply);
        send_to(server.port).await
    });
    futures_util::future::join_all(sending).await
}

#[actix::test]
async fn p11_what_a_server_does_and_what_it_means_for_the_mail() {
    use Outcome::*;
    use Reply::*;
    use Step::*;
    // where, what, then: outcome, its answer, whether the line is good, whether it went stale
    let cases = [
        (From, Say("451 later"), (Later, Some(451), true, false)),
        (From, Say("550 not you"), (Later, Some(550), false, false)),
        (From, Say("421 closing"), (Later, Some(421), false, false)),
        (From, Close, (Later, None, false, true)),
        (From, Stall, (Later, None, false, true)),
        (To, Say("451 later"), (Later, Some(451), true, false)),
        (To, Say("550 nobody"), (NoMailbox, Some(550), true, false)),
        (To, Say("421 closing"), (Later, Some(421), false, false)),
        (To, Close, (Later, None, false, true)),
        (To, Stall, (Later, None, false, true)),
        (Data, Say("451 later"), (Later, Some(451), true, false)),
        (Data, Say("554 no"), (Never, Some(554), true, false)),
        (Data, Say("421 closing"), (Later, Some(421), false, false)),
        (Data, Close, (Later, None, false, true)),
        (Data, Stall, (Later, None, false, true)),
        (Dot, Say("451 later"), (Later, Some(451), true, false)),
        (Dot, Say("550 spam"), (Never, Some(550), true, false)),
        (Dot, Say("421 closing"), (Later, Some(421), false, false)),
        // The text was handed over and nobody knows.
        (Dot, Close, (Unknown, None, false, false)),
        (Dot, Stall, (Unknown, None, false, false)),
        (Dot, Say("250 taken"), (Accepted, Some(250), true, false)),
    ];
    let found = each(cases.map(|(at, reply, _)| (at, reply))).await;
    for ((at, reply, (outcome, code, line_is_good, stale)), found) in cases.iter().zip(found) {
        let expected = Delivery {
            outcome: *outcome,
            reply: *code,
            line_is_good: *line_is_good,
            stale: *stale,
        };
        assert_eq!(found, Ok(expected), "{at:?} {reply:?}");
    }
}

#[actix::test]
async fn why_there_is_no_line() {
    use Reply::*;
    use Step::*;
    let cases = [
        (Greeting, Say("421 full"), NoLine::Refused(421)),
        (Greeting, Say("554 go away"), NoLine::Refused(554)),
        (Greeting, Close, NoLine::Unreachable),
        (Greeting, Stall, NoLine::Silent),
        (Hello, Say("550 no"), NoLine::Refused(550)),
        (Hello, Close, NoLine::Unreachable),
        (Hello, Stall, NoLine::Silent),
    ];
    let found = each(cases.map(|(at, reply, _)| (at, reply))).await;
    for ((at, reply, expected), found) in cases.iter().zip(found) {
        assert_eq!(found, Err(*expected), "{at:?} {reply:?}");
    }
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    assert_eq!(send_to(port).await, Err(NoLine::Unreachable));
}

#[actix::test]
async fn a_line_that_must_be_protected_is_not_used_without() {
    let server = StandIn::good();
    let smtp = Smtp::new(&config(server.port, SmtpSecurity::StartTls)).unwrap();
    assert_eq!(smtp.connect().await.err(), Some(NoLine::NoStartTls));
    assert!(server.received.try_recv().is_err());
}

#[actix::test]
async fn one_line_takes_many_letters_and_goes_on_after_a_refusal() {
    let server = StandIn::start(Arc::new(|step, letter| {
        (step == Step::Dot && letter == 1).then_some(Reply::Say("550 spam"))
    }));
    let smtp = Smtp::new(&config(server.port, SmtpSecurity::None)).unwrap();
    let mut line = smtp.connect().await.unwrap();
    let mut outcomes = vec![];
    for _ in 0..3 {
        outcomes.push(line.send(&letter()).await.outcome);
    }
    let expected = [Outcome::Accepted, Outcome::Never, Outcome::Accepted];
    assert_eq!(outcomes, expected);
    assert_eq!(server.received.iter().take(3).count(), 3);
}

#[actix::test]
async fn a_mail_carries_both_forms_its_language_and_its_name() {
    let server = StandIn::good();
    send_to(server.port).await.unwrap();
    let mail = server.received.recv().unwrap();
    for part in [
        "Message-ID: <00000000-0000-0000-0000-000000000007@parlor.example>",
        "Date: Mon, 02 Mar 2026 10:00:00 +0000",
        "Auto-Submitted: auto-generated",
        "Content-Language: de",
        "text/plain",
        "text/html",
        "multipart/alternative",
        "\r\nHello\r\n.\r\nthere",
    ] {
        assert!(mail.contains(part), "{part} in {mail}");
    }
}
