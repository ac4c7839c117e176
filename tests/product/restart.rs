//! A restart under something that holds the sockets, as systemd does: nobody is refused, and people
//! find their place again.

use std::{
    io::{ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::json;

use crate::{
    person::Person,
    server::{Server, eventually, parlor, settings},
    tls_line::{Believe, Line, ask, hear},
};

/// Longer than a restart takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Connects again and again until it is told to stop, and counts answers. Whoever is refused fails.
fn knock(at: std::net::SocketAddr, stop: &AtomicBool, answers: &AtomicUsize) {
    while !stop.load(Ordering::Relaxed) {
        let mut line = match TcpStream::connect(at) {
            Ok(line) => line,
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => panic!("refused"),
            Err(error) => panic!("not let in: {error}"),
        };
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        let answer = ask(&mut line, "/api/version", "Connection: close\r\n");
        assert!(answer.status < 500, "{}", answer.head);
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_restart_refuses_nobody_and_sockets_find_their_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let [door, stream] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let sockets = [("http", &door), ("relay-tcp", &stream)];
    let start = || Server::activated(folder.path(), "--demo", &[], &sockets);
    let server = start();
    let at = door.local_addr().unwrap();
    assert_eq!(
        (server.port("http"), server.port("relay-tcp")),
        (at.port(), stream.local_addr().unwrap().port())
    );

    let label = "Log in as host:";
    let line = server
        .greeting
        .iter()
        .find(|it| it.starts_with(label))
        .unwrap();
    let password = line.split("password: ").nth(1).unwrap().trim();
    let login = json!({"email": server.printed(label), "password": password});
    let session = server.post("/api/auth/login", "", &login);
    let token = session["accessToken"].as_str().unwrap();
    let link = server.printed("A meeting that can be joined:");
    let meeting = format!("/api/meetings/{}", link.rsplit('/').next().unwrap());
    let room = server.get(&meeting, token)["roomId"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut host = Person::arrive(&server, token, &room);
    let media = json!({"media": {"audio": true, "video": true}});
    let joined = host.ask("join-room", media.clone());

    let (stop, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| knock(at, &stop, &answers));
        }
        let some = |more: usize| {
            let before = answers.load(Ordering::Relaxed);
            eventually("answers", || {
                (answers.load(Ordering::Relaxed) >= before + more).then_some(())
            });
        };
        some(20);
        server.stop();
        host.event("server-draining");
        // Nobody is there now: they wait at the door.
        let again = start();
        some(20);
        let mut host = Person::arrive(&again, token, &room);
        let mut media = media.clone();
        media["peerId"] = joined["peerId"].clone();
        assert_eq!(host.ask("join-room", media)["peerId"], joined["peerId"]);
        stop.store(true, Ordering::Relaxed);
        again.stop();
    });
}

/// Whoever waits for nothing is let go before whoever waits for an answer: were it not so, the stop would
/// last until both are cut, and the answer would not come.
#[test]
fn a_stop_waits_for_answers_and_not_for_idle_connections() {
    let folder = tempfile::tempdir().unwrap();
    let own = [
        ("SERVER__PUBLIC_URL", "https://localhost:0"),
        ("SERVER__TLS_LISTEN", "127.0.0.1:0"),
        ("SERVER__REDIRECT_LISTEN", "127.0.0.1:0"),
    ];
    let server = Server::start(folder.path(), "--dev", &own);
    let connect = |door: &str| {
        let line = TcpStream::connect(("127.0.0.1", server.port(door))).unwrap();
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        line
    };
    let secure = || Line::open(server.port("https"), "localhost", &Believe::Anybody).unwrap();
    let mut asked = connect("http");
    assert_eq!(ask(&mut asked, "/health", "").status, 200);
    let mut asked_by_tls = secure();
    assert_eq!(asked_by_tls.get("/health").status, 200);
    let mut silent = [connect("http"), connect("redirect"), connect("https")];
    let mut silent_by_tls = secure();

    let mut slow = connect("http");
    let body = r#"{"email": "nobody@example.test", "password": "not the right one"}"#;
    let (first, rest) = body.split_at(10);
    write!(
        slow,
        "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{first}",
        body.len()
    )
    .unwrap();
    // In work when the one behind it is answered: both go the same way in.
    assert_eq!(ask(&mut asked, "/health", "").status, 200);

    server.signal("TERM");
    let closed = |line: &mut TcpStream| match line.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    };
    assert!(closed(&mut asked) && silent.iter_mut().all(closed));
    assert!(asked_by_tls.is_closed() && silent_by_tls.is_closed());
    slow.write_all(rest.as_bytes()).unwrap();
    let answer = hear(&mut slow);
    assert_eq!(answer.status, 401, "{}", answer.head);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(closed(&mut slow));
    server.stop();
}

/// Nor is it a crash for the next process, which would tell its operator of one.
#[test]
fn a_stop_while_starting_is_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let mut starting = parlor(folder.path(), &["serve", "--dev"], &settings(&[]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let control = folder.path().join("parlor-data/control.sock");
    while !control.exists() {
        assert_eq!(starting.try_wait().unwrap(), None, "it did not start");
    }
    let sent = Command::new("kill").arg(starting.id().to_string()).status();
    assert!(sent.unwrap().success());
    assert!(starting.wait().unwrap().success());
    assert!(!control.exists());
}

#[test]
fn a_socket_that_no_setting_names_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let output = Server::hand(folder.path(), "--dev", &[], &[("strange", &door)])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && words.contains("no setting names"),
        "{words}"
    );
}
