//! The services on the memory store, with a clock that stands until it is moved.

use std::sync::{Arc, Mutex};

use parlor_domain::{
    access::{Admin, Member},
    account::{HostApproval, HostStatus},
    call::Quality,
    event::Event,
    host::{Draft, RateRules, SkillDraft, directory::Filter},
    id::{CallId, LoginId, MeetingId, RoomId, UserId},
    identity::{Identity, Role, Scope},
    invitation::NotRedeemed,
    mail::{Kind, Outcome, State, Why},
    meeting::{JoinState, Status, Terms},
    money::MilliCoins,
    room::Consent,
    time::{Millis, Timestamp},
};
use uuid::Uuid;

use super::*;
use crate::{
    clock::ManualClock,
    mailer::{MailTexts, fake::Post},
    ports::{Admit, Attendance, MeetingLog, NotIdentified, Refusal, RoomFact},
    testing::light_services,
};

mod agreements;
mod booking;
mod busy_calendars;
mod digests;
mod erasures;
mod exports;
mod files;
mod groups;
mod hosts;
mod inbox;
mod money;
mod notices;
mod presence;
mod push;
mod reminders;
mod reports;
mod second_factor;
mod waiting;
mod year;

/// 2026-03-02, 10:00 UTC.
const NOW: Timestamp = Timestamp(1_772_445_600_000);

/// Notes what connected people were told.
#[derive(Default)]
struct Told {
    revoked: Mutex<Vec<(UserId, LoginId)>>,
    ended: Mutex<Vec<RoomId>>,
    let_go: Mutex<Vec<(UserId, RoomId)>>,
    announced: Mutex<Vec<(RoomId, crate::ports::Announced)>>,
    events: Mutex<Vec<(UserId, &'static str)>>,
    hosts: Mutex<Vec<(UserId, Event)>>,
    reviewed: Mutex<Vec<UserId>>,
    lines: Mutex<Vec<(UserId, parlor_domain::ring::Input)>>,
    parted: Mutex<Vec<(UserId, UserId)>>,
}

impl Reach for Told {
    fn tell(&self, user: UserId, event: Event) {
        match event {
            Event::MeetingUpdated { status, .. } => {
                self.events.lock().unwrap().push((user, status));
            }
            Event::ReviewReceived { .. } => self.reviewed.lock().unwrap().push(user),
            _ => {}
        }
    }
    fn revoke(&self, user: UserId, login: LoginId) {
        self.revoked.lock().unwrap().push((user, login));
    }
    fn tell_sessions(&self, to: &[(UserId, parlor_domain::id::SessionId)], event: Event) {
        let mut told = self.hosts.lock().unwrap();
        told.extend(to.iter().map(|(user, _)| (*user, event.clone())));
    }
    fn on_line(&self, host: UserId, what: parlor_domain::ring::Input) {
        self.lines.lock().unwrap().push((host, what));
    }
    fn part(&self, one: UserId, other: UserId) {
        self.parted.lock().unwrap().push((one, other));
    }
    fn reseat(&self, _: UserId, _: UserId) {}
    fn leave(&self, _: UserId, _: parlor_domain::id::SessionId, _: RoomId) {}
    fn let_go(&self, user: UserId, room: RoomId) {
        self.let_go.lock().unwrap().push((user, room));
    }
    fn announce_admin(&self, room: RoomId, it: crate::ports::Announced) -> bool {
        self.announced.lock().unwrap().push((room, it));
        true
    }
    fn end_room(&self, room: RoomId) {
        self.ended.lock().unwrap().push(room);
    }
    fn converse(
        &self,
        _: &parlor_domain::identity::Identity,
        _: parlor_domain::conversation::ConversationId,
        _: crate::link::ConversationAsk,
    ) -> crate::ports::PortFuture<Result<crate::link::Answer, crate::link::Trouble>> {
        Box::pin(async { Ok(crate::link::Answer::Done) })
    }
}

struct House {
    services: Services,
    clock: Arc<ManualClock>,
    told: Arc<Told>,
    texts: MailTexts,
}

fn house_with(change: impl FnOnce(&mut ServicesConfig)) -> House {
    let clock = Arc::new(ManualClock::at(NOW));
    let mut config = ServicesConfig {
        public_url: "http://localhost".into(),
        host_approval: HostApproval::Open,
        ..light_services()
    };
    change(&mut config);
    let keys = Keys::derive(&[9; 32]);
    let store = Store::in_memory();
    let services = Services::new(store, keys, config, Arc::clone(&clock) as Arc<dyn Clock>);
    let told = Arc::new(Told::default());
    services.connect(Arc::clone(&told) as Arc<dyn Reach>);
    House {
        services,
        clock,
        told,
        texts: MailTexts::load(None).unwrap(),
    }
}

fn house() -> House {
    house_with(|_| {})
}

impl House {
    fn form(email: &str) -> SignUp {
        SignUp {
            name: "Ada".into(),
            email: email.into(),
            password: "correct horse".into(),
            time_zone: Some("Africa/Nairobi".into()),
            ..SignUp::default()
        }
    }

    /// Links of a kind of mail, newest first.
    fn links(&self, kind: &str) -> Vec<String> {
        let mails = self.services.mailbox(&self.texts).unwrap();
        mails
            .iter()
            .filter(|it| it.mail.kind.word() == kind)
            .filter_map(|it| {
                it.rendered
                    .text
                    .split_whitespace()
                    .find(|w| w.starts_with("http"))
            })
            .map(str::to_owned)
            .collect()
    }

    fn token(&self, kind: &str) -> String {
        let link = self.links(kind).remove(0);
        link.rsplit('/').next().unwrap().to_owned()
    }

    async fn member(&self, email: &str) -> (Member, Session) {
        self.services.sign_up(&Self::form(email)).await.unwrap();
        self.clock.advance(Millis(1));
        let session = self
            .services
            .verify(&self.token("verify"), None)
            .await
            .unwrap();
        (self.member_of(&session), session)
    }

    fn member_of(&self, session: &Session) -> Member {
        Member::try_from(&self.who(&session.access_token)).unwrap()
    }

    fn who(&self, token: &str) -> Identity {
        self.services.who(token, self.services.now()).unwrap()
    }

    async fn host(&self, email: &str) -> (Member, Identity) {
        let (member, session) = self.member(email).await;
        self.services.apply_to_host(member, "").await.unwrap();
        (member, self.who(&session.access_token))
    }

    async fn meeting_in(&self, host: Member, minutes: i64) -> MeetingView {
        let new = new_meeting(self.services.now() + Millis::from_mins(minutes));
        self.services
            .create_meeting(host, &new, None)
            .await
            .unwrap()
            .0
    }

    fn advance_mins(&self, minutes: i64) {
        self.clock.advance(Millis::from_mins(minutes));
    }

