//! P10: kill -9 while reminders go out: thousands fall due in one second; a child sweeps and sends them to
//! a mail server that lives on, with the actors that the product has; the parent kills it again and
//! again. Then the child is left alone, three minutes later by its clock, until nothing waits. Every
//! reminder must have arrived; none before its time; a second copy only where the kill fell between
//! the text and the note of its fate, never a third, and under the same Message-ID.
//!
//! `REMINDERS=10000 cargo test -p parlor-actors --test kill_mail`. The mail server is our stand-in; with
//! `PARLOR_MAIL_PYTHON` (a Python that has aiosmtpd) that one, and with `PARLOR_MAIL_SINK` the program
//! that this names, such as `tests/foreign/mail/postfix.sh`: it says its port, and, when it wants
//! STARTTLS, the authority that signed its certificate, and then what arrives.

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../../data/tests/crash/mod.rs"]
mod crash;
#[allow(dead_code)]
#[path = "../src/mailer/stand_in.rs"]
mod stand_in;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::{Duration, Instant, SystemTime},
};

use actix::Actor;
use base64::{Engine, engine::general_purpose::STANDARD};
use crash::Random;
use parlor_actors::{
    clock::Clock,
    cron::{self, Sweeper},
    mailer::{MailTexts, Mailer, Smtp, SmtpConfig, SmtpSecurity},
    services::{Keys, PasswordCost, Services, ServicesConfig, SignUp},
};
use parlor_data::{
    Batch, Store,
    nouns::{
        mail as mails, meeting as meetings,
        reminder::{self, Reminder},
    },
};
use parlor_domain::{
    account::Email,
    id::{MeetingId, RoomId, UserId},
    mail::{DailyMax, State},
    meeting::{Client, Meeting, Status, Terms},
    time::{Millis, Timestamp},
};
use uuid::Uuid;

const CHILD: &str = "--kill-mail-child";
const BOOT: &str = "one boot";
/// Before the meetings begin.
const LEAD: Millis = Millis::from_mins(15);
/// Each meeting reminds its host and its client.
const READERS: usize = 2;
/// Lives in which nothing arrives, after which the killing ends.
const IDLE_LIVES: usize = 4;
/// Longest wait for mails that a server took and has not shown yet.
const LAST_MAILS: Duration = Duration::from_secs(60);
/// Meetings written at once.
const TOGETHER: usize = 100;

fn main() {
    if let Some(dir) = crash::child_folder(CHILD) {
        return actix_rt::System::new().block_on(child(&dir));
    }
    if crash::rounds("kill_mail", 1).is_none() {
        return;
    }
    let asked = std::env::var("REMINDERS").ok().and_then(|n| n.parse().ok());
    let reminders: usize = asked.unwrap_or(600);
    let seed = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    println!("kill-mail seed={seed}");
    let tally = parent(reminders, seed);
    println!(
        "RESULT kill-mail reminders={reminders} server={} kills={} lost={} early={} twice={} most={} \
         twice_without_doubt={} first_out_ms={} all_out_s={}",
        tally.server,
        tally.kills,
        tally.lost,
        tally.early,
        tally.twice,
        tally.most,
        tally.undoubted,
        tally.first_out_ms,
        tally.all_out_s
    );
    if tally.lost + tally.early + tally.undoubted > 0 || tally.most > 2 || tally.kills == 0 {
        std::process::exit(1);
    }
}

#[derive(Default)]
struct Tally {
    server: String,
    kills: usize,
    lost: usize,
    early: usize,
    twice: usize,
    most: usize,
    /// Second copies of mails that were never in doubt.
    undoubted: usize,
    first_out_ms: i64,
    all_out_s: i64,
}

fn wall() -> i64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64
}

/// The system's clock, so far ahead.
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(wall() + self.0)
    }
}

fn services(store: &Store, ahead: i64) -> Services {
    let config = ServicesConfig {
        password_cost: PasswordCost {
            memory_kib: 8,
            passes: 1,
            ..PasswordCost::default()
        },
        // One host is reminded of all of them.
        daily_mails: DailyMax {
            account: u32::MAX,
            meeting: u32::MAX,
        },
        reminder_leads: vec![LEAD],
        ..ServicesConfig::default()
    };
    Services::new(
        store.clone(),
        Keys::derive(&[3; 32]),
        config,
        Arc::new(Ahead(ahead)),
    )
}

fn open(dir: &Path) -> Store {
    Store::open(&dir.join("store"), crash::options(BOOT))
        .unwrap()
        .store
}

fn number(name: &str) -> i64 {
    std::env::var(name).unwrap().parse().unwrap()
}

