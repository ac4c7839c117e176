//! Digests: one mail of what was not read, rarely, and none of what was; across restarts; and quiet
//! hours, which hold mails and devices back.

use parlor_data::nouns::conversation;
use parlor_domain::{
    account::Email,
    conversation::{Conversation, ConversationId, Input, Limits, SeatOf},
    id::SessionId,
    mail::Optional,
    notification::{
        About, Kind as Told, Notification, NtfSeq, Summary, Talk, Urgency, choice::Channel,
        quiet::Quiet,
    },
};

use super::*;
use crate::{
    mailer::Letter,
    ports::{Attendance, Push},
};

const DELAY: Millis = Millis::from_mins(30);
const PERIOD: Millis = Millis::from_mins(360);

/// A host who is away, and the mails that go out.
struct Story {
    house: House,
    host: Member,
    ada: Member,
    post: Post,
    sent: tokio::sync::mpsc::UnboundedReceiver<Letter>,
}

impl Story {
    async fn begin() -> Self {
        let house = house();
        let (host, _) = house.host("host@example.org").await;
        let (ada, _) = house.member("ada@example.org").await;
        let (post, sent) = Post::new();
        let mut it = Self {
            house,
            host,
            ada,
            post,
            sent,
        };
        it.mails().await;
        it
    }

    fn s(&self) -> &Services {
        &self.house.services
    }

    /// Ada writes to the host.
    async fn ada_writes(&self) {
        self.house.says(self.ada, self.host, "A secret of ours");
        self.s().wrote(self.host.user, self.ada.user, "Ada");
        self.s().deliver_notices().await;
    }

    async fn host_reads(&self) {
        let id = ConversationId::pair(self.host.user, self.ada.user).unwrap();
        let store = self.s().store();
        let (head, record) = conversation::load(store, id).unwrap().unwrap();
        let up_to = record.last;
        let mut machine = Conversation::restored(Limits::default(), record);
        let seats = [self.host, self.ada].map(|it| SeatOf {
            user: it.user,
            name: String::new(),
            moderator: false,
        });
        let read = Input::Read {
            user: self.host.user,
            up_to,
            private: false,
        };
        let now = self.s().now();
        let changes = [Input::Seats(seats.into()), read].map(|it| machine.handle(it, now).changes);
        let (batch, _) = conversation::commit(id, &head, &changes.concat(), now).unwrap();
        store.write_blocking(batch).unwrap();
        self.s().has_read(self.host.user, self.ada.user);
        self.s().deliver_notices().await;
    }

    /// Lives on minute by minute, and gives the subjects of what was mailed, with the minute.
    async fn live(&mut self, minutes: i64) -> Vec<(i64, String)> {
        let mut mailed = Vec::new();
        for minute in 1..=minutes {
            self.house.clock.advance(Millis::from_mins(1));
            self.s().sweep_digests().await.unwrap();
            self.s().sweep_held().await.unwrap();
            for letter in self.mails().await {
                mailed.push((minute, letter.words.subject));
            }
        }
        mailed
    }

    /// Sends what is due.
    async fn mails(&mut self) -> Vec<Letter> {
        self.s()
            .send_due(&self.house.texts, &self.post)
            .await
            .unwrap();
        std::iter::from_fn(|| self.sent.try_recv().ok()).collect()
    }

    /// The host did not answer somebody.
    async fn misses_a_call(&self, call: u128, from: &str) {
        let about = About::MissedCall(CallId(Uuid::from_u128(call)));
        self.s().notify(self.host.user, about, from).await.unwrap();
    }

    /// The server is killed and started again on what is on the disk.
    fn restart(&mut self) {
        let clock = Arc::clone(&self.house.clock) as Arc<dyn Clock>;
        let (store, config) = (self.s().store().clone(), self.s().config().clone());
        self.house.services = Services::new(store, Keys::derive(&[9; 32]), config, clock);
    }
}

#[actix::test]
async fn who_is_away_gets_one_mail_with_the_number_and_not_the_words() {
    let mut it = Story::begin().await;
    it.ada_writes().await;
    assert_eq!(it.live(20).await, [], "there is time to read it");
    it.ada_writes().await;
    it.misses_a_call(4, "Bo").await;
    it.restart();
    it.house.clock.advance(Millis::from_mins(9));
    assert_eq!(it.s().sweep_digests().await, Ok(0));
    it.house.clock.advance(Millis::from_mins(1));
    assert_eq!(it.s().sweep_digests().await, Ok(1));
    it.restart();
    assert_eq!(it.s().sweep_digests().await, Ok(0), "queued once");
    let mails = it.mails().await;
    assert_eq!(mails.len(), 1);
    let words = &mails[0].words;
    assert_eq!(words.subject, "2 unread messages");
    assert!(
        words
            .text
            .contains("away:\n\nAda: 2 messages\nMissed call from Bo\n")
    );
    assert!(!words.text.contains("secret") && !words.html.contains("secret"));
    let off = mails[0].off_link.as_deref().unwrap();
    assert!(off.starts_with("http://localhost/api/mail/digests-off/"));

    // What comes soon after waits for the next one, and what was told of is not told again.
    it.misses_a_call(5, "Cy").await;
    assert_eq!(it.live(359).await, []);
    it.house.clock.advance(Millis::from_mins(1));
    it.s().sweep_digests().await.unwrap();
    let mails = it.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].words.subject, "While you were away");
    assert!(mails[0].words.text.contains("Missed call from Cy"));
    assert!(!mails[0].words.text.contains("Ada:") && !mails[0].words.text.contains("Bo"));
    assert_eq!(it.live(PERIOD.0 / 60_000 + 60).await, []);
}