    fn join_token(&self, view: &MeetingView) -> String {
        let link = view.join_link.clone().unwrap();
        link.strip_prefix("http://localhost/j/").unwrap().to_owned()
    }
}

fn new_meeting(starts_at: Timestamp) -> NewMeeting {
    NewMeeting {
        terms: Terms {
            subject: "Talk".into(),
            description: String::new(),
            starts_at,
            duration: Millis::from_mins(50),
        },
        client: ClientRef::Email("guest@example.org".into()),
        client_name: Some("Gast".into()),
        lobby: true,
    }
}

#[actix::test]
async fn an_account_is_made_when_its_address_is_proven() {
    let house = house();
    let s = &house.services;
    s.sign_up(&House::form("ada@example.org")).await.unwrap();
    let early = s.log_in("ada@example.org", "correct horse", None).await;
    assert_eq!(early.err(), Some(ServiceError::WrongCredentials));
    let token = house.token("verify");
    let session = s.verify(&token, None).await.unwrap();
    assert_eq!(session.account.role(), Role::Client);
    assert_eq!(session.account.time_zone, "Africa/Nairobi");
    assert_eq!(
        s.verify(&token, None).await.err(),
        Some(ServiceError::LinkVoid)
    );
    let session = s
        .log_in(" ADA@example.org", "correct horse", Some("  My\tphone "))
        .await;
    let who = house.member_of(&session.unwrap());
    let devices = s.devices(who).unwrap();
    assert_eq!(devices.len(), 2);
    assert!(devices.iter().any(|it| it.current && it.name == "My phone"));
}

#[actix::test]
async fn a_link_ends() {
    let house = house();
    let s = &house.services;
    s.sign_up(&House::form("ada@example.org")).await.unwrap();
    let token = house.token("verify");
    house.clock.advance(Millis::from_days(1));
    assert_eq!(
        s.verify(&token, None).await.err(),
        Some(ServiceError::LinkVoid)
    );
}

#[actix::test]
async fn signing_up_says_nothing_about_who_has_an_account() {
    let house = house();
    house.member("ada@example.org").await;
    let before = house.services.store().seq().0;
    let known = house
        .services
        .sign_up(&House::form("ada@example.org"))
        .await;
    let after_known = house.services.store().seq().0;
    let unknown = house
        .services
        .sign_up(&House::form("bob@example.org"))
        .await;
    let after_unknown = house.services.store().seq().0;
    assert_eq!(known, unknown);
    assert_eq!(
        after_known - before,
        after_unknown - after_known,
        "same work"
    );
    // The owner hears of it; the stranger's password changed nothing.
    assert_eq!(house.links("already_registered").len(), 1);
    let other = SignUp {
        password: "another password".into(),
        ..House::form("ada@example.org")
    };
    house.services.sign_up(&other).await.unwrap();
    let login = house
        .services
        .log_in("ada@example.org", "another password", None);
    assert_eq!(login.await.err(), Some(ServiceError::WrongCredentials));
}

#[actix::test]
async fn logging_in_and_resetting_say_nothing_either() {
    let house = house();
    let s = &house.services;
    house.member("ada@example.org").await;
    for (email, password) in [
        ("ada@example.org", "wrong password"),
        ("nobody@example.org", "correct horse"),
        ("no address", "correct horse"),
    ] {
        let before = s.passwords_hashed();
        let answer = s.log_in(email, password, None).await.err();
        assert_eq!(s.passwords_hashed() - before, 1, "{email}");
        assert_eq!(answer, Some(ServiceError::WrongCredentials), "{email}");
    }
    let start = s.store().seq().0;
    s.request_reset("ada@example.org").await.unwrap();
    let known = s.store().seq().0;
    s.request_reset("nobody@example.org").await.unwrap();
    let unknown = s.store().seq().0;
    assert_eq!(known - start, unknown - known, "same work");
    assert_eq!(house.links("reset").len(), 1);
    assert_eq!(house.links("reset_unknown").len(), 0, "never sent");
}

#[actix::test]
async fn a_reset_ends_every_login() {
    let house = house();
    let (old, session) = house.member("ada@example.org").await;
    house
        .services
        .request_reset("ada@example.org")
        .await
        .unwrap();
    let token = house.token("reset");
    let weak = house.services.reset(&token, "short", None, None).await;
    assert!(matches!(weak.err(), Some(ServiceError::BadField(_))));
    let new = house
        .services
        .reset(&token, "a better password", None, None)
        .await
        .unwrap();
    assert!(
        house
            .services
            .reset(&token, "again and again", None, None)
            .await
            .is_err()
    );
    let gone = house
        .services
        .who(&session.access_token, house.services.now());
    assert_eq!(gone, Err(NotIdentified::Invalid));
    assert_eq!(
        house.told.revoked.lock().unwrap().as_slice(),
        [(old.user, old.login)]
    );
    house.who(&new.access_token);
    assert_eq!(house.links("password_changed").len(), 1);
}

#[actix::test]
async fn a_new_password_keeps_only_this_device() {
    let house = house();
    let s = &house.services;
    let (_, first) = house.member("ada@example.org").await;
    let here = s
        .log_in("ada@example.org", "correct horse", None)
        .await
        .unwrap();
    let who = house.member_of(&here);
    let wrong = s
        .change_password(who, "not it, sorry", "a better password")
        .await;
    assert!(matches!(wrong, Err(ServiceError::BadField(bad)) if bad.field == "current"));
    s.change_password(who, "correct horse", "a better password")
        .await
        .unwrap();
    house.who(&here.access_token);
    assert!(s.who(&first.access_token, s.now()).is_err());
    assert!(s.refresh(&first.refresh_token).await.is_err());
}

#[actix::test]
async fn a_refresh_token_shown_twice_ends_the_login() {
    let house = house();
    let s = &house.services;
    let (who, first) = house.member("ada@example.org").await;
    let second = s.refresh(&first.refresh_token).await.unwrap();
    assert_ne!(second.refresh_token, first.refresh_token);
    house.clock.advance(Millis::from_secs(31));
    let reused = s.refresh(&first.refresh_token).await.err();
    assert_eq!(reused, Some(ServiceError::LoginOver));
    assert_eq!(
        s.refresh(&second.refresh_token).await.err(),
        Some(ServiceError::LoginOver),
        "the whole family is over"
    );
    assert!(s.who(&second.access_token, s.now()).is_err());
    assert_eq!(
        house.told.revoked.lock().unwrap().as_slice(),
        [(who.user, who.login)]
    );
    // Noise ends nothing.
    let (_, other) = house.member("bob@example.org").await;
    assert!(s.refresh("AAAA").await.is_err());
    assert!(s.refresh(&other.refresh_token).await.is_ok());
}

#[actix::test]
async fn logging_out_reaches_the_sockets() {
    let house = house();
    let (who, session) = house.member("ada@example.org").await;
    house
        .services
        .log_out_by_token(&session.refresh_token)
        .await
        .unwrap();
    assert!(house.services.who(&session.access_token, NOW).is_err());
    assert_eq!(
        house.told.revoked.lock().unwrap().as_slice(),
        [(who.user, who.login)]
    );
    let (bob, _) = house.member("bob@example.org").await;
    let stolen = house.services.end_device(bob, who.login).await;
    assert_eq!(stolen, Err(ServiceError::NotFound), "not one's own device");
}

#[actix::test]
async fn the_first_admin_is_made_once() {
    let house = house();
    let s = &house.services;
    let first = s.first_admin_link().await.unwrap().unwrap();
    let second = s.first_admin_link().await.unwrap().unwrap();
    let token = |link: &str| {
        link.strip_prefix("http://localhost/setup/")
            .unwrap()
            .to_owned()
    };
    let form = House::form("root@example.org");
    let session = s.set_up(&token(&second), &form, None).await.unwrap();
    assert_eq!(session.account.role(), Role::Admin);
    assert!(session.account.may_host());
    assert_eq!(s.first_admin_link().await.unwrap(), None);
    let other = House::form("evil@example.org");
    for link in [&first, &second] {
        let again = s.set_up(&token(link), &other, None).await;
        assert_eq!(again.err(), Some(ServiceError::LinkVoid));
    }
    let third = s.admin_link().await.unwrap();
    let other = s.set_up(&token(&third), &other, None).await.unwrap();
    assert_eq!(other.account.role(), Role::Admin);
}

#[actix::test]
async fn an_admin_decides_about_hosts() {
    let house = house_with(|config| config.host_approval = HostApproval::Review);
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let refused = s
        .create_meeting(ada, &new_meeting(NOW + Millis::from_mins(9)), None)
        .await;
    assert_eq!(refused.err(), Some(ServiceError::NotHost));
    let admin = Admin {
        user: UserId(Uuid::nil()),
    };
    assert!(s.host_applications(admin).unwrap().is_empty());
    s.apply_to_host(ada, " I listen well. ").await.unwrap();
    let waiting = &s.host_applications(admin).unwrap()[0];
    assert_eq!(waiting.account.id, ada.user);
    assert_eq!(waiting.letter.message, "I listen well.");
    let decide = |approve, reason| s.decide_host(admin, ada.user, approve, reason);
    let rejected = decide(false, "Tell us more.").await.unwrap();
    assert_eq!(rejected.account.host, HostStatus::Rejected);
    assert_eq!(s.my_host(ada).unwrap().letter.reason, "Tell us more.");
    assert_eq!(s.rates_of(ada.user).err(), Some(ServiceError::NotFound));
    s.apply_to_host(ada, "I really do.").await.unwrap();
    let approved = decide(true, "").await.unwrap();
    assert_eq!(approved.account.host, HostStatus::Approved);
    assert_eq!(approved.letter.reason, "");
    assert_eq!(s.rates_of(ada.user), Ok(RateRules::default().start));
    let suspended = decide(false, "A complaint").await.unwrap();
    assert_eq!(suspended.account.host, HostStatus::Suspended);
    assert_eq!(s.rates_of(ada.user).err(), Some(ServiceError::NotFound));
    decide(true, "It was settled").await.unwrap();
    assert!(s.host_applications(admin).unwrap().is_empty());
    house.meeting_in(ada, 9).await;
    let nobody = s.decide_host(admin, UserId(Uuid::nil()), true, "").await;
    assert_eq!(nobody.err(), Some(ServiceError::NotFound));
}

#[actix::test]
async fn a_host_tells_about_himself_and_asks_for_a_price() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let mut draft = Draft {
        title: "Listener".into(),
        audio: Some(MilliCoins(12_500)),
        skills: vec![SkillDraft {
            title: "Grief".into(),
            ..SkillDraft::default()
        }],
        ..Draft::default()
    };
    let view = s.save_profile(host, &draft).await.unwrap();
    assert_eq!(view.profile.title, "Listener");
    let id = view.profile.skills[0].id;
    assert_eq!(
        s.rates_of(host.user).unwrap().audio,
        Some(MilliCoins(12_500))
    );
    assert_eq!(s.rates_of(host.user).unwrap().video, None);
    draft.skills[0].id = Some(id);
    draft.skills[0].title = "Loss".into();
    let view = s.save_profile(host, &draft).await.unwrap();
    assert_eq!(view.profile.skills[0].id, id);
    draft.audio = Some(MilliCoins(1));
    let refused = s.save_profile(host, &draft).await;
    assert!(matches!(refused, Err(ServiceError::BadField(bad)) if bad.field == "audioCostPerMin"));
}

