//! People and meetings to try the product with.
//!
//! Their passwords are public, so they are no admins, and nobody logs in as one of them in a process
//! that did not seed the demo: a folder that was tried out and then used in earnest has no open
//! door.

mod offers;
mod people;

use std::sync::atomic::Ordering;

use parlor_data::nouns::account as accounts;
use parlor_domain::{
    access::Member,
    account::{Account, Email, HostStatus},
    id::{LoginId, MeetingId, UserId},
    meeting::{JoinState, Terms},
    time::{Millis, Timestamp},
};

use super::{ClientRef, MeetingView, NewMeeting, ServiceError, Services, keys};

/// Address of the demo's host.
const HOST: &str = "host@demo.parlor.example";
/// Address of the demo's client.
const CLIENT: &str = "client@demo.parlor.example";
/// What every address of the demo ends with.
const DOMAIN: &str = "@demo.parlor.example";
/// The password of both.
const PASSWORD: &str = "parlor demo 2026";

/// Where the demo can be tried.
#[derive(Debug, Clone)]
pub struct DemoPlace {
    /// The host's address.
    pub host_email: &'static str,
    /// The client's address.
    pub client_email: &'static str,
    /// The password of both.
    pub password: &'static str,
    /// The meeting that can be joined, or will be soon.
    pub meeting: MeetingId,
    /// The host's page of it.
    pub meeting_link: String,
    /// The client's join link.
    pub join_link: Option<String>,
}

impl Services {
    /// Makes the demo's people and meetings, as far as they are missing: a meeting whose door is
    /// open, and one tomorrow.
    pub async fn seed_demo(&self) -> Result<DemoPlace, ServiceError> {
        self.0.demo.store(true, Ordering::Relaxed);
        let host = self.demo_account(HOST, "Hanna Host", true).await?;
        self.demo_account(CLIENT, "Carl Client", false).await?;
        self.seed_hosts(host).await?;
        self.seed_offers(host, offers::OF_FIRST).await?;
        let soon = self.now() + Millis::from_mins(5);
        let soon = self.demo_meeting(host, "First talk", soon).await?;
        let tomorrow = self.now() + Millis::from_days(1);
        self.demo_meeting(host, "Second talk", tomorrow).await?;
        Ok(DemoPlace {
            host_email: HOST,
            client_email: CLIENT,
            password: PASSWORD,
            meeting: soon.meeting.id,
            meeting_link: soon.link.clone(),
            join_link: soon.join_link,
        })
    }

    /// Whether an account is one of the demo's, in a process without a demo.
    pub(super) fn is_shut_demo(&self, account: &Account) -> bool {
        let of_demo = account.email.as_str().ends_with(DOMAIN);
        of_demo && !self.0.demo.load(Ordering::Relaxed)
    }

    async fn demo_account(
        &self,
        email: &str,
        name: &str,
        host: bool,
    ) -> Result<UserId, ServiceError> {
        let email = Email::parse(email)?;
        if let Some(account) = accounts::load_by_email(&self.0.store, &email)? {
            return Ok(account.id);
        }
        let password_hash = self.0.passwords.hash(PASSWORD).await?;
        let account = self.demo_person(email, name, host, password_hash);
        self.open_account(account.id, accounts::insert(&account)?)
            .await?;
        if host {
            // On as soon as somebody logs in as the host.
            self.switch_host(member(account.id), true).await?;
        }
        Ok(account.id)
    }

    fn demo_person(&self, email: Email, name: &str, host: bool, password_hash: String) -> Account {
        let now = self.now();
        Account {
            id: UserId(keys::ordered_id(now)),
            email,
            email_verified_at: Some(now),
            name: name.into(),
            phone: None,
            gender: None,
            language: "en".into(),
            time_zone: "UTC".into(),
            admin: false,
            host: if host {
                HostStatus::Approved
            } else {
                HostStatus::None
            },
            banned: false,
            password_hash,
            created_at: now,
            updated_at: now,
        }
    }

    /// A demo meeting around `starts_at`: one that is there and not over, or a new one.
    async fn demo_meeting(
        &self,
        host: UserId,
        subject: &str,
        starts_at: Timestamp,
    ) -> Result<MeetingView, ServiceError> {
        let who = member(host);
        let around = Millis::from_mins(60);
        let found = self
            .meetings(who, starts_at - around, starts_at + around)?
            .into_iter()
            .find(|it| {
                it.meeting.terms.subject == subject
                    && matches!(it.joinable.state, JoinState::Open | JoinState::TooEarly)
            });
        if let Some(found) = found {
            return Ok(found);
        }
        let new = NewMeeting {
            terms: Terms {
                subject: subject.into(),
                description: "Made by the demo.".into(),
                starts_at,
                duration: Millis::from_mins(50),
            },
            client: ClientRef::Email(CLIENT.into()),
            client_name: Some("Carl Client".into()),
            lobby: true,
        };
        Ok(self.create_meeting(who, &new, None).await?.0)
    }
}

fn member(user: UserId) -> Member {
    Member {
        user,
        login: LoginId(uuid::Uuid::nil()),
    }
}
