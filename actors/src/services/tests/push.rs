//! Knocking at browsers, with a push service of the test's own on this machine.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use parlor_domain::notification::About;
use ring::{agreement, rand::SystemRandom};

use super::*;
use crate::ports::{Attendance, Push};

/// A push service: answers what it is told to, 201 otherwise, and notes who knocked where.
struct Service {
    at: SocketAddr,
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let answers = Arc::new(Mutex::new(VecDeque::new()));
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (says, knocked) = (Arc::clone(&answers), Arc::clone(&heads));
        thread::spawn(move || {
            for line in listener.incoming() {
                let Ok(mut line) = line else { return };
                let mut reader = BufReader::new(line.try_clone().unwrap());
                let lines = reader.by_ref().lines().map_while(Result::ok);
                let head: Vec<_> = lines.take_while(|it| !it.is_empty()).collect();
                let length = head
                    .iter()
                    .find_map(|it| it.strip_prefix("content-length: "));
                let mut body = vec![0; length.map_or(0, |it| it.parse().unwrap())];
                reader.read_exact(&mut body).unwrap();
                knocked.lock().unwrap().push(head.join("\n").to_lowercase());
                let says = says
                    .lock()
                    .unwrap()
                    .pop_front()
                    .unwrap_or("201 Created\r\n");
                let answer =
                    format!("HTTP/1.1 {says}content-length: 0\r\nconnection: close\r\n\r\n");
                let _ = line.write_all(answer.as_bytes());
            }
        });
        Self { at, answers, heads }
    }

    fn says(&self, answer: &'static str) {
        self.answers.lock().unwrap().push_back(answer);
    }

    /// Where it was knocked at since the last time.
    fn knocked(&self) -> Vec<String> {
        let heads: Vec<_> = std::mem::take(&mut *self.heads.lock().unwrap());
        let path = |it: &String| it.split(' ').nth(1).unwrap_or_default().to_owned();
        heads.iter().map(path).collect()
    }

    fn browser(&self, name: &str) -> PushForm {
        let rng = SystemRandom::new();
        let key = agreement::EphemeralPrivateKey::generate(&agreement::ECDH_P256, &rng).unwrap();
        PushForm {
            endpoint: format!("http://{}/{name}", self.at),
            key: key.compute_public_key().unwrap().as_ref().to_vec(),
            secret: vec![7; 16],
            named: false,
        }
    }
}

fn push_house() -> (House, Service) {
    let house = house_with(|config| {
        config.push.loopback = true;
        config.push.browsers_max = 2;
    });
    let services = house.services.clone();
    house
        .services
        .connect_push(Arc::new(services) as Arc<dyn Push>);
    (house, Service::start())
}

impl House {
    async fn tell(&self, who: Member, n: u128) {
        let about = About::Message(UserId(Uuid::from_u128(n)));
        self.services.notify(who.user, about, "Gus").await.unwrap();
    }

    fn came_to(&self, outcome: &str) -> u64 {
        let all = self.services.pushes_counted();
        all.iter().find(|it| it.0 == outcome).unwrap().1
    }

    /// Logged in on one more device.
    async fn again(&self, email: &str) -> Member {
        self.clock.advance(Millis(1));
        let session = self.services.log_in(email, "correct horse", None).await;
        self.member_of(&session.unwrap())
    }
}

#[actix::test]
async fn who_is_away_is_knocked_at_and_who_looks_is_not() {
    let (house, service) = push_house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    s.allow_push(ada, &service.browser("ada")).await.unwrap();
    s.allow_push(eve, &service.browser("eve")).await.unwrap();
    house.tell(ada, 1).await;
    assert_eq!(s.pushes_waiting(), 1);
    assert_eq!(s.deliver_pushes().await, 1);
    let head = service.heads.lock().unwrap()[0].clone();
    for line in [
        "post /ada http/1.1",
        "ttl: 86400",
        "urgency: normal",
        "topic: message",
        "content-encoding: aes128gcm",
        "authorization: vapid t=",
    ] {
        assert!(head.contains(line), "{line} in {head}");
    }
    assert_eq!(
        (service.knocked(), house.came_to("taken")),
        (vec!["/ada".into()], 1)
    );
    s.here(ada.user, true);
    house.tell(ada, 2).await;
    assert_eq!(s.deliver_pushes().await, 0);
    // Read elsewhere before it was carried: of no use any more.
    s.here(ada.user, false);
    house.tell(ada, 3).await;
    s.read_notices(ada, Some(parlor_domain::notification::NtfSeq(9)), &[])
        .await
        .unwrap();
    s.deliver_pushes().await;
    assert_eq!((service.knocked().len(), house.came_to("read")), (0, 1));
}