#[actix::test]
async fn a_host_switches_on_and_is_found_while_connected() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let there = Filter {
        there: true,
        ..Filter::default()
    };
    let found = |filter: &Filter| s.hosts(ada.user, filter, (0, 9)).found.total;
    assert_eq!((found(&Filter::default()), found(&there)), (1, 0));
    assert_eq!(
        s.switch_host(ada, true).await.err(),
        Some(ServiceError::NotHost)
    );
    s.switch_host(host, true).await.unwrap();
    assert_eq!(found(&there), 0, "switched on, but away");
    s.here(host.user, true);
    assert_eq!(found(&there), 1);
    s.here(host.user, false);
    assert_eq!(found(&there), 1, "the grace runs");
    house.clock.advance(Millis::from_secs(30));
    assert_eq!(found(&there), 0);
    s.here(host.user, true);
    assert!(s.my_host(host).unwrap().online);
    s.switch_host(host, false).await.unwrap();
    assert_eq!(found(&there), 0);
    let refused = s
        .decide_host(
            Admin {
                user: UserId(Uuid::nil()),
            },
            host.user,
            false,
            "",
        )
        .await;
    assert_eq!(refused.unwrap().account.host, HostStatus::Suspended);
    assert_eq!(found(&Filter::default()), 0);
}

#[actix::test]
async fn a_command_with_a_key_happens_once() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let new = new_meeting(NOW + Millis::from_mins(60));
    let (first, made) = s.create_meeting(host, &new, Some("k1")).await.unwrap();
    assert!(made);
    house.advance_mins(1);
    let (again, made) = s.create_meeting(host, &new, Some("k1")).await.unwrap();
    assert!(!made);
    assert_eq!(first.meeting.id, again.meeting.id);
    assert_eq!(house.links("invitation").len(), 1);
    let other = NewMeeting {
        lobby: false,
        ..new.clone()
    };
    let reused = s.create_meeting(host, &other, Some("k1")).await;
    assert_eq!(reused.err(), Some(ServiceError::KeyReused));
    let (third, _) = s.create_meeting(host, &new, Some("k2")).await.unwrap();
    assert_ne!(third.meeting.id, first.meeting.id);
}