#[actix::test]
async fn what_is_read_meanwhile_is_not_mailed() {
    let mut it = Story::begin().await;
    it.ada_writes().await;
    it.live(29).await;
    it.host_reads().await;
    assert_eq!(it.live(60).await, [], "read before it was due");
    it.ada_writes().await;
    it.house.clock.advance(DELAY);
    assert_eq!(it.s().sweep_digests().await, Ok(1));
    it.host_reads().await;
    assert_eq!(it.live(5).await, [], "read while it waited in the outbox");
}

#[actix::test]
async fn who_looks_at_a_device_is_not_mailed_before_they_leave() {
    let mut it = Story::begin().await;
    it.s().here(it.host.user, true);
    it.ada_writes().await;
    assert_eq!(it.live(70).await, []);
    it.s()
        .idle(it.host.user, SessionId(Uuid::from_u128(1)), true);
    assert_eq!(it.live(30).await, [(20, "1 unread message".into())]);
}

#[actix::test]
async fn one_click_ends_digests_and_nothing_else() {
    let mut it = Story::begin().await;
    let address = Email::parse("host@example.org").unwrap();
    let token = it.s().address_token(&address).unwrap();
    it.s()
        .wish_mail(&token, Optional::Digests, false)
        .await
        .unwrap();
    let wishes = it.s().mail_wishes(&token).unwrap();
    assert_eq!((wishes.reminders, wishes.digests), (true, Some(false)));
    let stranger = Email::parse("nobody@example.org").unwrap();
    let stranger = it.s().address_token(&stranger).unwrap();
    let wishes = it.s().mail_wishes(&stranger).unwrap();
    assert_eq!(
        wishes.digests, None,
        "nobody without an account is sent any"
    );
    it.ada_writes().await;
    assert_eq!(it.live(60).await, []);
    let ways = it.s().notice_ways(it.host).unwrap();
    assert_eq!((ways.reminders, ways.digests), (true, false));
    let on = NoticeChange {
        digests: Some(true),
        ..NoticeChange::default()
    };
    assert!(
        it.s()
            .change_notice_ways(it.host, &on)
            .await
            .unwrap()
            .digests
    );
    assert_eq!(
        it.live(60).await,
        [],
        "what was not wanted is not told of later"
    );
    it.misses_a_call(4, "Bo").await;
    assert_eq!(it.live(31).await.len(), 1);
}

#[actix::test]
async fn the_night_in_which_clocks_change_is_quiet_until_its_local_morning() {
    #[derive(Default)]
    struct Woken(Mutex<Vec<(NtfSeq, Urgency)>>);
    impl Push for Woken {
        fn push(&self, _: UserId, it: &Notification, urgency: Urgency) {
            self.0.lock().unwrap().push((it.seq, urgency));
        }
    }
    let mut it = Story::begin().await;
    let woken = Arc::new(Woken::default());
    it.s().connect_push(Arc::clone(&woken) as Arc<dyn Push>);
    let zone = AccountChange {
        time_zone: Some("Europe/Berlin".into()),
        ..AccountChange::default()
    };
    it.s().change_me(it.host, &zone).await.unwrap();
    let night = NoticeChange {
        quiet: Some(Some(Quiet::new(22 * 60, 7 * 60, [true; 7]).unwrap())),
        ..NoticeChange::default()
    };
    it.s().change_notice_ways(it.host, &night).await.unwrap();
    // 2026-03-28, 22:30 in Berlin; at two the clocks go forward, and seven is 05:00 UTC.
    let evening = Timestamp(1_774_733_400_000);
    it.house.clock.advance(evening.since(it.s().now()));
    it.ada_writes().await;
    it.misses_a_call(4, "Bo").await;
    it.s()
        .notify(
            it.host.user,
            About::Reminder(MeetingId(Uuid::from_u128(4))),
            "Cy",
        )
        .await
        .unwrap();
    assert_eq!(
        it.s().notices(it.host, None, 9).unwrap().unread,
        3,
        "in the list"
    );
    let to_seven = 7 * 60 + 30;
    assert_eq!(it.live(to_seven - 1).await, []);
    assert_eq!(*woken.0.lock().unwrap(), []);
    assert_eq!(it.live(1).await.len(), 1);
    // One wake for all, and none for a reminder whose hour is past.
    assert_eq!(*woken.0.lock().unwrap(), [(NtfSeq(2), Urgency::High)]);
    assert_eq!(it.live(60).await, []);
    assert_eq!(woken.0.lock().unwrap().len(), 1);
}

