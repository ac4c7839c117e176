//! Notices to a real mail server, a real receiver over HTTP, and one that has to be asked twice.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc,
};

use parlor_domain::{
    account::Email,
    alert::{Alerts, Rules, Seen, Severity, Topic},
    time::Timestamp,
};
use serde_json::Value;

use super::*;
use crate::mailer::{Smtp, SmtpConfig, SmtpSecurity, stand_in::StandIn};

const AT: Timestamp = Timestamp(1_772_445_600_000);

fn notice(severity: Severity) -> Notice {
    let mut alerts = Alerts::new(Rules::default(), []);
    let words = "the relay on UDP <0.0.0.0:3478>: no answer\r\nBcc: everybody";
    let seen = Seen::Bad(severity, words.into());
    alerts.handle(vec![(Topic::Relay, seen)], AT).unwrap()
}

/// Answers with these statuses in turn, and shows headers and bodies that came.
fn receiver(statuses: Vec<u16>) -> (String, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        for status in statuses {
            let (stream, _) = listener.accept().unwrap();
            let mut stream = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                let line = line.trim_end().to_lowercase();
                if let Some(bytes) = line.strip_prefix("content-length: ") {
                    length = bytes.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
                head += &format!("{line}\n");
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer =
                format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            sender
                .send((head, String::from_utf8(body).unwrap()))
                .unwrap();
        }
    });
    (url, received)
}

async fn settled(desk: &AlertDesk, parcel: &Parcel) {
    while !parcel.is_settled() {
        desk.settled().await;
    }
}

fn count(desk: &AlertDesk, outcome: &str) -> u64 {
    let counted = desk.counted();
    let counted = counted.iter().filter(|((_, it), _)| *it == outcome);
    counted.map(|(_, count)| count).sum()
}

#[actix::test]
async fn discord_gets_an_embed_in_the_colour_of_its_severity() {
    for (severity, colour) in [
        (Severity::Info, 3_447_003),
        (Severity::Warning, 16_776_960),
        (Severity::Error, 15_158_332),
    ] {
        let (url, received) = receiver(vec![204]);
        let desk = AlertDesk::start("https://meet.example", vec![Arc::new(Discord::new(&url))]);
        let parcel = desk.send(notice(severity));
        settled(&desk, &parcel).await;
        let (_, body) = received.recv().unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let embed = &body["embeds"][0];
        let title = format!("[{}] Parlor Alert", severity.word().to_uppercase());
        assert_eq!(embed["title"], title);
        assert_eq!(embed["color"], colour);
        assert_eq!(embed["timestamp"], "2026-03-02T10:00:00Z");
        let words = embed["description"].as_str().unwrap();
        assert!(words.starts_with("TURN server unreachable: "), "{words}");
        assert_eq!(body["allowed_mentions"]["parse"], serde_json::json!([]));
    }
}

#[actix::test]
async fn a_webhook_is_signed_and_tried_again_until_it_is_taken() {
    tokio::time::pause();
    let (url, received) = receiver(vec![503, 429, 200]);
    let secret = "0123456789abcdef0123456789abcdef";
    let way = Arc::new(Webhook::new(&url, secret));
    let desk = AlertDesk::start("https://meet.example", vec![way]);
    let parcel = desk.send(notice(Severity::Error));
    settled(&desk, &parcel).await;
    assert_eq!((count(&desk, "retried"), count(&desk, "sent")), (2, 1));
    let all: Vec<_> = received.iter().take(3).collect();
    let (head, body) = &all[2];
    let line = head
        .lines()
        .find_map(|it| it.strip_prefix("x-parlor-signature: "));
    let (time, tag) = line.unwrap().split_once(",v1=").unwrap();
    let signed = format!("{}.{body}", time.strip_prefix("t=").unwrap());
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag: Vec<u8> = (0..tag.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&tag[at..at + 2], 16).unwrap())
        .collect();
    ring::hmac::verify(&key, signed.as_bytes(), &tag).unwrap();
    let bodies: Vec<Value> = all
        .iter()
        .map(|(_, it)| serde_json::from_str(it).unwrap())
        .collect();
    assert_eq!(bodies[0]["id"], bodies[2]["id"], "the same notice");
    let line = &bodies[2]["lines"][0];
    assert_eq!(
        (&line["topic"], &line["news"]),
        (&"relay".into(), &"raised".into())
    );
    assert_eq!(line["since"], AT.0);
}

#[actix::test]
async fn what_is_refused_for_good_is_given_up_and_counted() {
    let (url, received) = receiver(vec![404]);
    let desk = AlertDesk::start("https://meet.example", vec![Arc::new(Discord::new(&url))]);
    let parcel = desk.send(notice(Severity::Error));
    settled(&desk, &parcel).await;
    assert_eq!((count(&desk, "given_up"), count(&desk, "sent")), (1, 0));
    assert_eq!(desk.waiting(), [("discord", 0)]);
    drop(received);
}

#[actix::test]
async fn a_mail_goes_to_the_operator_and_its_words_stay_within_their_line() {
    let server = StandIn::good();
    let smtp = Smtp::new(&SmtpConfig {
        host: "127.0.0.1".into(),
        port: server.port,
        security: SmtpSecurity::None,
        ca_pem: None,
        credentials: None,
        from_address: "noreply@parlor.example".into(),
        from_name: "Parlor".into(),
        timeout: Duration::from_secs(10),
        dkim: None,
    });
    let to = Email::parse("operator@example.org").unwrap();
    let way = Arc::new(AlertMail::new(to, Arc::new(smtp.unwrap())));
    let desk = AlertDesk::start("https://meet.example", vec![way]);
    let answers = desk.test(Notice::test(AT)).await;
    assert_eq!(answers, [("mail", Answer::Taken)]);
    let test = server.received.recv().unwrap();
    assert!(
        test.contains("Subject: [INFO] Parlor Alert: A test"),
        "{test}"
    );
    let parcel = desk.send(notice(Severity::Error));
    settled(&desk, &parcel).await;
    let mail = server.received.recv().unwrap();
    assert!(mail.contains("<operator@example.org>"), "{mail}");
    let subject = "Subject: [ERROR] Parlor Alert: TURN server unreachable";
    assert!(mail.contains(subject), "{mail}");
    assert!(
        mail.contains("https://meet.example, 2026-03-02T10:00:00Z"),
        "{mail}"
    );
    assert!(
        !mail.contains("\nBcc:") && mail.contains("&lt;0.0.0.0"),
        "{mail}"
    );
}