/// Sends what is due until it is killed; says so when nothing waits any more.
async fn child(dir: &Path) {
    let store = open(dir);
    let services = services(&store, number("AHEAD"));
    let texts = Arc::new(MailTexts::load(None).unwrap());
    let authority = std::env::var("AUTHORITY").unwrap();
    let ca_pem = (!authority.is_empty()).then(|| STANDARD.decode(authority).unwrap());
    let (host, security) = match ca_pem {
        Some(_) => ("localhost", SmtpSecurity::StartTls),
        None => ("127.0.0.1", SmtpSecurity::None),
    };
    let smtp = Smtp::new(&SmtpConfig {
        host: host.into(),
        port: number("PORT") as u16,
        security,
        ca_pem,
        credentials: None,
        from_address: "noreply@parlor.example".into(),
        from_name: "Parlor".into(),
        timeout: Duration::from_secs(20),
        dkim: None,
    });
    let mailer = Mailer::new(services.clone(), texts, Arc::new(smtp.unwrap())).start();
    let sweeper = Sweeper::new(services.clone()).start();
    let _scheduler = cron::wake(&sweeper, Some(&mailer)).await.unwrap();
    let mut look = tokio::time::interval(Duration::from_millis(200));
    loop {
        look.tick().await;
        let none_waits = mails::next_due(&store).unwrap().is_none();
        if none_waits
            && reminder::load_due(&store, Timestamp::MAX, 1)
                .unwrap()
                .is_empty()
        {
            println!("nothing waits");
        }
    }
}

/// Meetings that all begin at once, with the reminders that a confirmation writes.
async fn write_meetings(store: &Store, services: &Services, due: Timestamp, count: usize) {
    let link = services.first_admin_link().await.unwrap().unwrap();
    let form = SignUp {
        name: "Hanna".into(),
        email: "host@example.org".into(),
        password: "correct horse".into(),
        ..SignUp::default()
    };
    let token = link.rsplit('/').next().unwrap();
    services.set_up(token, &form, None).await.unwrap();
    let host = Email::parse("host@example.org").unwrap();
    let host = parlor_data::nouns::account::load_by_email(store, &host);
    let host = host.unwrap().unwrap().id;
    for from in (0..count).step_by(TOGETHER) {
        let some = from..(from + TOGETHER).min(count);
        let batch = some.fold(Batch::new(), |batch, n| {
            let meeting = meeting(host, n as u128 + 1, due + LEAD);
            let reminder = Reminder {
                due_at: due,
                meeting: meeting.id,
                version: 1,
            };
            batch
                .and(meetings::insert(&meeting).unwrap())
                .and(reminder.insert())
        });
        store.write(batch).await.unwrap();
    }
}

fn meeting(host: UserId, n: u128, starts_at: Timestamp) -> Meeting {
    Meeting {
        id: MeetingId(Uuid::from_u128(n)),
        room: RoomId(Uuid::from_u128(n << 64)),
        host,
        client: Client {
            user: None,
            named_by_account: false,
            email: Email::parse(&format!("client{n}@example.org")).unwrap(),
            name: "Ada".into(),
        },
        terms: Terms {
            subject: "Talk".into(),
            description: String::new(),
            starts_at,
            duration: Millis::from_mins(50),
        },
        lobby: true,
        status: Status::Confirmed,
        version: 1,
        attendance: vec![],
        declared: vec![],
        call_started_at: None,
        call_ended_at: None,
        live_since: None,
        call_time: Millis::ZERO,
        booking: None,
        remark: None,
        created_at: starts_at - Millis::from_days(1),
        updated_at: starts_at - Millis::from_days(1),
    }
}

/// A mail server that outlives the child: where it is, and the name and the instant of every mail.
struct MailServer {
    name: String,
    port: u16,
    /// Who signed its certificate, PEM in base64; empty when it has none.
    authority: String,
    arrived: Receiver<(String, i64)>,
}

impl MailServer {
    fn start() -> Self {
        let env = std::env::var_os;
        match (env("PARLOR_MAIL_SINK"), env("PARLOR_MAIL_PYTHON")) {
            (Some(program), _) => {
                let name = Path::new(&program).file_stem().unwrap().to_string_lossy();
                Self::foreign(&name, Command::new(&program))
            }
            (None, Some(python)) => {
                let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/foreign/mail/sink.py");
                let mut command = Command::new(python);
                command.arg(script);
                Self::foreign("aiosmtpd", command)
            }
            (None, None) => Self::ours(),
        }
    }

    fn ours() -> Self {
        let (sender, arrived) = mpsc::channel();
        let server = stand_in::StandIn::good();
        std::thread::spawn(move || {
            for text in server.received {
                let name = text
                    .lines()
                    .find_map(|line| line.strip_prefix("Message-ID: "));
                drop(sender.send((name.unwrap().to_owned(), wall())));
            }
        });
        Self {
            name: "stand-in".into(),
            port: server.port,
            authority: String::new(),
            arrived,
        }
    }

