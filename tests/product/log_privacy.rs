//! The log of a whole run: people sign up, meet, write, pay, report, are mailed and refused, and no line at
//! info level or above has a name, an address, a token or a text of theirs.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::{Value, json};

use crate::{
    person::Person,
    server::{Server, eventually},
};

/// In every name, text and address of the run.
const MARK: &str = "Zebedee";
/// Where the run's browsers are, as a proxy says.
const FROM: &str = "203.0.113.77";
const PASSWORD: &str = "green tea at Zebedee's";

/// A mail server that takes nothing, and repeats in its refusals what it was told.
fn unwilling_mail_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = |stream: TcpStream| -> std::io::Result<()> {
        let mut out = stream.try_clone()?;
        out.write_all(b"220 mail.example\r\n")?;
        for line in BufReader::new(stream).lines() {
            let line = line?;
            let word = line.split(' ').next().unwrap_or_default();
            match word.to_ascii_uppercase().as_str() {
                "EHLO" | "MAIL" | "RSET" | "NOOP" => out.write_all(b"250 fine\r\n")?,
                "QUIT" => return out.write_all(b"221 bye\r\n"),
                _ => write!(out, "550 5.1.1 nobody here is {line}\r\n")?,
            }
        }
        Ok(())
    };
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || talk(stream));
        }
    });
    port
}

struct Run {
    server: Server,
    /// Tokens that were given out: of logins, links, guests.
    tokens: Vec<String>,
}

impl Run {
    /// Bytes as somebody sends them, well-formed or not.
    fn raw(&self, request: &str) {
        let authority = self.server.url.trim_start_matches("http://");
        let port = authority.rsplit(':').next().unwrap();
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &str) {
        let length = body.len();
        self.raw(&format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: {FROM}\r\nx-request-id: {MARK}-1\r\n\
             user-agent: {MARK}'s browser\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ));
    }

    fn mailed(&self, to: &str, page: &str) -> String {
        let words = format!("/{page}/");
        eventually("a mail", || {
            let (_, mails) = self.server.try_get("/dev/mailbox.json");
            let mails = mails.as_array()?.clone();
            let mail = mails.iter().find(|it| {
                it["to"].as_str().is_some_and(|it| it.contains(to))
                    && it.to_string().contains(&words)
            })?;
            let text = mail.to_string();
            let token = text.split(&words).nth(1)?;
            Some(
                token
                    .split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c))
                    .next()?
                    .to_owned(),
            )
        })
    }

    fn joins(&mut self, email: &str) -> String {
        let form = json!({"name": format!("{MARK} Otieno"), "email": email, "password": PASSWORD, "wantsToHost": true});
        self.server.post("/api/auth/signup", "", &form);
        let token = self.mailed(email, "verify");
        self.server
            .post("/api/auth/verify", "", &json!({"token": token}));
        self.tokens.push(token);
        self.logs_in(email, PASSWORD)
    }

    fn logs_in(&mut self, email: &str, password: &str) -> String {
        let form = json!({"email": email, "password": password});
        let session = self.server.post("/api/auth/login", "", &form);
        let token = session["accessToken"].as_str().unwrap().to_owned();
        self.tokens.push(token.clone());
        token
    }
}

