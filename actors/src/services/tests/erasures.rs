//! Erasing somebody who used everything: afterwards nothing in the store and in the folders holds their
//! name, address, words or files, and the books are true.

use parlor_data::{
    Batch, KeyRange, Table,
    nouns::{
        aftermath, dispute, file, inbox, invitation, login, notification, order, payment_event,
        payout, report, review, waiting,
    },
    personal::{self, Erasure as Fate, MAP, Person},
};
use parlor_domain::{
    account::Email,
    audit::{Action, Attempt, Who},
    conversation::{Change, ClientMsgId, ConversationId, Kept, Message, MsgSeq},
    dispute::{Decision, Dispute},
    erasure::Obstacle,
    host::Review,
    id::{OrderId, PayoutId, ReportId, ServiceId},
    ledger::{Account, Gateway},
    login::{Login, Owner},
    money::Currency,
    notification::{About, Notification},
    order::{Order, Price, State as OrderState},
    payout::{Payout, State as PayoutState},
    rating::Rating,
    report::{Copied, Decision as Decided, Place, Reason, Report, Verdict},
    waiting::Waiting,
};

use super::*;

pub(super) const NAME: &str = "Zerah Markerson";
pub(super) const ADDRESS: &str = "zerah.marker@example.org";
/// Whatever of the person must be nowhere.
const MARKS: [&str; 6] = [
    "zerah",
    "markerson",
    "zerah.marker@example.org",
    "+254 700 314159",
    "mark-of-words",
    "mark-of-a-file",
];

/// Tables whose rows of a person are written by nothing in here: a room in use has seats, and the call
/// ends with the account.
const UNUSED: [Table; 1] = [Table::Rooms];

pub(super) struct Scene {
    pub house: House,
    pub dir: tempfile::TempDir,
    pub person: Member,
    pub other: Member,
}