    fn foreign(name: &str, mut command: Command) -> Self {
        let (sender, arrived) = mpsc::channel();
        let mut server = command
            .stdout(Stdio::piped())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let (port, authority) = first.split_once(' ').unwrap_or((&first, ""));
        let (port, authority) = (port.parse().unwrap(), authority.to_owned());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let (name, at) = line.split_once(' ').unwrap();
                drop(sender.send((name.to_owned(), at.parse().unwrap())));
            }
            drop(server.wait());
        });
        Self {
            name: name.into(),
            port,
            authority,
            arrived,
        }
    }

    /// How long it may take until what it took is seen here.
    fn settle(&self) -> Duration {
        match self.authority.as_str() {
            "" => Duration::from_millis(200),
            // Mails go through a queue of its own.
            _ => Duration::from_secs(5),
        }
    }
}

fn parent(reminders: usize, seed: u64) -> Tally {
    let dir = tempfile::tempdir().unwrap();
    let due = Timestamp(wall() + 3_600_000);
    {
        let store = open(dir.path());
        let services = services(&store, 0);
        let writing = write_meetings(&store, &services, due, reminders / READERS);
        actix_rt::System::new().block_on(writing);
        store.close();
    }
    let server = MailServer::start();
    let mut random = Random(seed);
    let mut tally = Tally {
        server: server.name.clone(),
        ..Tally::default()
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut first = None;
    // Two seconds before they are due.
    let ahead = due.0 - 2_000 - wall();
    let mut note = |seen: &mut BTreeMap<String, usize>, tally: &mut Tally, ahead: i64| {
        for (name, at) in server.arrived.try_iter() {
            *seen.entry(name).or_default() += 1;
            let by_its_clock = at + ahead;
            first.get_or_insert(by_its_clock - due.0);
            tally.early += usize::from(by_its_clock < due.0);
            tally.all_out_s = (by_its_clock - due.0) / 1_000;
        }
        first
    };
    // The environment is the children's only; nobody else runs here yet.
    let live = |ahead: i64, lives: Duration| {
        let mut child = start(dir.path(), &server, ahead);
        std::thread::sleep(lives);
        child.kill().unwrap();
        child.wait().unwrap();
    };
    let most_kills = 40 + reminders / 50;
    // When only those are left that wait because they are in doubt, a kill meets nothing any more.
    let mut idle = 0;
    while seen.len() < reminders && idle < IDLE_LIVES && tally.kills < most_kills {
        let lives = 500 + random.below(1_000);
        let before = seen.len();
        live(ahead, Duration::from_millis(lives));
        tally.kills += 1;
        tally.first_out_ms = note(&mut seen, &mut tally, ahead).unwrap_or(0);
        idle = match seen.len() > before || before == 0 {
            true => 0,
            false => idle + 1,
        };
    }
    // Three minutes later by the clock, so that what was in doubt is repeated; nobody disturbs now.
    let later = ahead + 180_000;
    let mut child = start(dir.path(), &server, later);
    let mut says = BufReader::new(child.stdout.take().unwrap()).lines();
    says.find(|line| line.as_ref().is_ok_and(|it| it == "nothing waits"));
    child.kill().unwrap();
    child.wait().unwrap();
    let in_kills = tally.all_out_s;
    // Whether a copy comes that should not is known when none came for a while.
    let patience = Instant::now() + LAST_MAILS;
    while seen.len() < reminders && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(100));
        note(&mut seen, &mut tally, later);
    }
    std::thread::sleep(server.settle());
    note(&mut seen, &mut tally, later);
    tally.all_out_s = in_kills;

    let store = open(dir.path());
    let mut in_doubt = BTreeMap::new();
    let mut after = None;
    loop {
        let page = mails::page(&store, after, 1_000).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for mail in &page {
            let name = format!("<{}@parlor.example>", mail.id);
            in_doubt.insert(name, mail.attempts > 1 || mail.state == State::Ambiguous);
        }
    }
    tally.lost = reminders - seen.len().min(reminders);
    tally.twice = seen.values().filter(|copies| **copies > 1).count();
    tally.most = seen.values().copied().max().unwrap_or(0);
    tally.undoubted = seen
        .iter()
        .filter(|(name, copies)| **copies > 1 && in_doubt.get(*name) != Some(&true))
        .count();
    tally
}

fn start(dir: &Path, server: &MailServer, ahead: i64) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .arg(CHILD)
        .arg(dir)
        .env("PORT", server.port.to_string())
        .env("AUTHORITY", &server.authority)
        .env("AHEAD", ahead.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}
