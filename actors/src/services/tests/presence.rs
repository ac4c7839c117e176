//! Who is told that somebody is there: only those with a conversation, once for what changed, and
//! nobody when it is hidden.

use parlor_domain::{
    id::SessionId,
    presence::{PresenceOf, Status},
};

use super::*;
use crate::ports::Attendance;

impl House {
    fn presence_told(&self, to: Member) -> Vec<Vec<PresenceOf>> {
        self.services.tell_presence();
        let mut told = self.told.hosts.lock().unwrap();
        let (mine, rest) = told.drain(..).partition(|(user, _)| *user == to.user);
        *told = rest;
        let mine: Vec<(UserId, Event)> = mine;
        mine.into_iter()
            .filter_map(|(_, event)| match event {
                Event::Presence(all) => Some(all),
                _ => None,
            })
            .collect()
    }
}

#[actix::test]
async fn presence_is_for_partners_only_and_can_be_hidden() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    house.says(ada, host, "Hello");
    let device = SessionId(Uuid::from_u128(1));
    let watch = |who: Member, whom: &[UserId]| s.watch_people(who.user, device, whom);
    let is = |status| PresenceOf {
        user: host.user,
        status,
    };
    let seen = watch(ada, &[host.user, eve.user]);
    assert_eq!(
        seen,
        [is(Status::Offline(None))],
        "no conversation, no answer"
    );
    assert_eq!(watch(eve, &[host.user]), []);
    s.here(host.user, true);
    s.inside(host.user, true);
    assert_eq!(house.presence_told(ada), [[is(Status::Busy)]], "one frame");
    assert_eq!(house.presence_told(eve), Vec::<Vec<_>>::new());
    s.inside(host.user, false);
    s.set_seen(host, false).await.unwrap();
    assert_eq!(house.presence_told(ada), [[is(Status::Offline(None))]]);
    s.inside(host.user, true);
    assert!(house.presence_told(ada).is_empty());
    assert!(!s.is_seen(host).unwrap());
    assert_eq!(s.watch_people(host.user, device, &[ada.user]), []);
    s.set_seen(host, true).await.unwrap();
    s.inside(host.user, false);
    assert_eq!(house.presence_told(ada), [[is(Status::Online)]]);

    // Gone for good: since then, also after the machine has forgotten it.
    let gone = s.now();
    s.here(host.user, false);
    assert!(house.presence_told(ada).is_empty(), "not yet");
    house.clock.advance(Millis::from_secs(16));
    assert_eq!(
        house.presence_told(ada),
        [[is(Status::Offline(Some(gone)))]]
    );
    s.device_gone(ada.user, device);
    s.tell_presence();
    assert_eq!(watch(ada, &[host.user]), [is(Status::Offline(Some(gone)))]);

    // A block ends it at once.
    s.here(host.user, true);
    assert_eq!(house.presence_told(ada), [[is(Status::Online)]]);
    s.block(ada, host.user).await.unwrap();
    assert_eq!(house.presence_told(ada), [[is(Status::Offline(None))]]);
    s.inside(host.user, true);
    assert!(house.presence_told(ada).is_empty());
    assert_eq!(watch(ada, &[host.user]), []);
}
