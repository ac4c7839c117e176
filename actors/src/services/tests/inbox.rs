//! Lists of conversations with others: who sees what, what is unread, muted and put away, and what
//! a search finds.

use parlor_data::nouns::conversation;
use parlor_domain::conversation::{Change, ClientMsgId, ConversationId, Message, MsgSeq, SeatOf};

use super::*;
use crate::{conversation::memory::StoreConversations, ports::ConversationMemory};

impl House {
    /// Writes a message as the conversation's actor does, with both in it.
    pub(super) fn says(&self, from: Member, to: Member, text: &str) -> ConversationId {
        let id = ConversationId::pair(from.user, to.user).unwrap();
        let store = self.services.store();
        let (head, record) = conversation::load(store, id).unwrap().unwrap_or_default();
        let mut machine = parlor_domain::conversation::Conversation::restored(
            parlor_domain::conversation::Limits::default(),
            record,
        );
        let seats = [from, to].map(|it| SeatOf {
            user: it.user,
            name: "Ada".into(),
            moderator: false,
        });
        let now = self.services.now();
        let mut changes: Vec<Change> = Vec::new();
        for input in [
            parlor_domain::conversation::Input::Seats(seats.into()),
            parlor_domain::conversation::Input::Send {
                user: from.user,
                key: ClientMsgId(Uuid::now_v7()),
                text: text.into(),
                reply_to: None,
                files: Some(vec![]),
                done: None,
            },
        ] {
            changes.extend(machine.handle(input, now).changes);
        }
        let (batch, _) = conversation::commit(id, &head, &changes, now).unwrap();
        store.write_blocking(batch).unwrap();
        self.clock.advance(Millis::from_secs(1));
        id
    }
}

fn last(view: &ConversationView) -> &Message {
    view.last.as_ref().unwrap()
}

#[actix::test]
async fn a_list_has_the_last_word_and_what_is_unread() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    let with_ada = house.says(ada, host, "Good morning");
    house.says(eve, host, "Hello");
    house.says(ada, host, "Are you there?");
    let all = s.conversations(host).unwrap();
    let names: Vec<_> = all.iter().map(|it| (it.other, it.unread)).collect();
    assert_eq!(names, [(ada.user, 2), (eve.user, 1)], "the latest first");
    assert_eq!(last(&all[0]).text, "Are you there?");
    let mine = &s.conversations(ada).unwrap()[0];
    assert_eq!((mine.unread, mine.writable), (0, true));
    assert_eq!(s.conversations(eve).unwrap().len(), 1);

    // Muted and put away, for one of the two only; the next word brings it back.
    let kept = s.keep_conversation(host, with_ada, Some(true), Some(true));
    let kept = kept.await.unwrap();
    assert!(kept.kept.muted && kept.kept.is_archived(last(&kept).seq));
    let mine = s.conversation(ada, with_ada).unwrap();
    assert!(!mine.kept.muted);
    let unread = StoreConversations(s.store().clone()).unread(host.user);
    let muted = unread.iter().filter(|it| it.muted);
    assert_eq!((unread.len(), muted.count()), (2, 1));
    house.says(ada, host, "Hello?");
    let view = s.conversation(host, with_ada).unwrap();
    assert!(view.kept.muted && !view.kept.is_archived(last(&view).seq));

    // Nobody reads what is between two others.
    assert_eq!(s.conversation(eve, with_ada), Err(ServiceError::NotFound));
    assert!(s.messages_after(eve, with_ada, MsgSeq::ZERO).is_err());
    assert_eq!(s.messages_after(ada, with_ada, MsgSeq(1)).unwrap().len(), 2);
}

#[actix::test]
async fn the_first_word_needs_a_reason_and_a_block_ends_it() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    let pair = |one: Member, other: Member| ConversationId::pair(one.user, other.user).unwrap();
    let memory = StoreConversations(s.store().clone());
    let begin =
        |one: Member, other: Member| memory.may_begin(one.user, other.user, s.now()).unwrap();
    assert!(s.conversation(ada, pair(ada, host)).unwrap().writable);
    assert!(begin(ada, host) && !begin(host, ada));
    assert!(!begin(ada, eve));
    // A host does not learn who somebody is that has not written.
    let unknown = s.conversation(host, pair(ada, host));
    assert_eq!(unknown, Err(ServiceError::NotFound));
    house.says(ada, host, "Hello");
    assert!(s.conversation(host, pair(ada, host)).unwrap().writable);
    assert!(begin(host, ada));
    assert!(!begin(host, eve));
    let meeting = NewMeeting {
        client: ClientRef::Account(eve.user),
        ..new_meeting(s.now() + Millis::from_mins(60))
    };
    s.create_meeting(host, &meeting, None).await.unwrap();
    assert!(begin(host, eve), "they have a meeting");
    s.block(host, ada.user).await.unwrap();
    for one in [ada, host] {
        assert!(!s.conversation(one, pair(ada, host)).unwrap().writable);
    }
    assert!(memory.pair(ada.user, host.user).is_empty());
    assert!(!begin(ada, host));
}

#[actix::test]
async fn words_are_found_in_own_conversations_only() {
    let house = house();
    let s = &house.services;
    let (host, _) = house.host("host@example.org").await;
    let (ada, _) = house.member("ada@example.org").await;
    let (eve, _) = house.member("eve@example.org").await;
    house.says(ada, host, "The GREEN door");
    house.says(host, ada, "or the blue one");
    house.says(eve, host, "a green day");
    let found = |who: Member, words: &str| {
        let found = s.search_messages(who, words).unwrap();
        assert!(!found.more);
        let texts = found.hits.into_iter().map(|it| it.message.text);
        texts.collect::<Vec<_>>()
    };
    assert_eq!(found(host, " green "), ["a green day", "The GREEN door"]);
    assert_eq!(found(ada, "green"), ["The GREEN door"]);
    assert!(found(eve, "blue").is_empty());
    assert!(s.search_messages(ada, "g").is_err());
    for n in 0..HITS_MAX + 60 {
        house.says(ada, host, &format!("door number {n}"));
    }
    let many = s.search_messages(host, "door").unwrap();
    assert_eq!((many.hits.len(), many.more), (HITS_MAX, true));
    assert_eq!(
        many.hits[0].message.text,
        format!("door number {}", HITS_MAX + 59)
    );
}
