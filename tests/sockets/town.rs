//! People who have met: pairs of a host and a client, each pair with a meeting whose door is open.
//! Written straight into the store of a server that does not run yet, because ten thousand passwords
//! would take minutes to hash. Their tokens are signed with the secret that the server is started
//! with; everything after that is the server's own business, rights included.

use std::path::Path;

use parlor_actors::services::{Keys, tokens::AccessTokens};
use parlor_data::{
    Batch, Store, StoreOptions,
    nouns::{account, login, meeting},
};
use parlor_domain::{
    account::{Account, Email, HostStatus},
    conversation::ConversationId,
    id::{LoginId, MeetingId, RoomId, UserId},
    identity::Scope,
    login::{Login, Owner},
    meeting::{Client, Meeting, Status, Terms},
    time::{Millis, Timestamp},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::server::Server;

/// What the server of these people signs tokens with.
const SECRET: &str = "a secret of nobody, for tests and benches only";
/// How long their tokens live: longer than anything here.
const TOKENS: Millis = Millis::from_mins(6 * 60);
/// Rows of one write.
const PAIRS_PER_BATCH: usize = 20;

/// Two who have met. The first one is the host.
pub struct Pair {
    /// Their conversation.
    pub conversation: ConversationId,
    /// Where their meeting is.
    pub room: RoomId,
    /// Their accounts.
    pub people: [Account; 2],
}

/// A folder with all of them.
pub struct Town {
    folder: TempDir,
    /// Who lives there.
    pub pairs: Vec<Pair>,
}

fn id(kind: u128, n: usize) -> Uuid {
    Uuid::from_u128((kind << 64) | (n as u128 + 1))
}

fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    Timestamp(since.as_millis() as i64)
}

fn person(n: usize) -> Account {
    let name = format!("person{n}");
    Account {
        id: UserId(id(1, n)),
        email: Email::parse(&format!("{name}@town.example")).unwrap(),
        email_verified_at: Some(now()),
        name,
        phone: None,
        gender: None,
        language: "en".into(),
        time_zone: "UTC".into(),
        admin: false,
        host: match n % 2 {
            0 => HostStatus::Approved,
            _ => HostStatus::None,
        },
        banned: false,
        password_hash: String::new(),
        created_at: now(),
        updated_at: now(),
    }
}

/// The login of somebody; its id is the person's.
fn login_of(person: &Account) -> Login {
    Login {
        id: LoginId(person.id.0),
        user: person.id,
        owner: Owner::Account,
        device_name: "bench".into(),
        created_at: now(),
        last_seen_at: now(),
        expires_at: now() + Millis::from_days(30),
        current: Vec::new(),
        retired: Vec::new(),
        rotated_at: now(),
        revoked_at: None,
    }
}

fn meeting_of(n: usize, pair: &Pair) -> Meeting {
    let [host, client] = &pair.people;
    Meeting {
        id: MeetingId(id(2, n)),
        room: pair.room,
        host: host.id,
        client: Client {
            user: Some(client.id),
            named_by_account: true,
            email: client.email.clone(),
            name: client.name.clone(),
        },
        terms: Terms {
            subject: "Talk".into(),
            description: String::new(),
            starts_at: now(),
            duration: Millis::from_mins(60),
        },
        lobby: false,
        status: Status::Confirmed,
        version: 1,
        attendance: Vec::new(),
        declared: Vec::new(),
        call_started_at: None,
        call_ended_at: None,
        live_since: None,
        call_time: Millis::ZERO,
        booking: None,
        remark: None,
        created_at: now(),
        updated_at: now(),
    }
}

impl Town {
    /// So many pairs, in a temporary folder.
    pub fn found(pairs: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("parlor-data");
        std::fs::create_dir(&data).unwrap();
        let store = Store::open(&data.join("store"), StoreOptions::default());
        let store = store.unwrap().store;
        let pairs: Vec<Pair> = (0..pairs)
            .map(|n| {
                let people = [person(2 * n), person(2 * n + 1)];
                Pair {
                    conversation: ConversationId::pair(people[0].id, people[1].id).unwrap(),
                    room: RoomId(id(3, n)),
                    people,
                }
            })
            .collect();
        for (chunk, some) in pairs.chunks(PAIRS_PER_BATCH).enumerate() {
            let mut batch = Batch::new();
            for (n, pair) in some.iter().enumerate() {
                for person in &pair.people {
                    batch = batch.and(account::insert(person).unwrap());
                    batch = batch.and(login::insert(&login_of(person)).unwrap());
                }
                let meeting = meeting_of(chunk * PAIRS_PER_BATCH + n, pair);
                batch = batch.and(meeting::insert(&meeting).unwrap());
            }
            store.write_blocking(batch).unwrap();
        }
        store.close();
        Self { folder, pairs }
    }

    /// Where the server keeps everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the server, with these settings beside its defaults.
    pub fn start(&self, own: &[(&str, &str)]) -> Server {
        let settings = [&[("ACCOUNTS__TOKEN_SECRET", SECRET)], own].concat();
        Server::start(self.folder(), "--dev", &settings)
    }

    /// An access token of somebody, as this server signs them.
    pub fn token(&self, server: &Server, person: &Account) -> String {
        let tokens = AccessTokens::new(&Keys::derive(SECRET.as_bytes()), &server.url, TOKENS);
        let who = (person.id, LoginId(person.id.0));
        let made = tokens.make(who, person.role(), Scope::Account, &person.name, now());
        made.unwrap().0
    }
}