#[actix::test]
async fn further_people_have_links_of_their_own_up_to_what_the_room_holds() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 10).await;
    let id = view.meeting.id;
    let with_one = s
        .invite_guest(host, id, "Third@example.org", Some("Third"))
        .await
        .unwrap();
    assert_eq!(with_one.guests.len(), 1);
    let again = s
        .invite_guest(host, id, "third@example.org", None)
        .await
        .unwrap();
    assert_eq!(again.guests, with_one.guests, "asked twice, invited once");
    s.invite_guest(host, id, "fourth@example.org", None)
        .await
        .unwrap();
    let fifth = s
        .invite_guest(host, id, "fifth@example.org", None)
        .await
        .err();
    assert_eq!(fifth, Some(ServiceError::RoomHolds(4)));

    let token = |link: &str| link.strip_prefix("http://localhost/j/").unwrap().to_owned();
    let third = s
        .redeem(&token(&with_one.guests[0].link), "Third", None, None)
        .await
        .unwrap();
    let client = s
        .redeem(&house.join_token(&view), "Gast", None, None)
        .await
        .unwrap();
    assert_ne!(third.user, client.user);
    for session in [&third, &client] {
        let who = house.who(&session.access_token);
        assert!(s.admit(&who, view.meeting.room, s.now()).is_ok());
    }

    let left = s
        .uninvite_guest(host, id, "third@example.org")
        .await
        .unwrap();
    assert_eq!(left.guests.len(), 1);
    assert!(
        s.who(&third.access_token, s.now()).is_err(),
        "let go at once"
    );
    assert!(s.who(&client.access_token, s.now()).is_ok());
    let own = s.uninvite_guest(host, id, "guest@example.org").await.err();
    assert!(matches!(own, Some(ServiceError::BadField(_))));
}

#[actix::test]
async fn a_move_gives_every_invited_person_a_new_link_and_a_mail() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 60).await;
    let id = view.meeting.id;
    let before = s
        .invite_guest(host, id, "third@example.org", None)
        .await
        .unwrap();
    let change = MeetingChange {
        starts_at: Some(view.meeting.terms.starts_at + Millis::from_mins(30)),
        ..MeetingChange::default()
    };
    let after = s.change_meeting(host, id, &change).await.unwrap();
    assert_eq!(after.guests.len(), 1);
    assert_ne!(after.guests[0].link, before.guests[0].link);
    assert_ne!(after.join_link, view.join_link);
    let shown = s.mailbox(&house.texts).unwrap();
    let moved = shown
        .iter()
        .filter(|it| matches!(it.mail.kind, Kind::Changed(_)));
    let links: Vec<_> = moved
        .map(|it| (it.mail.to.as_str().to_owned(), it.rendered.text.clone()))
        .collect();
    assert_eq!(links.len(), 2);
    for (to, text) in links {
        let own = match to.as_str() {
            "third@example.org" => &after.guests[0].link,
            _ => after.join_link.as_ref().unwrap(),
        };
        assert!(text.contains(own.as_str()), "{to} gets the own link");
    }
}

#[actix::test]
async fn a_meeting_is_seen_by_its_people_only() {
    let house = house();
    let s = &house.services;
    let (host, host_who) = house.host("host@example.org").await;
    let (client, client_session) = house.member("guest@example.org").await;
    let (_, stranger) = house.member("eve@example.org").await;
    let view = house.meeting_in(host, 60).await;
    let id = view.meeting.id;
    assert_eq!(view.meeting.client.user, Some(client.user));
    let seen = s
        .meeting(&house.who(&client_session.access_token), id)
        .await
        .unwrap();
    assert_eq!((seen.viewer, seen.join_link), (Viewer::Client, None));
    let eve = house.who(&stranger.access_token);
    assert_eq!(
        s.meeting(&eve, id).await.err(),
        Some(ServiceError::Forbidden)
    );
    assert_eq!(s.room_for(&eve, id).err(), Some(ServiceError::Forbidden));
    let unknown = MeetingId(Uuid::nil());
    let missing = s.meeting(&host_who, unknown).await.err();
    assert_eq!(missing, Some(ServiceError::NotFound));
    assert_eq!(s.meetings(client, NOW, Timestamp::MAX).unwrap().len(), 1);
    let admit = |who: &Identity| s.admit(who, view.meeting.room, s.now());
    assert_eq!(admit(&eve).err(), Some(Refusal::Stranger));
    let nowhere = s.admit(&eve, RoomId(Uuid::nil()), s.now());
    assert_eq!(nowhere.err(), Some(Refusal::NotFound));
}

/// An admin, as somebody who is in no meeting here.
async fn admin_of(house: &House) -> Identity {
    let link = house.services.first_admin_link().await.unwrap().unwrap();
    let token = link.rsplit('/').next().unwrap();
    let form = House::form("root@example.org");
    let session = house.services.set_up(token, &form, None).await.unwrap();
    house.who(&session.access_token)
}

async fn entries_in_the_log(house: &House) -> Vec<(Option<String>, Option<String>)> {
    house.services.audit_settled().await.unwrap();
    let wanted = parlor_domain::audit::Wanted {
        action: Some("video_call_break_glass".into()),
        ..Default::default()
    };
    let found = parlor_data::nouns::audit::search(house.services.store(), &wanted, None, 9, 999);
    let records = found.unwrap().records.into_iter();
    records.map(|it| (it.refused, it.words)).collect()
}

#[actix::test]
async fn an_admin_gets_into_no_room_while_that_is_switched_off() {
    let house = house();
    let s = &house.services;
    let (ada, _) = house.host("ada@example.org").await;
    let view = house.meeting_in(ada, 5).await;
    let (id, room) = (view.meeting.id, view.meeting.room);
    let root = admin_of(&house).await;
    assert_eq!(s.break_glass_min(), None);
    assert!(s.break_glass(&root, id, "a complaint", None).await.is_err());
    // Nor by any other way.
    assert_eq!(s.admit(&root, room, s.now()).err(), Some(Refusal::Stranger));
    assert!(s.join_meeting(&root, id).await.is_err());
    assert!(s.start_call(&root, id).await.is_err());
    assert!(s.room_for(&root, id).is_err());
    assert!(s.end_call(&root, id).await.is_err());
    assert!(house.told.announced.lock().unwrap().is_empty());
}

