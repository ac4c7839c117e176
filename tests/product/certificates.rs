//! Certificates of the real binary: from an authority, from files that change, and what people are
//! told beside them (redirect, HSTS). One port for browsers, authorities and TURN.

use std::{
    net::TcpStream,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

use parlor_turn::{Credential, Secret};
use rcgen::{CertificateParams, Issuer, KeyPair};
use serde_json::Value;

use crate::{
    authority::{self, Habits, Place},
    server::{Server, eventually},
    tls_line::{Answer, Believe, Line, ask},
};

const NAME: &str = "meet.example.test";
const OTHER: &str = "www.example.test";
const TAKEN: &str = "a new certificate is in use";
/// More than a test needs.
const DAY_S: u64 = 86_400;
/// A token that is tried, which is counted.
const GUESS: &str = "Authorization: Bearer rubbish\r\n";

/// Settings of a server that asks this authority.
fn asks(place: &Place, way: &str) -> Vec<(&'static str, String)> {
    vec![
        ("SERVER__TLS_LISTEN", "127.0.0.1:0".into()),
        ("SERVER__REDIRECT_LISTEN", "127.0.0.1:0".into()),
        ("SERVER__PUBLIC_URL", format!("https://{NAME}:0")),
        ("ACME__DOMAINS", format!("{NAME},{OTHER}")),
        ("ACME__DIRECTORY_URL", place.directory()),
        ("ACME__CA_FILE", place.ca_file()),
        ("ACME__CHALLENGES", way.into()),
        ("ACME__CONTACT_EMAIL", "operator@example.test".into()),
        ("ACME__RETRY_S", "1".into()),
    ]
}

fn start(folder: &Path, own: &[(&'static str, String)]) -> Server {
    let own: Vec<_> = own
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    Server::start(folder, "--dev", &own)
}

fn habits(server: &Server, life_s: u64) -> Habits {
    Habits {
        tls: server.port("https"),
        http: server.port("redirect"),
        life_s,
    }
}

/// A request over plain HTTP on a connection of its own.
fn plain(port: u16, path: &str, more: &str) -> Answer {
    ask(
        &mut TcpStream::connect(("127.0.0.1", port)).unwrap(),
        path,
        more,
    )
}

fn health(server: &Server) -> Value {
    serde_json::from_str(&plain(server.port("http"), "/health", "").body).unwrap()
}

/// A connection to the web's door that believes only the authority's root.
fn secure(server: &Server, name: &str, root: &str) -> Option<Line> {
    Line::open(server.port("https"), name, &Believe::Root(root)).ok()
}

fn is_private(path: &Path) -> bool {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o077 == 0
}

fn metric(server: &Server, name: &str) -> f64 {
    let page = plain(server.port("http"), "/metrics", "x: y\r\n").body;
    let line = page
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")));
    let line = line.unwrap_or_else(|| panic!("{name} is not in {page}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn an_authority_that_was_away_gives_a_certificate_by_tls_and_renews_it_without_a_restart() {
    if !authority::installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Place::choose(folder.path());
    let server = start(folder.path(), &asks(&place, "tls-alpn-01"));
    // Nobody there yet: a self-signed one, words, and no promise that would lock people out.
    let mut early = Line::open(server.port("https"), NAME, &Believe::Anybody).unwrap();
    assert!(
        early
            .get("/health")
            .header("strict-transport-security")
            .is_none()
    );
    eventually("the trouble is told", || {
        let health = health(&server);
        let words = health["problems"][0].as_str()?;
        (health["services"]["certificate"] == "failed" && words.contains("does not answer"))
            .then_some(())
    });
    assert!(server.logged("a self-signed one is shown") == 1 && server.logged("wait_s") > 0);
    assert_eq!(metric(&server, "parlor_certificate_trusted"), 0.0);

    let authority = place.start(&habits(&server, 15));
    let root = std::fs::read_to_string(place.root()).unwrap();
    let mut first = eventually("a certificate comes", || secure(&server, NAME, &root));
    assert!(secure(&server, OTHER, &root).is_some(), "for both names");
    let answer = first.get("/health");
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000")
    );
    assert_eq!(metric(&server, "parlor_certificate_trusted"), 1.0);
    assert!((0.0..=15.0).contains(&metric(&server, "parlor_certificate_expires_seconds")));
    // It is renewed when a third is left; who is connected notices nothing.
    let before = first.leaf();
    let second = eventually("it is renewed", || {
        secure(&server, NAME, &root).filter(|line| line.leaf() != before)
    });
    assert_eq!(
        (first.get("/health").status, early.get("/health").status),
        (200, 200)
    );
    assert!(server.logged(TAKEN) >= 2);
    drop((authority, second));
    server.stop();
}

#[test]
fn an_authority_that_finds_no_proof_is_quoted_and_asked_again_by_http() {
    if !authority::installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = Place::choose(folder.path());
    let settings = asks(&place, "http-01");
    let server = start(folder.path(), &settings);
    let right = habits(&server, DAY_S);
    // It looks where another program answers: the server's own plain door knows no proof.
    let wrong = Habits {
        http: server.port("http"),
        ..habits(&server, DAY_S)
    };
    let authority = place.start(&wrong);
    eventually("the refusal is told", || {
        let words = "on port 80 is not this server";
        (server.logged(words) > 0).then_some(())
    });
    drop(authority);
    // Another start: it has forgotten the account, and looks at the right place.
    let authority = place.start(&right);
    let root = std::fs::read_to_string(place.root()).unwrap();
    let line = eventually("a certificate comes", || secure(&server, NAME, &root));
    let health = health(&server);
    assert_eq!(health["services"]["certificate"], "ok", "{health}");
    // Kept, privately; the next start needs no authority.
    let acme = folder.path().join("parlor-data/secrets/acme");
    let kept: Vec<_> = std::fs::read_dir(&acme)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    for name in ["account.json", "certificate.pem"] {
        assert!(is_private(&kept[0].join(name)), "{name}");
    }
    assert!(!kept[0].join("last-failure.txt").exists(), "it is mended");
    assert!(is_private(&acme) && is_private(&kept[0]));
    drop(authority);
    let before = line.leaf();
    drop(line);
    server.stop();
    let again = start(folder.path(), &settings);
    assert!(secure(&again, NAME, &root).unwrap().leaf() == before);
    assert_eq!(again.logged("a self-signed one is shown"), 0);
}

/// An authority of one's own.
struct Own {
    root: String,
    params: CertificateParams,
    key: KeyPair,
}

impl Own {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority::root();
        let root = params.self_signed(&key).unwrap().pem();
        Self { root, params, key }
    }

    /// A certificate for the name and its key, PEM.
    fn sign(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let wanted = CertificateParams::new([NAME.to_owned()]).unwrap();
        let signed = wanted.signed_by(&key, &issuer).unwrap();
        (signed.pem(), key.serialize_pem())
    }
}

/// A server with files of this authority in its folder.
fn with_files(folder: &Path, own: &Own, more: &[(&'static str, String)]) -> Server {
    put(folder, &own.sign());
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let mut settings = vec![
        ("SERVER__TLS_LISTEN", "127.0.0.1:0".into()),
        ("SERVER__REDIRECT_LISTEN", "127.0.0.1:0".into()),
        ("SERVER__PUBLIC_URL", format!("https://{NAME}:0")),
        ("SERVER__TLS_CERTIFICATE_FILE", file("chain.pem")),
        ("SERVER__TLS_KEY_FILE", file("key.pem")),
    ];
    settings.extend_from_slice(more);
    start(folder, &settings)
}

/// As certbot does: new files, renamed into place.
fn put(folder: &Path, (chain, key): &(String, String)) {
    for (name, text) in [("chain.pem", chain), ("key.pem", key)] {
        let next = folder.join("next");
        std::fs::write(&next, text).unwrap();
        std::fs::rename(&next, folder.join(name)).unwrap();
    }
}

#[test]
fn files_are_taken_while_connections_go_on_and_a_bad_pair_is_refused() {
    let (folder, own) = (tempfile::tempdir().unwrap(), Own::new());
    let server = with_files(folder.path(), &own, &[]);
    let open = || secure(&server, NAME, &own.root).unwrap();
    let mut lines: Vec<_> = (0..8).map(|_| open()).collect();
    let before = lines[0].leaf();
    put(folder.path(), &own.sign());
    server.signal("HUP");
    let after = eventually("the files are taken", || {
        Some(open().leaf()).filter(|it| *it != before)
    });
    assert!(
        lines
            .iter_mut()
            .all(|line| line.get("/health").status == 200)
    );
    // The relay's own port shows the same one.
    let relay = server.port("relay-tls");
    let shown = Line::open(relay, NAME, &Believe::Root(&own.root)).unwrap();
    assert!(shown.leaf() == after);
    let of_two = (own.sign().0, own.sign().1);
    put(folder.path(), &of_two);
    server.signal("HUP");
    eventually("it is refused in words", || {
        let words = "the private key does not fit the certificate";
        (server.logged(words) > 0).then_some(())
    });
    assert!(open().leaf() == after, "the old one stays");
    // And mended, without anybody's word: files are looked at.
    put(folder.path(), &own.sign());
    eventually("the mended pair is taken", || {
        (open().leaf() != after).then_some(())
    });
    assert!(
        lines
            .iter_mut()
            .all(|line| line.get("/health").status == 200)
    );
    server.stop();
}

#[test]
fn one_port_serves_browsers_and_turn_and_the_other_sends_people_to_it() {
    const SECRET: &str = "a secret of the relay for tests only";
    let (folder, own) = (tempfile::tempdir().unwrap(), Own::new());
    let more = [
        ("RELAY__SECRET", SECRET.into()),
        ("RELAY__PEER_POLICY", "public".into()),
        ("SERVER__HSTS_MAX_AGE_S", "600".into()),
    ];
    let server = with_files(folder.path(), &own, &more);
    let port = server.port("https");

    let sent = plain(server.port("redirect"), "/j/abc?x=1", "");
    assert_eq!(sent.status, 308);
    assert_eq!(
        sent.header("location"),
        Some(&*format!("https://{NAME}:{port}/j/abc?x=1"))
    );
    let asked = plain(
        server.port("redirect"),
        "/.well-known/acme-challenge/nobody",
        "",
    );
    assert_eq!(asked.status, 404);
    assert!(
        plain(server.port("http"), "/health", "")
            .header("strict-transport-security")
            .is_none()
    );

    let root = folder.path().join("root.pem");
    std::fs::write(&root, &own.root).unwrap();
    let curl = || {
        let mut curl = Command::new("curl");
        curl.args(["-sfi", "--cacert", root.to_str().unwrap()])
            .args(["--resolve", &format!("{NAME}:{port}:127.0.0.1")])
            .arg(format!("https://{NAME}:{port}/health"));
        let output = curl.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let page = curl();
    assert!(
        page.contains("strict-transport-security: max-age=600"),
        "{page}"
    );

    if Command::new("turnutils_uclient")
        .arg("-h")
        .output()
        .is_err()
    {
        assert!(
            std::env::var_os("CI").is_none(),
            "coturn's tools are not installed"
        );
        eprintln!("coturn's tools are not installed: half of this is passed over");
        return;
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let secret = Secret::new(SECRET.as_bytes());
    let login = Credential::mint(&secret, "call", "somebody", now + 600);
    let turn = Command::new("timeout")
        .args([
            "60",
            "turnutils_uclient",
            "-X",
            "-c",
            "-y",
            "-t",
            "-S",
            "-z",
            "2",
        ])
        .args(["-n", "40", "-m", "2", "-l", "500", "-p", &port.to_string()])
        .args(["-u", &login.username, "-w", &login.password, "127.0.0.1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let turn = turn.unwrap();
    // Browsers come while it runs.
    assert!(curl().contains("200 OK"));
    let said = turn.wait_with_output().unwrap();
    let report = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.status.success() && report.contains("tot_recv_msgs=80"),
        "{report}"
    );
    assert!(curl().contains("200 OK"));
    server.stop();
}

#[test]
fn only_a_named_proxy_is_believed() {
    let counts = |trusted: &str, header: &str, line: &dyn Fn(u8) -> String| {
        let folder = tempfile::tempdir().unwrap();
        let own = [
            ("SERVER__TRUSTED_PROXIES", trusted),
            ("SERVER__PROXY_HEADER", header),
            ("SERVER__PUBLIC_URL", "https://meet.example.test"),
            ("LIMITS__ANONYMOUS_PER_IP_PER_15_MIN", "3"),
        ];
        let server = Server::start(folder.path(), "--dev", &own);
        let port = server.port("http");
        let answers: Vec<_> = (1..=6).map(|n| plain(port, "/api/me", &line(n))).collect();
        let refused = answers.iter().filter(|it| it.status == 429).count();
        let hsts = answers[0].header("strict-transport-security").is_some();
        (refused, hsts)
    };
    let x =
        |n: u8| format!("X-Forwarded-For: 203.0.113.{n}\r\nX-Forwarded-Proto: https\r\n{GUESS}");
    let rfc = |n: u8| format!("Forwarded: for=203.0.113.{n};proto=https\r\n{GUESS}");
    assert_eq!(counts("", "x-forwarded-for", &x), (3, false), "spoofed");
    assert_eq!(counts("127.0.0.0/8", "x-forwarded-for", &x), (0, true));
    assert_eq!(
        counts("127.0.0.0/8", "x-forwarded-for", &rfc),
        (3, false),
        "not its header"
    );
    assert_eq!(counts("127.0.0.0/8", "forwarded", &rfc), (0, true));
}