fn write(house: &House, batch: Batch) {
    house.services.store().write_blocking(batch).unwrap();
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// What a host writes down about the client and about the meeting.
async fn notes(house: &House, host: Member, meeting: MeetingId) {
    for about_client in [true, false] {
        let s = &house.services;
        let before = s.notes(host, meeting).unwrap();
        let was = match about_client {
            true => before.client.version,
            false => before.meeting.version,
        };
        let words = format!("{NAME}: mark-of-words");
        s.write_note(host, meeting, about_client, &words, was)
            .await
            .unwrap();
    }
}

async fn scene() -> Scene {
    let scene = used().await;
    scene.has_settings();
    scene
}

/// What the person did; every row of it can be read.
pub(super) async fn used() -> Scene {
    let dir = tempfile::tempdir().unwrap();
    let house = house_with(|config| {
        config.files.dir = dir.path().join("files");
        config.pictures.dir = dir.path().join("pictures");
        config.exports.dir = dir.path().join("exports");
    });
    let (other, _) = house.host("other@example.org").await;
    // Before there is an account: what others write down lies with what stands for the address.
    let mut early = new_meeting(house.services.now() + Millis::from_mins(300));
    early.client = ClientRef::Email(ADDRESS.into());
    early.client_name = Some(NAME.into());
    let (early, _) = house
        .services
        .create_meeting(other, &early, None)
        .await
        .unwrap();
    notes(&house, other, early.meeting.id).await;
    let form = SignUp {
        name: NAME.into(),
        ..House::form(ADDRESS)
    };
    house.services.sign_up(&form).await.unwrap();
    let token = house.token("verify");
    let session = house.services.verify(&token, Some("Zerah's phone"));
    let person = house.member_of(&session.await.unwrap());
    let change = AccountChange {
        phone: Some("+254 700 314159".into()),
        ..AccountChange::default()
    };
    house.services.change_me(person, &change).await.unwrap();
    house.services.request_reset(ADDRESS).await.unwrap();
    house
        .services
        .apply_to_host(person, "mark-of-words")
        .await
        .unwrap();
    let scene = Scene {
        house,
        dir,
        person,
        other,
    };
    scene.meets().await;
    scene.talks().await;
    scene.trades();
    scene.is_told();
    scene
}

impl Scene {
    async fn meets(&self) {
        let s = &self.house.services;
        let mut new = new_meeting(s.now() + Millis::from_mins(600));
        new.client = ClientRef::Email(ADDRESS.into());
        new.client_name = Some(NAME.into());
        new.terms.subject = format!("Lesson for {NAME}");
        new.terms.description = "mark-of-words".into();
        let (with_me, _) = s.create_meeting(self.other, &new, None).await.unwrap();
        notes(&self.house, self.other, with_me.meeting.id).await;
        let mut own = new_meeting(s.now() + Millis::from_mins(1_200));
        own.terms.description = "mark-of-words".into();
        let (own, _) = s
            .create_meeting(self.person, &own, Some("key"))
            .await
            .unwrap();
        notes(&self.house, self.person, own.meeting.id).await;
        // As a guest by link, under the invitation's own number.
        let store = s.store();
        let address = Email::parse(ADDRESS).unwrap();
        let invited = store
            .scan(Table::Invitations, KeyRange::all(), 100)
            .unwrap();
        let invited = invited.iter().filter_map(|(key, _)| {
            let id = parlor_domain::id::InvitationId::from_bytes(key.as_ref().try_into().ok()?);
            invitation::load(store, id).ok()?
        });
        let mine = invited.filter(|it| it.email == address).collect::<Vec<_>>();
        let guest = &mine[0];
        let mut login = login::load(store, self.person.login)
            .unwrap()
            .unwrap()
            .value;
        login = Login {
            id: LoginId(id(7_001)),
            user: UserId(guest.id.0),
            owner: Owner::Guest {
                invitation: guest.id,
                room: guest.room,
                name: NAME.into(),
            },
            ..login
        };
        write(&self.house, login::insert(&login).unwrap());
        for user in [self.person.user, UserId(guest.id.0)] {
            let who = Who::Person(user, Role::Guest);
            let tried = Attempt::new(Action::Login, NOW).by(who);
            let from = "203.0.113.7".parse().ok();
            s.record_first(tried.from(from).saying("mark-of-words"))
                .await
                .unwrap();
        }
        let call = CallId(id(8_001));
        let rating = Rating {
            call,
            meeting: guest.meeting,
            user: self.person.user,
            stars: 3,
            text: "mark-of-words".into(),
            at: NOW,
        };
        write(&self.house, aftermath::put_rating(&rating).unwrap());
        let quality = Quality::default();
        let quality = aftermath::put_quality(call, self.person.user, &quality);
        write(&self.house, quality.unwrap());
        let line = Waiting {
            id: id(8_002),
            host: self.other.user,
            service: ServiceId(id(8_003)),
            day: jiff::civil::date(2026, 3, 9),
            from: NOW,
            to: NOW + Millis::from_days(1),
            person: self.person.user,
            email: address,
            name: NAME.into(),
            language: "en".into(),
            time_zone: "UTC".into(),
            since: NOW,
        };
        write(&self.house, waiting::insert(&line).unwrap());
    }

    async fn talks(&self) {
        let s = &self.house.services;
        let pair = self.house.says(self.person, self.other, "mark-of-words");
        self.house.says(self.other, self.person, "fine");
        let kept = inbox::keep(self.person.user, pair, Kept::default());
        write(&self.house, kept.unwrap());
        let mut sent = None;
        for name in ["mark-of-a-file.txt", "second.txt"] {
            let upload = s.begin_upload(self.person.user, pair, name, None);
            let mut upload = upload.await.unwrap();
            upload.take(b"mark-of-a-file and more").await.unwrap();
            sent = Some(s.keep_upload(upload).await.unwrap());
        }
        let message = |seq, files| Message {
            seq: MsgSeq(seq),
            sender: self.person.user,
            key: ClientMsgId(id(9_000 + u128::from(seq))),
            at: NOW,
            text: "mark-of-words".into(),
            reply_to: None,
            edited_at: None,
            deleted: false,
            files,
        };
        self.writes(pair, Change::New(message(3, sent.into_iter().collect())));
        let words = |by: Member, about: Member, n| Report {
            id: ReportId(id(n)),
            by: by.user,
            about: about.user,
            reason: Reason::Spam,
            words: format!("{NAME}: mark-of-words"),
            place: Place::Conversation(pair),
            copied: vec![Copied {
                seq: MsgSeq(1),
                sender: self.person.user,
                at: NOW,
                text: "mark-of-words".into(),
            }],
            at: NOW,
            decision: Some(Decided {
                verdict: Verdict::Noted,
                note: format!("spoke with {NAME}"),
                by: UserId(id(77)),
                at: NOW,
            }),
        };
        // Whoever reported about the person: their own words stay, but for the name.
        let about = Report {
            words: format!("I know {NAME}"),
            ..words(self.other, self.person, 8_101)
        };
        write(&self.house, report::insert(&about).unwrap());
        let by = words(self.person, self.other, 8_102);
        write(&self.house, report::insert(&by).unwrap());
    }

    fn writes(&self, id: ConversationId, change: Change) {
        use parlor_data::nouns::conversation;
        let store = self.house.services.store();
        let (head, _) = conversation::load(store, id).unwrap().unwrap();
        let (batch, _) = conversation::commit(id, &head, &[change], NOW).unwrap();
        write(&self.house, batch);
    }

    /// Orders, payouts, disputes and reviews that are done.
    fn trades(&self) {
        let (me, other) = (self.person.user, self.other.user);
        let order = Order {
            id: OrderId(id(8_201)),
            user: me,
            gateway: Gateway::Stripe,
            package: "small".into(),
            coins: MilliCoins::coins(1),
            price: Price {
                minor: 100,
                currency: Currency::parse("USD").unwrap(),
            },
            state: OrderState::Paid,
            reference: Some("reference-of-it".into()),
            page: Some(format!("https://pay.example/?email={ADDRESS}")),
            payment: Some("payment-of-it".into()),
            receipt: None,
            refunded_minor: 0,
            disputed_minor: 0,
            answer_by: None,
            steps: Vec::new(),
            trouble: None,
            looks: 0,
            look_at: None,
            created_at: NOW,
            updated_at: NOW,
        };
        write(&self.house, order::insert(&order).unwrap());
        let event = payment_event::PaymentEvent {
            gateway: Gateway::Stripe,
            name: [7; 32],
            order: None,
            came_at: NOW,
            tries: 1,
            due_at: None,
        };
        let body = format!("{{\"payer\": \"{ADDRESS}\"}}");
        write(
            &self.house,
            payment_event::insert(&event, body.as_bytes()).unwrap(),
        );
        let payout = Payout {
            id: PayoutId(id(8_202)),
            host: me,
            amount: MilliCoins::coins(1),
            asked_at: NOW,
            state: PayoutState::Open,
        };
        write(&self.house, payout::insert(&payout).unwrap());
        let open = payout::load(self.house.services.store(), payout.id);
        let closed = Payout {
            state: PayoutState::Void {
                reason: format!("{NAME} has another bank"),
                by: UserId(id(77)),
                at: NOW,
            },
            ..payout
        };
        let close = payout::close(&open.unwrap().unwrap(), &closed);
        write(&self.house, close.unwrap());
        let dispute = Dispute {
            call: CallId(id(8_203)),
            client: me,
            host: other,
            reason: "mark-of-words".into(),
            opened_at: NOW,
            charged: MilliCoins::ZERO,
            fee: MilliCoins::ZERO,
            charged_by: 1,
            decision: Some(Decision {
                refund: MilliCoins::ZERO,
                note: format!("{NAME} is right"),
                by: UserId(id(77)),
                at: NOW,
            }),
        };
        write(&self.house, dispute::insert(&dispute).unwrap());
        for (n, host, user) in [(8_204, me, other), (8_205, other, me)] {
            let review = Review {
                host,
                call: CallId(id(n)),
                user,
                author: NAME.into(),
                stars: 4,
                text: "mark-of-words".into(),
                at: NOW,
                hidden: None,
            };
            write(&self.house, review::put(None, &review).unwrap());
        }
    }

    fn is_told(&self) {
        let store = self.house.services.store();
        for (to, about) in [
            (self.person.user, About::Payment),
            (self.other.user, About::Message(self.person.user)),
        ] {
            let head = notification::head(store, to).unwrap();
            let it = Notification {
                seq: parlor_domain::notification::NtfSeq(head.last.0 + 1),
                about,
                name: NAME.into(),
                at: NOW,
            };
            write(&self.house, notification::add(to, &head, &it).unwrap());
        }
    }

    /// What is found by its key alone: a row in every table where the map says so and nothing wrote one.
    fn has_settings(&self) {
        let user = self.person.user.as_bytes();
        let person = self.known();
        for entry in MAP {
            if self.changes(entry, &person) > 0 {
                continue;
            }
            let batch = Batch::new();
            let batch = match entry.erasure {
                Fate::Key(places) => {
                    let key = [&vec![0; places[0]][..], user, &[3; 16]].concat();
                    batch.put(entry.table, key, NAME.as_bytes().to_vec())
                }
                Fate::Value => batch.put(entry.table, [3; 32], user.to_vec()),
                Fate::Address => {
                    let key = [ADDRESS.as_bytes(), &[0], &[3; 16]].concat();
                    batch.put(entry.table, key, Vec::new())
                }
                _ => continue,
            };
            write(&self.house, batch);
        }
    }

    pub(super) fn known(&self) -> Person {
        let store = self.house.services.store();
        Person::find(store, self.person.user).unwrap().unwrap()
    }

    pub(super) fn changes(&self, entry: &personal::Entry, person: &Person) -> usize {
        let store = self.house.services.store();
        personal::forget(store, entry, person, None).unwrap().1
    }

    /// Rows of a table that hold these bytes.
    fn rows(&self, table: Table, bytes: &[u8]) -> usize {
        let store = self.house.services.store();
        let rows = store.scan(table, KeyRange::all(), 10_000).unwrap();
        let holds = |row: &[u8]| row.windows(bytes.len()).any(|it| it == bytes);
        rows.iter().filter(|(_, row)| holds(row)).count()
    }

    /// Where a mark is found: tables, and files of the data folder.
    fn marks(&self) -> Vec<String> {
        let store = self.house.services.store();
        let has = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            MARKS.iter().any(|mark| text.contains(mark))
        };
        let mut found = Vec::new();
        for table in Table::ALL {
            for (key, row) in store.scan(*table, KeyRange::all(), 10_000).unwrap() {
                if has(&key) || has(&row) {
                    found.push(table.info().name.to_owned());
                }
            }
        }
        let mut folders = vec![self.dir.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false if has(&std::fs::read(&path).unwrap()) => {
                        found.push("a file".into());
                    }
                    false => {}
                }
            }
        }
        found
    }
}