#[actix::test]
async fn an_admin_who_breaks_the_glass_is_recorded_announced_and_out_again() {
    let lasts = Millis::from_mins(15);
    let house = house_with(|config| config.break_glass = Some(lasts));
    let s = &house.services;
    let (ada, host) = house.host("ada@example.org").await;
    let view = house.meeting_in(ada, 5).await;
    let (id, room) = (view.meeting.id, view.meeting.room);
    let root = admin_of(&house).await;
    let glass = async |who: &Identity, reason: &str| s.break_glass(who, id, reason, None).await;
    // Not without a reason, not as somebody else, and not just by asking for a seat.
    assert!(glass(&root, "  ").await.is_err());
    assert_eq!(glass(&host, "mine").await, Err(ServiceError::Forbidden));
    assert_eq!(s.admit(&root, room, s.now()).err(), Some(Refusal::Stranger));
    assert!(entries_in_the_log(&house).await.is_empty());
    assert!(house.told.announced.lock().unwrap().is_empty());

    let entry = glass(&root, "A complaint about this call").await.unwrap();
    assert_eq!((entry.room, entry.until), (room, s.now() + lasts));
    let told = house.told.announced.lock().unwrap().clone();
    assert_eq!(
        (told.len(), told[0].0, told[0].1.until),
        (1, room, entry.until)
    );
    assert_eq!(told[0].1.reason, "A complaint about this call");
    let words = Some("A complaint about this call".to_owned());
    assert_eq!(entries_in_the_log(&house).await, [(None, words)]);
    let seat = s.admit(&root, room, s.now()).unwrap();
    assert_eq!(
        (seat.moderator, seat.waits, seat.role),
        (false, false, Role::Admin)
    );
    // The pass is for one room, one admin and a time.
    let other = house.meeting_in(ada, 5).await.meeting.room;
    assert_eq!(
        s.admit(&root, other, s.now()).err(),
        Some(Refusal::Stranger)
    );
    house.clock.advance(lasts);
    assert_eq!(s.admit(&root, room, s.now()).err(), Some(Refusal::Stranger));
}

#[actix::test]
async fn every_way_in_asks_the_same_door() {
    let house = house();
    let s = &house.services;
    let (host, who) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 60).await;
    let (id, room) = (view.meeting.id, view.meeting.room);
    let token = house.join_token(&view);
    let opens = view.meeting.terms.starts_at - Millis::from_mins(15);
    let closes = view.meeting.terms.starts_at + Millis::from_mins(120);
    for (at, state) in [
        (opens - Millis(1), JoinState::TooEarly),
        (opens, JoinState::Open),
        (closes - Millis(1), JoinState::Open),
        (closes, JoinState::TooLate),
    ] {
        house.clock.set(at);
        let open = state == JoinState::Open;
        assert_eq!(s.room_for(&who, id).is_ok(), open, "room at {state:?}");
        assert_eq!(s.admit(&who, room, at).is_ok(), open, "seat at {state:?}");
        assert_eq!(s.preview(&token).unwrap().joinable.state, state);
        if state != JoinState::TooLate {
            let redeemed = s.redeem(&token, "Gast", None, None).await;
            assert_eq!(redeemed.is_ok(), open, "link at {state:?}");
        }
        let seen = s.meeting(&who, id).await.unwrap().joinable;
        assert_eq!(
            (seen.state, seen.opens_at, seen.closes_at),
            (state, opens, closes)
        );
    }
    let late = s.admit(&who, room, closes);
    assert_eq!(late, Err(Refusal::TooLate(closes)));
}

#[actix::test]
async fn a_link_lets_in_two_devices_and_looking_consumes_nothing() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let token = house.join_token(&view);
    let before = s.store().seq();
    for _ in 0..10 {
        assert_eq!(s.preview(&token).unwrap().invitee_name, "Gast");
    }
    assert_eq!(s.store().seq(), before, "nothing was written");
    let first = s.redeem(&token, "Gast", None, Some("Phone")).await.unwrap();
    let who = house.who(&first.access_token);
    assert_eq!((who.role, who.name.as_str()), (Role::Guest, "Gast"));
    let seat = s.admit(&who, view.meeting.room, s.now()).unwrap();
    assert!(seat.waits && !seat.moderator);
    // The same device again, then a second one, then one too many.
    let cookie = Some(first.refresh_token.as_str());
    let again = s.redeem(&token, "Gast 2", cookie, None).await.unwrap();
    assert_eq!(again.user, first.user);
    assert!(s.who(&first.access_token, s.now()).is_err(), "replaced");
    s.redeem(&token, "Gast", None, None).await.unwrap();
    let third = s.redeem(&token, "Gast", None, None).await.err();
    assert_eq!(third, Some(NotRedeemed::TooManyDevices.into()));
    let back = s.refresh_guest(&again.refresh_token).await.unwrap();
    assert_eq!(back.name, "Gast 2");
    assert!(
        s.refresh(&back.refresh_token).await.is_err(),
        "no account's token"
    );
    assert_eq!(s.preview("nonsense").err(), Some(ServiceError::LinkVoid));
}

#[actix::test]
async fn a_guest_who_still_talks_when_the_door_closes_is_not_cut_off() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let id = view.meeting.id;
    let token = house.join_token(&view);
    let guest = s.redeem(&token, "Gast", None, None).await.unwrap();
    house.advance_mins(100);
    let call = CallId(Uuid::from_u128(7));
    s.note(id, RoomFact::CallStarted(call, s.now()))
        .await
        .unwrap();
    house.advance_mins(50);
    s.sweep_closed_meetings().await.unwrap();
    let late = s.redeem(&token, "Gast", None, None).await.err();
    assert_eq!(
        late,
        Some(NotRedeemed::Expired.into()),
        "nobody else comes in"
    );
    let guest = s.refresh_guest(&guest.refresh_token).await.unwrap();
    s.note(id, RoomFact::EndedForAll(s.now())).await.unwrap();
    assert!(s.refresh_guest(&guest.refresh_token).await.is_err());
    assert!(s.who(&guest.access_token, s.now()).is_err());
}

#[actix::test]
async fn a_guest_is_in_one_room_only() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let other = house.meeting_in(host, 6).await;
    let guest = s
        .redeem(&house.join_token(&view), "Gast", None, None)
        .await
        .unwrap();
    let who = house.who(&guest.access_token);
    assert!(Member::try_from(&who).is_err());
    let elsewhere = s.admit(&who, other.meeting.room, s.now());
    assert_eq!(elsewhere, Err(Refusal::Stranger));
    let seen = s.meeting(&who, other.meeting.id).await.err();
    assert_eq!(seen, Some(ServiceError::Forbidden));
    assert_eq!(
        s.meeting(&who, view.meeting.id).await.unwrap().viewer,
        Viewer::Guest
    );
    let cancelled = s.cancel_meeting(&who, view.meeting.id, "").await.err();
    assert_eq!(cancelled, Some(ServiceError::Forbidden));
}