#[actix::test]
async fn a_busy_service_is_asked_again_and_a_browser_that_is_gone_is_forgotten() {
    let (house, service) = push_house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    s.allow_push(ada, &service.browser("ada")).await.unwrap();
    service.says("429 Too Many Requests\r\nretry-after: 90\r\n");
    service.says("503 Service Unavailable\r\n");
    house.tell(ada, 1).await;
    assert_eq!(s.deliver_pushes().await, 1);
    house.clock.advance(Millis::from_secs(89));
    assert_eq!(s.deliver_pushes().await, 0, "it asked for more time");
    house.clock.advance(Millis::from_secs(1));
    assert_eq!(s.deliver_pushes().await, 1);
    house.clock.advance(Millis::from_secs(60));
    assert_eq!(s.deliver_pushes().await, 1);
    assert_eq!((house.came_to("retried"), house.came_to("taken")), (2, 1));
    service.says("403 Forbidden\r\n");
    house.tell(ada, 2).await;
    s.deliver_pushes().await;
    assert_eq!((house.came_to("refused"), s.pushes_waiting()), (1, 0));
    assert!(
        s.push_state(ada).await.unwrap().mine.is_some(),
        "that may be our fault"
    );
    service.says("410 Gone\r\n");
    house.tell(ada, 3).await;
    s.deliver_pushes().await;
    assert_eq!(house.came_to("gone"), 1);
    assert_eq!(s.push_state(ada).await.unwrap().mine, None);
    service.knocked();
    house.tell(ada, 4).await;
    s.deliver_pushes().await;
    assert!(service.knocked().is_empty());
}

#[actix::test]
async fn a_browser_goes_with_its_login_and_knocks_for_one_person() {
    let (house, service) = push_house();
    let s = &house.services;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    let shared = service.browser("shared");
    s.allow_push(ada, &shared).await.unwrap();
    s.allow_push(eve, &shared).await.unwrap();
    house.tell(ada, 1).await;
    s.deliver_pushes().await;
    assert!(service.knocked().is_empty(), "it is Eve's now");
    house.tell(eve, 1).await;
    // Logged out while it waited.
    s.end_login(eve.login).await.unwrap();
    s.deliver_pushes().await;
    assert!(service.knocked().is_empty());
    assert_eq!(s.sweep_old().await.unwrap().count("browsers"), 0);
    // Nobody has more browsers than are allowed; the one of longest ago goes.
    let ada2 = house.again("ada@example.org").await;
    let ada3 = house.again("ada@example.org").await;
    for (who, name) in [(ada, "one"), (ada2, "two"), (ada3, "three")] {
        s.allow_push(who, &service.browser(name)).await.unwrap();
        house.clock.advance(Millis(1));
    }
    house.tell(ada, 2).await;
    assert_eq!(s.deliver_pushes().await, 2);
    let mut knocked = service.knocked();
    knocked.sort();
    assert_eq!(knocked, ["/three", "/two"]);
    house.clock.advance(s.config().login_idle);
    assert_eq!(s.sweep_old().await.unwrap().count("browsers"), 2);
}

#[actix::test]
async fn the_queue_has_an_end_and_the_switch_is_the_operators() {
    let house = house_with(|config| config.push.queue_max = 2);
    let s = &house.services;
    s.connect_push(Arc::new(s.clone()) as Arc<dyn Push>);
    let (ada, _) = house.member("ada@example.org").await;
    let service = Service::start();
    let mut form = service.browser("x");
    assert!(
        s.allow_push(ada, &form).await.is_err(),
        "this machine is no push service"
    );
    form.endpoint = "https://push.example.net/x".into();
    s.allow_push(ada, &form).await.unwrap();
    for n in 1..=3 {
        house.tell(ada, n).await;
    }
    assert_eq!((s.pushes_waiting(), house.came_to("left_out")), (2, 1));
    let off = house_with(|config| config.push.enabled = false);
    let (who, _) = off.member("eve@example.org").await;
    let state = off.services.push_state(who).await.unwrap();
    assert_eq!((state.key, state.mine), (None, None));
    let refused = off.services.allow_push(who, &form).await;
    assert!(matches!(refused, Err(ServiceError::OutOfTurn(_))));
}