#[actix::test]
async fn mails_about_appointments_cannot_be_switched_off_and_reminders_are_known_of_the_address() {
    let it = Story::begin().await;
    let change = |kind, channel| NoticeChange {
        kinds: vec![(kind, channel, false)],
        ..NoticeChange::default()
    };
    let refused = it
        .s()
        .change_notice_ways(it.host, &change(Told::BookingRequest, Channel::Mail))
        .await;
    assert!(matches!(refused, Err(ServiceError::BadField(it)) if it.field == "kinds"));
    let no_reminders = change(Told::Reminder, Channel::Mail);
    let off = it.s().change_notice_ways(it.host, &no_reminders).await;
    assert!(!off.unwrap().reminders);
    let no_pushes = change(Told::Message, Channel::Push);
    let off = it.s().change_notice_ways(it.host, &no_pushes).await;
    assert!(!off.unwrap().choices.wants(Told::Message, Channel::Push));
}

#[actix::test]
async fn a_device_that_was_away_gets_what_it_missed_or_asks_anew() {
    let it = Story::begin().await;
    for n in 1..=60 {
        it.misses_a_call(n, "Bo").await;
    }
    let since = |after| {
        let missed = it.s().notices_since(it.host.user, NtfSeq(after)).unwrap();
        let seqs = missed.all.iter().map(|it| it.seq.0);
        (seqs.collect::<Vec<_>>(), missed.anew, missed.unread)
    };
    assert_eq!(since(60), (vec![], false, 60));
    assert_eq!(since(57), (vec![58, 59, 60], false, 60));
    assert_eq!(since(10), ((11..=60).collect(), false, 60));
    assert_eq!(since(9), (vec![], true, 60), "too much");
    assert_eq!(since(61), (vec![], true, 60), "of another list");
    it.house.clock.advance(it.s().config().call_metadata_keep);
    it.house.clock.advance(Millis::from_mins(1));
    it.s().sweep_old().await.unwrap();
    assert_eq!(since(58), (vec![], true, 60), "it is not kept any more");
}

#[actix::test]
async fn both_find_in_their_list_what_a_call_was_and_the_host_who_called_in_vain() {
    use parlor_domain::{
        bill::{Purse, Record},
        event::MediaKind,
        paid::{PaidCall, Status as Became},
        ring::Attempt,
    };
    let it = Story::begin().await;
    let (host, now) = (it.host.user, it.s().now());
    let attempt = |n| Attempt {
        call: CallId(Uuid::from_u128(n)),
        room: RoomId(Uuid::from_u128(n)),
        caller: it.ada.user,
        session: SessionId(Uuid::from_u128(n)),
        name: "Ada".into(),
        media: MediaKind::Audio,
        tariff: it.s().tariff(host, MediaKind::Audio).unwrap(),
        at: now,
    };
    for status in [Became::Missed, Became::Declined] {
        let call = PaidCall::untaken(&attempt(status as u128), host, status, now);
        for _ in 0..2 {
            let posted = crate::ports::PaidCalls::post(it.s(), None, None, call.clone());
            posted.await.unwrap();
        }
    }
    it.s().deliver_notices().await;
    let missed = About::MissedCall(CallId(Uuid::from_u128(Became::Missed as u128)));
    assert_eq!(
        it.house.noticed(it.host),
        [missed],
        "a declined call was heard"
    );
    assert_eq!(it.house.noticed(it.ada), []);

    let terms = it.s().config().paid.meter.terms;
    let purse = Purse {
        available: crate::ports::PaidCalls::wallet(it.s(), it.ada.user),
        calls: 1,
    };
    let attempt = attempt(9);
    let step = Record::authorize(
        attempt.call,
        it.ada.user,
        host,
        attempt.tariff,
        &terms,
        purse,
        now,
    );
    let step = step.unwrap();
    let live = PaidCall::accepted(&attempt, MediaKind::Audio, step.record, now);
    let posted = crate::ports::PaidCalls::post(it.s(), step.entry, None, live.clone());
    posted.await.unwrap();
    let settle = step.record.settle(Millis::from_secs(60), now);
    let mut over = live.clone();
    over.bill = Some(settle.record);
    over.status = Became::Completed;
    for _ in 0..2 {
        let (entry, before) = (settle.entry.clone(), Some(live.clone()));
        let posted = crate::ports::PaidCalls::post(it.s(), entry, before, over.clone());
        posted.await.unwrap();
    }
    it.s().deliver_notices().await;
    let sum = |coins, earned| {
        About::CallSummary(Summary {
            of: Talk::Call(attempt.call),
            length: Millis::from_secs(60),
            coins,
            earned,
        })
    };
    let bill = settle.record;
    assert!(bill.charged > bill.earned() && bill.earned() > MilliCoins::ZERO);
    assert_eq!(it.house.noticed(it.ada), [sum(bill.charged, false)]);
    assert_eq!(it.house.noticed(it.host)[0], sum(bill.earned(), true));
    assert_eq!(it.house.noticed(it.host).len(), 2, "told once");
}