#[actix::test]
async fn who_signs_up_later_finds_the_meetings_they_were_invited_to() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 60).await;
    assert_eq!(view.meeting.client.user, None);
    let (guest, session) = house.member("guest@example.org").await;
    let mine = s.meetings(guest, NOW, Timestamp::MAX).unwrap();
    assert_eq!(mine[0].meeting.id, view.meeting.id);
    house.advance_mins(50);
    let who = house.services.who(&session.access_token, NOW).unwrap();
    assert!(s.admit(&who, view.meeting.room, s.now()).is_ok());
    // The link in the mail goes on working.
    let token = house.join_token(&view);
    s.redeem(&token, "Gast", None, None).await.unwrap();
}

#[actix::test]
async fn a_move_makes_a_new_link_and_ends_the_old_guests() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let old = house.join_token(&view);
    let guest = s.redeem(&old, "Gast", None, None).await.unwrap();
    house.advance_mins(1);
    let change = MeetingChange {
        starts_at: Some(view.meeting.terms.starts_at + Millis::from_mins(5)),
        ..MeetingChange::default()
    };
    let moved = s
        .change_meeting(host, view.meeting.id, &change)
        .await
        .unwrap();
    assert_eq!(moved.meeting.version, 2);
    assert_eq!(moved.meeting.room, view.meeting.room);
    let new = house.join_token(&moved);
    assert_ne!(old, new);
    let void = s.redeem(&old, "Gast", None, None).await.err();
    assert_eq!(void, Some(NotRedeemed::Revoked.into()));
    assert!(s.who(&guest.access_token, s.now()).is_err());
    assert_eq!(house.told.revoked.lock().unwrap().len(), 1);
    s.redeem(&new, "Gast", None, None).await.unwrap();
    assert!(house.links("changed")[0].ends_with(&new));
    assert!(
        house.links("invitation").is_empty(),
        "the old mail is of no use"
    );
}

#[actix::test]
async fn calling_it_off_ends_the_room_and_tells_the_other_side() {
    let house = house();
    let s = &house.services;
    let (host, host_who) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let token = house.join_token(&view);
    s.cancel_meeting(&host_who, view.meeting.id, "")
        .await
        .unwrap();
    assert_eq!(*house.told.ended.lock().unwrap(), [view.meeting.room]);
    let events = house.told.events.lock().unwrap().clone();
    assert!(events.contains(&(host.user, "cancelled")));
    let mails = s.mailbox(&house.texts).unwrap();
    let to: Vec<_> = mails
        .iter()
        .filter(|it| it.mail.kind.word() == "cancelled")
        .map(|it| it.mail.to.as_str().to_owned())
        .collect();
    assert_eq!(to, ["guest@example.org"]);
    assert_eq!(s.preview(&token).unwrap().joinable.state, JoinState::Over);
    assert!(s.redeem(&token, "Gast", None, None).await.is_err());
    let seat = s.admit(&host_who, view.meeting.room, s.now());
    assert_eq!(seat, Err(Refusal::Over));
}

#[actix::test]
async fn the_room_reports_and_the_record_shows_it() {
    let house = house();
    let s = &house.services;
    let (host, who) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let (id, call) = (view.meeting.id, CallId(Uuid::from_u128(7)));
    let guest = UserId(Uuid::from_u128(8));
    house.advance_mins(5);
    let note = async |fact| s.note(id, fact).await.unwrap();
    note(RoomFact::Entered(host.user, s.now())).await;
    note(RoomFact::Entered(guest, s.now())).await;
    note(RoomFact::CallStarted(call, s.now())).await;
    let seen = s.meeting(&who, id).await.unwrap();
    assert_eq!(seen.meeting.status, Status::InProgress);
    assert!(s.room_for(&who, id).is_ok(), "people come back");
    house.advance_mins(20);
    note(RoomFact::CallEnded(call, s.now(), Millis::ZERO)).await;
    assert!(s.room_for(&who, id).is_ok(), "leaving is not ending");
    note(RoomFact::EndedForAll(s.now())).await;
    note(RoomFact::EndedForAll(s.now())).await;
    let seen = s.meeting(&who, id).await.unwrap();
    assert_eq!(seen.meeting.status, Status::Completed);
    assert_eq!(seen.call_time, Millis::from_mins(20));
}

#[actix::test]
async fn a_call_declared_over_rest_begins_with_the_second_side() {
    let house = house();
    let s = &house.services;
    let (host, host_who) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let id = view.meeting.id;
    let guest = s
        .redeem(&house.join_token(&view), "Gast", None, None)
        .await
        .unwrap();
    let guest = house.who(&guest.access_token);
    let status = |view: MeetingView| view.meeting.status;
    assert_eq!(
        status(s.start_call(&host_who, id).await.unwrap()),
        Status::Confirmed
    );
    assert_eq!(
        status(s.start_call(&guest, id).await.unwrap()),
        Status::InProgress
    );
    house.clock.advance(Millis::from_secs(90));
    assert_eq!(
        status(s.end_call(&guest, id).await.unwrap()),
        Status::InProgress
    );
    let ended = s.end_call(&host_who, id).await.unwrap();
    assert_eq!(ended.call_time, Millis::from_secs(90));
    assert_eq!(status(ended), Status::Completed);
}

#[actix::test]
async fn people_are_reminded_once_and_only_of_what_will_be() {
    let house = house();
    let s = &house.services;
    let (host, host_who) = house.host("host@example.org").await;
    house.meeting_in(host, 60).await;
    let off = house.meeting_in(host, 61).await;
    s.cancel_meeting(&host_who, off.meeting.id, "")
        .await
        .unwrap();
    // An hour before is not ahead any more when it was made.
    house.advance_mins(40);
    assert_eq!(s.sweep_reminders().await, Ok(0));
    house.advance_mins(7);
    assert_eq!(s.sweep_reminders().await, Ok(2));
    assert_eq!(s.sweep_reminders().await, Ok(0));
    let mails = s.mailbox(&house.texts).unwrap();
    let reminder = |to: &str| {
        let it = mails
            .iter()
            .find(|it| it.mail.kind.word() == "reminder" && it.mail.to.as_str() == to);
        it.unwrap().rendered.clone()
    };
    let guest = reminder("guest@example.org");
    assert_eq!(guest.subject, "Video Call Starting Soon");
    assert!(guest.text.contains("in 13 minutes"), "{}", guest.text);
    assert!(guest.text.contains("/j/"));
    // Told in the zone of the host, who is in Nairobi: 10:00 UTC and an hour.
    assert!(
        guest.text.contains("14:00 (Africa/Nairobi)"),
        "{}",
        guest.text
    );
    assert!(reminder("host@example.org").text.contains("/video-call/"));
}