#[actix::test]
async fn nothing_is_left_of_somebody_who_used_everything_and_the_books_are_true() {
    let scene = scene().await;
    let s = &scene.house.services;
    let person = scene.known();
    let rest: Vec<_> = MAP
        .iter()
        .filter(|it| !matches!(it.erasure, Fate::Nothing | Fate::Kept(_) | Fate::Apart(_)))
        .filter(|it| !matches!(it.erasure, Fate::IndexOf(_) | Fate::WayTo(_)))
        .filter(|it| !UNUSED.contains(&it.table) && scene.changes(it, &person) == 0)
        .map(|it| it.table.info().name)
        .collect();
    assert!(
        rest.is_empty(),
        "nothing of the person is in {rest:?}: give them a row"
    );
    let marks = scene.marks();
    assert!(marks.len() > 10 && marks.contains(&"a file".into()));
    let notes = marks.iter().filter(|it| *it == "host_notes").count();
    assert_eq!(
        notes, 5,
        "of others, of oneself, and from before the account"
    );
    assert!(marks.contains(&"audit_personal".into()));
    let stood_for = s.person_of(&Email::parse(ADDRESS).unwrap());
    let person = person.also(stood_for);
    assert_eq!(scene.rows(Table::AuditPersonal, &[203, 0, 113, 7]), 2);

    let admin = money::admin();
    let refused = s.erase_now(admin, scene.person.user, false).await;
    assert!(
        matches!(refused, Err(ServiceError::OutOfTurn(_))),
        "coins are left"
    );
    let done = s.erase_now(admin, scene.person.user, true).await.unwrap();
    assert!(done.asked.is_some_and(|it| it.done_at.is_some()));
    assert_eq!(scene.marks(), Vec::<String>::new());
    assert_eq!(scene.rows(Table::AuditPersonal, &[203, 0, 113, 7]), 0);
    let left: Vec<_> = MAP
        .iter()
        .filter(|it| scene.changes(it, &person) > 0)
        .map(|it| it.table.info().name)
        .collect();
    assert!(left.is_empty(), "something of the person is in {left:?}");

    scene.house.assert_true().await;
    assert_eq!(scene.house.balance(Account::Wallet(scene.person.user)), 0);
    let gone = s.log_in(ADDRESS, "correct horse", None).await;
    assert_eq!(gone.err(), Some(ServiceError::WrongCredentials));
    let host = s.host_page(scene.other.user, scene.person.user);
    assert_eq!(host.err(), Some(ServiceError::NotFound));
    let ahead = s.meetings(scene.other, NOW, NOW + Millis::from_days(9));
    let ahead = ahead.unwrap();
    assert!(
        ahead
            .iter()
            .all(|it| it.meeting.status == Status::Cancelled)
    );
    // The other side still has the conversation, its own words and that somebody was there.
    let id = ConversationId::pair(scene.person.user, scene.other.user).unwrap();
    let view = s.conversation(scene.other, id).unwrap();
    assert_eq!(view.name, personal::ERASED_NAME);
    let told = s.messages_after(scene.other, id, MsgSeq::ZERO).unwrap();
    let words: Vec<_> = told
        .iter()
        .map(|it| (it.text.as_str(), it.deleted))
        .collect();
    assert_eq!(words, [("", true), ("fine", false), ("", true)]);
    // Again changes nothing, and the address is free for somebody new.
    let again = s.erase_now(admin, scene.person.user, true).await;
    assert_eq!(again.err(), Some(ServiceError::NotFound));
    scene.house.member(ADDRESS).await;
}