#[test]
fn no_line_of_the_log_has_anything_of_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let port = unwilling_mail_server().to_string();
    let own = [
        ("MAIL__SMTP_HOST", "127.0.0.1"),
        ("MAIL__SMTP_PORT", port.as_str()),
        ("MAIL__SMTP_SECURITY", "none"),
        ("SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ("ACCOUNTS__HOST_APPROVAL", "open"),
    ];
    let server = Server::start(folder.path(), "--dev", &own);
    let mut run = Run {
        server,
        tokens: Vec::new(),
    };

    let emails = ["zebedee@practice.example", "zebedee.client@mail.example"];
    let host = run.joins(emails[0]);
    let client = run.joins(emails[1]);
    for (email, password) in [
        (emails[0], "Zebedee guesses"),
        ("nobody.zebedee@mail.example", PASSWORD),
    ] {
        let form = json!({"email": email, "password": password});
        run.ask("POST", "/api/auth/login", "", &form.to_string());
    }
    run.ask(
        "POST",
        "/api/auth/reset-request",
        "",
        &json!({"email": emails[1]}).to_string(),
    );
    run.ask(
        "PUT",
        "/api/me",
        &client,
        &json!({"name": format!("{MARK} Renamed"), "phone": "+254 711 777777"}).to_string(),
    );

    // A meeting with a guest, who comes by the link, and words in its room and between the two.
    let meeting = json!({
        "subject": format!("{MARK}'s subject"), "description": format!("{MARK}'s trouble"), "lobby": false,
        "scheduledAt": 60_000 + std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64,
        "durationMinutes": 30, "clientEmail": emails[1], "clientName": format!("{MARK} Client"),
    });
    let meeting = run.server.post("/api/meetings/create", &host, &meeting);
    let link = meeting["meetingLinks"][0].as_str().unwrap().to_owned();
    let token = link.rsplit('/').next().unwrap().to_owned();
    let guest = run.server.post(
        "/api/join/redeem",
        "",
        &json!({"token": token, "name": format!("{MARK} Guest")}),
    );
    let guest = guest["accessToken"].as_str().unwrap().to_owned();
    run.tokens.extend([token.clone(), guest.clone()]);
    let room = meeting["roomId"].as_str().unwrap();
    {
        let media = json!({"media": {"audio": true, "video": true}});
        let mut one = Person::arrive(&run.server, &host, room);
        let mut other = Person::arrive(&run.server, &guest, room);
        one.ask("join-room", media.clone());
        other.ask("join-room", media);
        one.tell("offer", json!({"to": MARK, "sdp": format!("v=0 {MARK}")}));
        other.tell(MARK, json!({"text": MARK}));
    }
    let me = |token: &str| {
        run.server.get("/api/me", token)["userId"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let mut pair = [me(&host), me(&client)];
    let reported = pair[0].clone();
    pair.sort();
    let said = format!("/api/conversations/{}/messages", pair.join("_"));
    let key = "0190a000-0000-7000-8000-000000000001";
    run.server.try_post(
        &said,
        &client,
        key,
        &json!({"text": format!("{MARK} said so")}),
    );

    // Reports, purchases, calendars and browsers, with addresses that lead nowhere.
    let report = json!({"userId": reported, "reason": "other", "text": format!("{MARK} did it")});
    run.server.try_post("/api/reports", &client, key, &report);
    let order = json!({"package": MARK, "gateway": "demo", "phone": "+254 711 777777"});
    run.server
        .try_post("/api/payment/create-order", &client, key, &order);
    let calendar = json!({"label": MARK, "address": format!("https://localhost/{MARK}.ics")});
    run.server
        .try_post("/api/availability/calendars", &host, key, &calendar);

    // What cannot be understood, and what is nobody's business.
    for path in [
        format!("/api/meetings/{MARK}"),
        format!("/api/hosts?q={MARK}"),
        format!("/j/{MARK}{token}"),
        format!("/{MARK}?token={token}"),
    ] {
        run.ask("GET", &path, &host, "");
    }
    run.ask(
        "POST",
        "/api/meetings/create",
        &host,
        &format!("{{\"subject\": \"{MARK}\", "),
    );
    run.ask(
        "POST",
        "/api/join/redeem",
        "",
        &json!({"token": format!("{MARK}{token}"), "name": MARK}).to_string(),
    );
    run.ask("GET", "/api/me", &format!("{MARK}.{host}"), "");
    run.ask("GET", "/ws", &host, "");
    run.ask(MARK, "/", &host, "");
    run.raw(&format!("GET /{MARK} HTTP/1.1\r\n{MARK} no header\r\n\r\n"));
    run.raw(&format!("{MARK}\r\n\r\n"));
    for gateway in ["stripe", "razorpay", MARK] {
        let body = json!({"payload": {"email": emails[0], "name": MARK}}).to_string();
        run.ask(
            "POST",
            &format!("/api/payment/webhook/{gateway}"),
            "",
            &body,
        );
    }

    // The mails were refused, with the addresses in the refusal.
    run.server.line("\"reply\":550");
    run.server.signal("TERM");
    run.server.line("stopping");

    let log = run.server.log();
    assert!(log.len() > 6, "there is a log: {log:?}");
    let phone = "711 777777";
    let mut never: Vec<&str> = vec![MARK, "zebedee", FROM, PASSWORD, phone, "711777777"];
    never.extend(run.tokens.iter().map(String::as_str));
    for line in &log {
        let entry: Value = serde_json::from_str(line).unwrap_or_default();
        assert!(
            entry["level"].is_string(),
            "a line that is no entry: {line}"
        );
        if matches!(entry["level"].as_str(), Some("DEBUG" | "TRACE")) {
            continue;
        }
        let small = line.to_lowercase();
        for word in &never {
            assert!(
                !small.contains(&word.to_lowercase()),
                "{word} is in the log: {line}"
            );
        }
    }
}