#[actix::test]
async fn doors_close_and_old_traces_go() {
    let house = house();
    let s = &house.services;
    let (host, who) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let id = view.meeting.id;
    house.advance_mins(6);
    let call = CallId(Uuid::from_u128(7));
    s.note(id, RoomFact::Entered(host.user, s.now()))
        .await
        .unwrap();
    s.note(id, RoomFact::CallStarted(call, s.now()))
        .await
        .unwrap();
    house.advance_mins(140);
    assert_eq!(s.sweep_closed_meetings().await, Ok(1));
    let still = s.meeting(&who, id).await.unwrap();
    assert_eq!(
        still.meeting.status,
        Status::InProgress,
        "people still talk"
    );
    s.note(id, RoomFact::CallEnded(call, s.now(), Millis::ZERO))
        .await
        .unwrap();
    house.advance_mins(20);
    s.sweep_closed_meetings().await.unwrap();
    house.clock.advance(Millis::from_days(179));
    let first = s.sweep_old().await.unwrap();
    let counts = |it: &Swept, of: [&str; 2]| of.map(|class| it.count(class));
    assert!(
        counts(&first, ["logins", "mails"]).iter().all(|it| *it > 0),
        "{first:?}"
    );
    assert_eq!(counts(&first, ["calls", "meetings"]), [0, 0]);
    house.clock.advance(Millis::from_days(2));
    let swept = s.sweep_old().await.unwrap();
    assert_eq!(counts(&swept, ["calls", "meetings"]), [1, 1]);
    let kept = s.load_meeting(id).unwrap();
    assert_eq!(kept.call_started_at, None);
    assert_eq!(kept.call_time, Millis::from_mins(140), "how long stays");
    assert_eq!(s.sweep_old().await.unwrap().count("meetings"), 0);
}

#[actix::test]
async fn a_mail_is_sent_once_and_repeated_with_the_same_name() {
    let house = house();
    let s = &house.services;
    let (host, who) = house.host("host@example.org").await;
    let (stub, mut sent) = Post::new();
    // The mail of the sign-up is done already in this story.
    s.send_due(&house.texts, &stub).await.unwrap();
    sent.recv().await.unwrap();
    stub.answer(Outcome::Unknown, None);
    let view = house.meeting_in(host, 60).await;
    let sends = async || s.send_due(&house.texts, &stub).await.map(|it| it.sent);
    assert_eq!(sends().await, Ok(0));
    house.advance_mins(1);
    assert_eq!(sends().await, Ok(0), "not due yet");
    house.advance_mins(1);
    assert_eq!(sends().await, Ok(1));
    assert_eq!(sends().await, Ok(0));
    let first = sent.recv().await.unwrap();
    let second = sent.recv().await.unwrap();
    assert_eq!(first.id, second.id, "the same Message-ID");
    assert_eq!(first.calendar, second.calendar);
    let entry = first.calendar.unwrap();
    assert_eq!(entry.method, "REQUEST");
    assert!(entry.text.contains("SEQUENCE:1\r\n"), "{}", entry.text);
    let uid = |text: &str| {
        let line = text.split("\r\n").find(|line| line.starts_with("UID:"));
        line.unwrap().to_owned()
    };
    // A move keeps the entry and raises its number; so does calling it off.
    let later = MeetingChange {
        starts_at: Some(view.meeting.terms.starts_at + Millis::from_mins(60)),
        ..MeetingChange::default()
    };
    let id = view.meeting.id;
    s.change_meeting(host, id, &later).await.unwrap();
    assert_eq!(sends().await, Ok(1));
    let moved = sent.recv().await.unwrap().calendar.unwrap();
    assert_eq!(moved.method, "REQUEST");
    assert!(moved.text.contains("SEQUENCE:2\r\n"), "{}", moved.text);
    s.cancel_meeting(&who, id, "").await.unwrap();
    assert_eq!(sends().await, Ok(1));
    let off = sent.recv().await.unwrap().calendar.unwrap();
    assert_eq!(off.method, "CANCEL");
    assert!(off.text.contains("SEQUENCE:3\r\n"), "{}", off.text);
    assert!(uid(&entry.text) == uid(&moved.text) && uid(&moved.text) == uid(&off.text));
    // What is of no use any more is not sent.
    let again = house.meeting_in(host, 70).await;
    s.cancel_meeting(&who, again.meeting.id, "").await.unwrap();
    assert_eq!(sends().await, Ok(1));
    let last = sent.recv().await.unwrap();
    assert_eq!(last.words.subject, "Called off: Talk");
}

#[actix::test]
async fn an_address_that_refuses_mail_gets_none_any_more() {
    let house = house();
    let s = &house.services;
    let (post, mut sent) = Post::new();
    let send = async || s.send_due(&house.texts, &post).await.unwrap();
    post.answer(Outcome::NoMailbox, Some(550));
    s.sign_up(&House::form("ada@example.org")).await.unwrap();
    assert_eq!(send().await.sent, 0);
    assert!(sent.recv().await.is_some());
    s.sign_up(&House::form("ada@example.org")).await.unwrap();
    assert_eq!((send().await.sent, sent.try_recv().is_err()), (0, true));
    let (latest, _) = parlor_data::nouns::mail::latest(s.store(), &[], None, 9, 9).unwrap();
    let mut ends: Vec<_> = latest.iter().map(|it| (it.state, it.why)).collect();
    ends.sort_by_key(|(state, _)| state.word());
    assert_eq!(
        ends,
        [
            (State::Dropped, Some(Why::Suppressed)),
            (State::Failed, Some(Why::NoMailbox)),
        ]
    );
}

#[actix::test]
async fn an_address_gets_so_many_mails_a_day_also_over_a_restart() {
    let house = house_with(|it| it.daily_mails.account = 2);
    let s = &house.services;
    let (post, _sent) = Post::new();
    let sign_up = async || s.sign_up(&House::form("ada@example.org")).await.unwrap();
    let send = async || s.send_due(&house.texts, &post).await.unwrap().sent;
    sign_up().await;
    // What did not arrive does not count.
    post.answer(Outcome::Later, Some(451));
    assert_eq!(send().await, 0);
    house.clock.advance(Millis::from_secs(10));
    assert_eq!(send().await, 1);
    let again = Services::new(
        s.store().clone(),
        Keys::derive(&[9; 32]),
        s.config().clone(),
        Arc::clone(&house.clock) as Arc<dyn Clock>,
    );
    again.recover_mails().await.unwrap();
    let send_again = async || again.send_due(&house.texts, &post).await.unwrap().sent;
    sign_up().await;
    sign_up().await;
    s.sign_up(&House::form("bob@example.org")).await.unwrap();
    assert_eq!(send_again().await, 2, "one to each of the two");
    let (dropped, _) =
        parlor_data::nouns::mail::latest(s.store(), &[State::Dropped], None, 9, 9).unwrap();
    let whys: Vec<_> = dropped.iter().map(|it| it.why).collect();
    assert_eq!(whys, [Some(Why::TooMany)]);
    house.clock.advance(Millis::from_days(1));
    sign_up().await;
    assert_eq!(send_again().await, 1);
}

