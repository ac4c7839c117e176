//! Reminders of a booking, minute by minute: at every time that its service names, with the minutes that
//! are left, and never for a time that it moved away from or a meeting that is off.

use std::collections::BTreeMap;

use parlor_domain::{
    availability::{Availability, Span},
    service::Draft as Offer,
};

use super::*;

const HOUR: Millis = Millis::from_mins(60);

/// What was said to whom, by the instant.
type Said = BTreeMap<(Timestamp, String), String>;

struct Story {
    house: House,
    client: Member,
    post: Post,
    sent: tokio::sync::mpsc::UnboundedReceiver<crate::mailer::Letter>,
    said: Said,
}

impl Story {
    /// Lives until `end`, looking once a minute.
    async fn live_until(&mut self, end: Timestamp) {
        let s = &self.house.services;
        while s.now() < end {
            self.house.clock.advance(Millis::from_mins(1));
            s.sweep_reminders().await.unwrap();
            s.send_due(&self.house.texts, &self.post).await.unwrap();
            while let Ok(letter) = self.sent.try_recv() {
                if letter.words.subject == "Video Call Starting Soon" {
                    let about = letter.words.text.lines().nth(2).unwrap().to_owned();
                    let before = self
                        .said
                        .insert((s.now(), letter.to.as_str().into()), about);
                    assert_eq!(before, None, "twice at once");
                }
            }
        }
    }

    /// What was said to each of the two so long before `start`, all of it and nothing else.
    fn expect(&mut self, start: Timestamp, words: &[(i64, &str)]) {
        let mut expected = BTreeMap::new();
        for (minutes, left) in words {
            for (to, other) in [("host@example.org", "Ada"), ("client@example.org", "Ada")] {
                let at = start - Millis::from_mins(*minutes);
                let line = format!("your session with {other} starts in {left}: Talk");
                expected.insert((at, to.to_owned()), line);
            }
        }
        assert_eq!(std::mem::take(&mut self.said), expected);
    }
}

#[actix::test]
async fn people_are_reminded_at_every_time_of_the_service_and_of_no_other() {
    let house = house();
    let s = house.services.clone();
    let (host, who) = house.host("host@example.org").await;
    let (client, _) = house.member("client@example.org").await;
    house
        .clock
        .advance((NOW + Millis::from_mins(1)).since(s.now()));
    let mut hours = Availability::none(host.user, "UTC", NOW);
    hours.week = std::array::from_fn(|_| vec![Span { from: 480, to: 960 }]);
    s.set_availability(host, hours).await.unwrap();
    let offer = Offer {
        title: "Talk".into(),
        duration: HOUR,
        step: HOUR,
        notice: Millis::from_mins(10),
        reminder_leads: Some([15, 1_440, 5, 60].map(Millis::from_mins).to_vec()),
        ..Offer::default()
    };
    let service = s.create_service(host, offer).await.unwrap();
    let (post, sent) = Post::new();
    let mut story = Story {
        house,
        client,
        post,
        sent,
        said: Said::new(),
    };
    let book = async |client, starts_at| {
        let wish = NewBooking {
            host: host.user,
            service: service.id,
            starts_at,
            hold: None,
            note: String::new(),
            pay: false,
            every_weeks: 1,
            count: 1,
            skip_taken: false,
            agreed_to: None,
            reader: None,
        };
        let booked = s.book(&Booker::Member(client), &wish, None).await.unwrap();
        booked.meetings[0].meeting.id
    };
    let day = Millis::from_days(1);
    // NOW is ten in the morning.
    let first = NOW + day + day;
    let id = book(story.client, first).await;
    story.live_until(first - Millis::from_mins(90)).await;
    story.expect(first, &[(1_440, "about 24 hours")]);

    // It moves by three days an hour and a half before: all is said anew, for the new time.
    let moved = first + day + day + day;
    let change = MeetingChange {
        starts_at: Some(moved),
        ..MeetingChange::default()
    };
    s.change_meeting(host, id, &change).await.unwrap();
    story.live_until(moved + HOUR + HOUR).await;
    let all = [
        (1_440, "about 24 hours"),
        (60, "60 minutes"),
        (15, "15 minutes"),
        (5, "5 minutes"),
    ];
    story.expect(moved, &all);

    // Booked so late that only two times are ahead, and called off between them.
    let last = moved + day;
    story.live_until(last - Millis::from_mins(50)).await;
    let id = book(story.client, last).await;
    story.live_until(last - Millis::from_mins(10)).await;
    story.expect(last, &[(15, "15 minutes")]);
    s.cancel_meeting(&who, id, "").await.unwrap();
    story.live_until(last + HOUR).await;
    story.expect(last, &[]);
}