#[actix::test]
async fn it_is_asked_for_with_the_password_and_can_be_taken_back() {
    let house = house();
    let s = &house.services;
    let (person, _) = house.member("ada@example.org").await;
    let before = s.erasure(person).await.unwrap();
    let coins = MilliCoins::coins(50);
    assert_eq!(before.obstacles, [Obstacle::Wallet(coins)]);
    let wrong = s.ask_erasure(person, "wrong", true).await;
    assert!(matches!(wrong, Err(ServiceError::BadField(bad)) if bad.field == "password"));
    let kept = s.ask_erasure(person, "correct horse", false).await;
    assert!(matches!(kept, Err(ServiceError::OutOfTurn(_))));
    let asked = s.ask_erasure(person, "correct horse", true).await.unwrap();
    let due = asked.asked.unwrap().due_at;
    assert_eq!(due, s.now() + Millis::from_days(14));
    assert_eq!(s.sweep_erasures().await.unwrap(), 0, "not due yet");
    s.withdraw_erasure(person).await.unwrap();
    house.clock.advance(Millis::from_days(15));
    assert_eq!(s.sweep_erasures().await.unwrap(), 0, "taken back");
    s.ask_erasure(person, "correct horse", true).await.unwrap();
    house.clock.advance(Millis::from_days(14));
    assert_eq!(s.sweep_erasures().await.unwrap(), 1);
    assert_eq!(s.sweep_erasures().await.unwrap(), 0, "once");
    assert!(s.me(person).is_err());
    house.assert_true().await;
    // That it was done is known for as long as reports are.
    house.clock.advance(Millis::from_days(401));
    assert_eq!(s.sweep_old().await.unwrap().count("erasures"), 1);
}