#[actix::test]
async fn a_server_that_is_away_costs_mails_no_patience() {
    let house = house();
    let s = &house.services;
    let (post, mut sent) = Post::new();
    let send = async || s.send_due(&house.texts, &post).await.unwrap();
    s.sign_up(&House::form("ada@example.org")).await.unwrap();
    post.away(true);
    assert_eq!(send().await.taken, 0);
    assert!(s.post_office().trouble().is_some());
    post.away(false);
    assert_eq!(send().await.taken, 0, "left alone for a while");
    house.clock.advance(Millis::from_secs(5));
    assert_eq!(send().await.sent, 1);
    assert!(s.post_office().trouble().is_none());
    assert!(sent.recv().await.is_some());
    let (latest, _) = parlor_data::nouns::mail::latest(s.store(), &[], None, 9, 9).unwrap();
    assert_eq!(latest[0].attempts, 1);
}

#[actix::test]
async fn a_mail_on_the_wire_during_a_crash_is_settled_at_the_start() {
    let house = house();
    let s = &house.services;
    s.sign_up(&House::form("ada@example.org")).await.unwrap();
    let mails = parlor_data::nouns::mail::load_due(s.store(), NOW, 9).unwrap();
    let mut mail = mails[0].value.clone();
    assert!(matches!(mail.kind, Kind::Verify(_)) && mail.attempt(NOW));
    let batch = parlor_data::nouns::mail::replace(&mails[0], &mail).unwrap();
    s.store().write(batch).await.unwrap();
    assert_eq!(s.recover_mails().await, Ok(1));
    let after = parlor_data::nouns::mail::load(s.store(), mail.id).unwrap();
    assert_eq!(
        after.unwrap().state,
        State::Ambiguous,
        "a secret is not repeated"
    );
}

#[actix::test]
async fn the_demo_is_ready_and_made_once() {
    let house = house();
    let s = &house.services;
    let first = s.seed_demo().await.unwrap();
    let again = s.seed_demo().await.unwrap();
    assert_eq!(first.meeting, again.meeting);
    let token = first.join_link.unwrap();
    let token = token.rsplit('/').next().unwrap();
    assert_eq!(s.preview(token).unwrap().joinable.state, JoinState::Open);
    let host = s
        .log_in(first.host_email, first.password, None)
        .await
        .unwrap();
    let host = house.member_of(&host);
    assert_eq!(
        s.meetings(host, Timestamp::MIN, Timestamp::MAX)
            .unwrap()
            .len(),
        2
    );
    let offered = s.my_services(host).unwrap();
    assert_eq!(offered.len(), 3, "made once");
    let week = NOW + Millis::from_days(7);
    let free = s.slots(host.user, offered[0].id, NOW, week).unwrap();
    assert!(!free.starts.is_empty(), "a newcomer can book");
    s.log_in(first.client_email, first.password, None)
        .await
        .unwrap();
    assert!(
        s.first_admin_link().await.unwrap().is_some(),
        "its people are no admins"
    );
    // In earnest nobody gets in with a public password.
    let earnest = Services::new(
        s.store().clone(),
        Keys::derive(&[9; 32]),
        s.config().clone(),
        Arc::clone(&house.clock) as Arc<dyn Clock>,
    );
    let shut = earnest.log_in(first.host_email, first.password, None).await;
    assert_eq!(shut.err(), Some(ServiceError::WrongCredentials));
    // A day later there is something to join again.
    house.clock.advance(Millis::from_days(1));
    let next = s.seed_demo().await.unwrap();
    assert_ne!(next.meeting, first.meeting);
}

#[actix::test]
async fn a_profile_changes_field_by_field() {
    let house = house();
    let s = &house.services;
    let (who, _) = house.member("ada@example.org").await;
    let change = AccountChange {
        name: Some(" Countess  Lovelace ".into()),
        phone: Some("+254 700 000 000".into()),
        ..AccountChange::default()
    };
    let me = s.change_me(who, &change).await.unwrap();
    assert_eq!(me.name, "Countess Lovelace");
    assert_eq!(me.time_zone, "Africa/Nairobi");
    let bad = AccountChange {
        time_zone: Some("Mars/Olympus".into()),
        ..AccountChange::default()
    };
    let refused = s.change_me(who, &bad).await.err();
    assert!(matches!(refused, Some(ServiceError::BadField(bad)) if bad.field == "timeZone"));
    assert_eq!(
        s.me(who).unwrap().phone.as_deref(),
        Some("+254 700 000 000")
    );
}

#[actix::test]
async fn a_call_is_rated_once_by_each_and_the_host_reads_it() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let view = house.meeting_in(host, 5).await;
    let id = view.meeting.id;
    let token = house.join_token(&view);
    let guest = s.redeem(&token, "Gast", None, None).await.unwrap();
    let who = s.who(&guest.access_token, s.now()).unwrap();
    let none = s.rate(&who, id, 5, "").await;
    assert_eq!(none, Err(ServiceError::NotFound), "no call yet");
    let call = CallId(Uuid::from_u128(7));
    s.note(id, RoomFact::CallStarted(call, s.now()))
        .await
        .unwrap();
    let part = Quality {
        samples: 6,
        bytes_sent: 10,
        ..Quality::default()
    };
    for _ in 0..2 {
        s.note(id, RoomFact::Quality(call, who.user, part))
            .await
            .unwrap();
    }
    let agreed = RoomFact::Consent(Some(call), who.user, Consent::Agreed, s.now());
    s.note(id, agreed).await.unwrap();
    s.note(id, RoomFact::EndedForAll(s.now())).await.unwrap();
    assert!(s.who(&guest.access_token, s.now()).is_err());
    let who = s.who_lately(&guest.access_token).unwrap();
    assert!(s.rate(&who, id, 6, "").await.is_err());
    s.rate(&who, id, 2, "").await.unwrap();
    s.rate(&who, id, 4, " Clear sound ").await.unwrap();
    let host = Identity {
        user: host.user,
        role: Role::Host,
        scope: Scope::Account,
        ..who
    };
    let (calls, said) = s.aftermath(&host, id).unwrap();
    let ratings: Vec<_> = calls[0]
        .ratings
        .iter()
        .map(|r| (r.stars, &*r.text))
        .collect();
    assert_eq!(ratings, [(4, "Clear sound")], "the last word, once");
    assert_eq!(calls[0].quality[0].1.samples, 12, "parts add up");
    assert_eq!((said.len(), said[0].word), (1, Consent::Agreed));
}