#[actix::test]
async fn a_host_is_not_erased_while_earnings_can_be_disputed() {
    let house = house_with(|config| config.payout_min = MilliCoins::coins(1));
    let s = &house.services;
    let (client, host) = house.pair().await;
    house.paid_call(1, client, host, 60).await;
    let stands = async |who, what| {
        let view = s.erasure(who).await.unwrap();
        view.obstacles.iter().any(|it| it.word() == what)
    };
    assert!(stands(host, "pending").await);
    assert!(s.ask_erasure(host, "correct horse", true).await.is_err());
    house.clock.advance(Millis::from_days(3));
    s.sweep_earnings().await.unwrap();
    let asked = s
        .request_payout(host, Some(MilliCoins::coins(5)), "a part")
        .await
        .unwrap();
    assert!(stands(host, "payout").await && !stands(client, "payout").await);
    assert!(s.ask_erasure(host, "correct horse", true).await.is_err());
    let sent = s.mark_paid(super::money::admin(), asked.id, "SEPA 1");
    sent.await.unwrap();
    assert!(!stands(host, "payout").await);
    s.ask_erasure(host, "correct horse", true).await.unwrap();
    house.clock.advance(Millis::from_days(14));
    assert_eq!(s.sweep_erasures().await.unwrap(), 1);
    house.assert_true().await;
    assert_eq!(house.balance(Account::HostAvailable(host.user)), 0);
    let given = file::all_of(s.store(), host.user).unwrap();
    assert!(given.is_empty());
}

#[actix::test]
async fn neither_of_two_is_erased_while_their_dispute_is_open() {
    let house = house();
    let s = &house.services;
    let (client, host) = house.pair().await;
    let call = house.paid_call(1, client, host, 60).await;
    let stands = async || {
        let mut all = Vec::new();
        for who in [client, host] {
            let view = s.erasure(who).await.unwrap();
            all.push(view.obstacles.contains(&Obstacle::Dispute));
        }
        all
    };
    assert_eq!(stands().await, [false, false]);
    s.dispute(client, call, "no picture").await.unwrap();
    assert_eq!(stands().await, [true, true]);
    let fair = s.decide_dispute(super::money::admin(), call, MilliCoins::ZERO, "it was seen");
    fair.await.unwrap();
    assert_eq!(stands().await, [false, false]);
}

#[actix::test]
async fn nothing_is_booked_with_a_host_who_leaves_until_they_stay() {
    let desk = super::booking::Desk::new(|_| {}).await;
    let (s, host) = (desk.s(), desk.host);
    let (client, _) = desk.house.member("ada@example.org").await;
    let shown = || s.services_of(host.user).unwrap().1.len();
    let starts_at = desk.free()[0];
    let book = async || desk.book(client, &desk.wish(starts_at)).await.map(drop);
    s.ask_erasure(host, "correct horse", true).await.unwrap();
    assert_eq!(shown(), 0);
    assert_eq!(book().await, Err(ServiceError::NotFound));
    s.withdraw_erasure(host).await.unwrap();
    assert_eq!(shown(), 1);
    assert_eq!(book().await, Ok(()));
}

#[actix::test]
async fn who_asked_to_be_erased_is_told_by_mail_and_so_is_who_stays() {
    let desk = super::booking::Desk::new(|_| {}).await;
    let (s, host, house) = (desk.s(), desk.host, &desk.house);
    let (client, _) = house.member("ada@example.org").await;
    let listed = || {
        let found = s.hosts(client.user, &Filter::default(), (0, 20));
        found.found.cards.iter().any(|it| it.user == host.user)
    };
    let told = |kind| house.links(kind).len();
    assert!(listed());
    s.ask_erasure(host, "correct horse", true).await.unwrap();
    assert!(!listed(), "nobody new finds a host who leaves");
    assert_eq!(told("erasure_asked"), 1);
    s.withdraw_erasure(host).await.unwrap();
    assert!(listed());
    assert_eq!(told("erasure_asked"), 0, "that mail is of no use any more");
    assert_eq!(told("erasure_taken_back"), 1);
    s.withdraw_erasure(host).await.unwrap();
    assert_eq!(
        told("erasure_taken_back"),
        1,
        "there was nothing to take back"
    );
}
