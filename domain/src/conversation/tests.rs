//! Tables of what is said and heard, then random histories: a client that follows the news must see
//! what a fresh snapshot shows, and what is written must have no holes and no message twice.
//!
//! A table line is `who does what | answer ; who hears what`. People: h (host and moderator), c, g.
//! `says #k text [>n] [+f]` sends under the key k (answering message n, with the file f, `+-` one
//! that is not there), `edits`, `deletes`, `reads`,
//! `reads! ` (privately), `got`, `types`, `stops`. Heard: `n:text`, `~n:text` changed, `-n` deleted,
//! `Rc2` read by c up to 2, `Dc2` delivered, `me2` read on another device, `c..` writes, `c--` stopped.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::{file::Blob, id::FileId};

fn user(letter: char) -> UserId {
    UserId(Uuid::from_u128(letter as u128))
}

fn letter(user: UserId) -> char {
    char::from_u32(user.0.as_u128() as u32).unwrap_or('?')
}

fn key(n: u64) -> ClientMsgId {
    ClientMsgId(Uuid::from_u128(u128::from(n)))
}

fn seats(letters: &str) -> Input {
    let seat = |c: char| SeatOf {
        user: user(c),
        name: c.to_string(),
        moderator: c == 'h',
    };
    Input::Seats(letters.chars().map(seat).collect())
}

/// The words that begin with this sign, without it.
fn with<'a>(words: &'a [&'a str], sign: char) -> impl Iterator<Item = &'a str> {
    words.iter().filter_map(move |it| it.strip_prefix(sign))
}

fn file(name: &str) -> Option<Attachment> {
    (name != "-").then(|| Attachment {
        id: FileId(Uuid::from_u128(u128::from(name.as_bytes()[0]))),
        name: name.into(),
        bytes: 1,
        blob: Blob([0; 32]),
        picture: None,
    })
}

fn limits() -> Limits {
    Limits {
        text_chars_max: 20,
        edit_window: Millis::from_secs(60),
        delete_window: Millis::from_secs(120),
    }
}

/// The store: what was written, and that it may be written so.
#[derive(Clone, Default)]
struct Disk {
    messages: BTreeMap<MsgSeq, Message>,
    did: BTreeMap<(UserId, ClientMsgId), Done>,
    record: Record,
    released: Vec<(UserId, FileId)>,
}

impl Disk {
    fn write(&mut self, changes: &[Change]) {
        for change in changes.iter().cloned() {
            match change {
                Change::New(message) => {
                    assert_eq!(message.seq, self.record.last.next(), "no holes");
                    self.record.last = message.seq;
                    assert!(self.messages.insert(message.seq, message).is_none());
                }
                Change::Changed(message) => {
                    assert!(self.messages.insert(message.seq, message).is_some());
                }
                Change::Did(user, key, done) => {
                    let before = self.did.insert((user, key), done);
                    assert_eq!(before, None, "a command has one effect");
                }
                Change::Member(user, member) => {
                    self.record.members.insert(user, member);
                }
                Change::Released(user, files) => {
                    let files = files.iter().map(|it| (user, it.id));
                    self.released.extend(files);
                }
            }
        }
    }

    fn done(&self, user: UserId, key: ClientMsgId) -> Option<Done> {
        self.did.get(&(user, key)).copied()
    }
}

fn heard(me: UserId, news: &News) -> String {
    match news {
        News::Message { message, .. } => {
            let reply = message
                .reply_to
                .map_or(String::new(), |to| format!(">{}", to.0));
            let files = message.files.iter().map(|it| format!("+{}", it.name));
            let files = files.collect::<String>();
            format!("{}:{}{files}{reply}", message.seq.0, message.text)
        }
        News::Updated(it) if it.deleted => format!("-{}", it.seq.0),
        News::Updated(it) => {
            let files = it.files.iter().map(|it| format!("+{}", it.name));
            format!("~{}:{}{}", it.seq.0, it.text, files.collect::<String>())
        }
        News::Delivered { user, up_to } => format!("D{}{}", letter(*user), up_to.0),
        News::Read { user, up_to } => format!("R{}{}", letter(*user), up_to.0),
        News::ReadElsewhere(seq) => format!("me{}", seq.0),
        News::Typing { user, typing, .. } => {
            assert_ne!(*user, me, "nobody hears of their own typing");
            format!("{}{}", letter(*user), if *typing { ".." } else { "--" })
        }
    }
}

struct Table {
    machine: Conversation,
    disk: Disk,
    now: Timestamp,
}

impl Table {
    fn new() -> Self {
        Self {
            machine: Conversation::restored(limits(), Record::default()),
            disk: Disk::default(),
            now: Timestamp(0),
        }
    }

    fn input(&self, who: UserId, words: &[&str]) -> Input {
        let number = |at: usize| words[at].parse::<u64>().unwrap();
        let keyed = |at: usize| key(words[at].trim_start_matches('#').parse().unwrap());
        let text = |at: usize| words[at].replace('_', " ");
        match words[0] {
            "says" => Input::Send {
                user: who,
                key: keyed(1),
                text: text(2),
                reply_to: with(&words[3..], '>')
                    .next()
                    .map(|to| MsgSeq(to.parse().unwrap())),
                files: with(&words[3..], '+').map(file).collect(),
                done: self.disk.done(who, keyed(1)),
            },
            "edits" | "deletes" => Input::Change {
                user: who,
                key: keyed(1),
                seq: MsgSeq(number(2)),
                text: (words[0] == "edits").then(|| text(3)),
                stored: self.disk.messages.get(&MsgSeq(number(2))).cloned(),
                done: self.disk.done(who, keyed(1)),
            },
            "reads" | "reads!" => Input::Read {
                user: who,
                up_to: MsgSeq(number(1)),
                private: words[0] == "reads!",
            },
            "got" => Input::Delivered {
                user: who,
                up_to: MsgSeq(number(1)),
            },
            "types" | "stops" => Input::Typing {
                user: who,
                typing: words[0] == "types",
            },
            other => panic!("what is {other}?"),
        }
    }

    fn step(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let input = match words[0] {
            "in" => seats(words.get(1).copied().unwrap_or("")),
            "wait" => {
                self.now = self.now + Millis::from_secs(words[1].parse().unwrap());
                Input::Tick
            }
            "restart" => {
                let record = self.disk.record.clone();
                self.machine = Conversation::restored(limits(), record);
                return "ok".into();
            }
            who => self.input(user(who.chars().next().unwrap()), &words[1..]),
        };
        let outcome = self.machine.handle(input, self.now);
        self.disk.write(&outcome.changes);
        let answer = match outcome.answer {
            Ok(Reply::Noted) => "ok".into(),
            Ok(Reply::Read(seq)) => format!("read {}", seq.0),
            Ok(Reply::Written { done, duplicate }) => {
                format!("{}{}", done.seq.0, if duplicate { " again" } else { "" })
            }
            Err(refused) => format!("{refused:?}"),
        };
        let tells = outcome.tells.iter().flat_map(|tell| {
            let told = tell.to.iter();
            told.map(|to| format!("{}({})", letter(*to), heard(*to, &tell.news)))
        });
        let tells: Vec<String> = tells.collect();
        match tells.is_empty() {
            true => answer,
            false => format!("{answer} ; {}", tells.join(" ")),
        }
    }
}

fn check(table: &str) {
    let mut world = Table::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (does, expected) = line.split_once('|').unwrap_or((line, "ok"));
        assert_eq!(world.step(does.trim()), expected.trim(), "{line}");
    }
}

#[test]
fn messages_are_numbered_and_come_once() {
    check(
        "in hc
         h says #1 hello        | 1 ; c(1:hello) h(1:hello)
         c says #1 hi >1        | 2 ; c(2:hi>1) h(2:hi>1)
         h says #1 hello        | 1 again
         c says #2 x >3         | NoSuchMessage
         c says #2 __           | Empty
         c says #2 123456789012345678901 | TooLong
         restart
         in hc
         h says #1 hello        | 1 again
         h says #2 on           | 3 ; c(3:on) h(3:on)",
    );
}

#[test]
fn only_who_is_inside_takes_part() {
    check(
        "c says #1 hello        | NotFound
         in h
         h says #1 first        | 1 ; h(1:first)
         in hc
         c says #1 second       | 2 ; c(2:second) h(2:second)
         in h
         c says #2 third        | NotInside
         c reads 1              | NotInside
         c types                | NotInside
         g reads 1              | NotFound
         h says #2 alone        | 3 ; h(3:alone)",
    );
    let mut world = Table::new();
    for line in ["in hc", "h says #1 a", "in h", "h says #2 b"] {
        world.step(line);
    }
    assert_eq!(world.machine.readable(user('h')), Ok(MsgSeq(2)));
    assert_eq!(world.machine.readable(user('c')), Ok(MsgSeq(1)));
    assert_eq!(world.machine.readable(user('g')), Err(Refused::NotFound));
}

#[test]
fn who_wrote_it_changes_it_for_a_while() {
    check(
        "in hcg
         c says #1 helo         | 1 ; c(1:helo) g(1:helo) h(1:helo)
         c edits #2 1 hello     | 1 ; c(~1:hello) g(~1:hello) h(~1:hello)
         c edits #2 1 hello     | 1 again
         g edits #1 1 no        | NotAuthor
         g deletes #1 1         | NotAuthor
         h edits #1 1 no        | NotAuthor
         c edits #3 1 __        | Empty
         c edits #3 9 x         | NoSuchMessage
         wait 61                | ok
         c edits #3 1 late      | TooLate
         c deletes #4 1         | 1 ; c(-1) g(-1) h(-1)
         c deletes #5 1         | NoSuchMessage
         c edits #5 1 back      | NoSuchMessage
         c says #6 rude         | 2 ; c(2:rude) g(2:rude) h(2:rude)
         wait 121               | ok
         c deletes #7 2         | TooLate
         h deletes #7 2         | 2 ; c(-2) g(-2) h(-2)",
    );
}

#[test]
fn a_deleted_text_is_gone_from_the_row() {
    let mut world = Table::new();
    for line in ["in hc", "c says #1 secret", "c deletes #2 1"] {
        world.step(line);
    }
    let row = &world.disk.messages[&MsgSeq(1)];
    assert!(row.deleted && row.text.is_empty(), "{row:?}");
}

#[test]
fn files_come_along_once_and_go_with_their_message() {
    check(
        "in hc
         c says #1 look +a +b   | 1 ; c(1:look+a+b) h(1:look+a+b)
         c says #1 look +-      | 1 again
         c says #2 __ +c >1     | 2 ; c(2:+c>1) h(2:+c>1)
         c says #3 x +-         | NoSuchFile
         c says #3 x +a         | NoSuchFile
         c says #3 x +d +d      | NoSuchFile
         c says #3 x +d +e +f +g +h +i +j +k +l +m +n | TooManyFiles
         c edits #4 1 seen      | 1 ; c(~1:seen+a+b) h(~1:seen+a+b)
         c edits #5 1 __        | 1 ; c(~1:+a+b) h(~1:+a+b)
         h deletes #1 1         | 1 ; c(-1) h(-1)",
    );
    let mut world = Table::new();
    for line in ["in hc", "c says #1 x +a +b", "h deletes #1 1"] {
        world.step(line);
    }
    assert!(world.disk.messages[&MsgSeq(1)].files.is_empty());
    let ids = ["a", "b"].map(|it| (user('c'), file(it).unwrap().id));
    assert_eq!(world.disk.released, ids, "they were the writer's");
}

#[test]
fn markers_only_rise_and_private_ones_are_not_told() {
    check(
        "in hc
         h says #1 a            | 1 ; c(1:a) h(1:a)
         h says #2 b            | 2 ; c(2:b) h(2:b)
         c got 1                | ok ; h(Dc1)
         c got 9                | ok ; h(Dc2)
         c got 1                | ok
         c reads 1              | read 1 ; h(Rc1) c(me1)
         c reads 1              | read 1
         c reads! 2             | read 2 ; c(me2)
         c reads 1              | read 2
         c reads 9              | read 2 ; h(Rc2)",
    );
}

#[test]
fn typing_ends_by_itself_by_sending_and_by_leaving() {
    check(
        "in hc
         c types                | ok ; h(c..)
         c types                | ok
         wait 2
         c types                | ok ; h(c..)
         wait 5                 | ok
         wait 1                 | ok ; h(c--)
         c types                | ok ; h(c..)
         c says #1 a            | 1 ; h(c--) c(1:a) h(1:a)
         c types                | ok ; h(c..)
         c stops                | ok ; h(c--)
         c stops                | ok
         c types                | ok ; h(c..)
         in h                   | ok ; h(c--)",
    );
}

#[test]
fn commands_that_follow_before_the_disk_see_each_other() {
    let mut machine = Conversation::restored(limits(), Record::default());
    machine.handle(seats("hc"), Timestamp(0));
    let send = Input::Send {
        user: user('c'),
        key: key(1),
        text: "a".into(),
        reply_to: None,
        files: Some(vec![]),
        done: None,
    };
    let change = |text: Option<&str>, k| Input::Change {
        user: user('c'),
        key: key(k),
        seq: MsgSeq(1),
        text: text.map(str::to_owned),
        stored: None,
        done: None,
    };
    assert!(machine.handle(send.clone(), Timestamp(0)).answer.is_ok());
    let again = machine.handle(send, Timestamp(0));
    assert!(matches!(
        again.answer,
        Ok(Reply::Written {
            duplicate: true,
            ..
        })
    ));
    assert!(again.changes.is_empty() && again.tells.is_empty());
    assert!(machine.handle(change(None, 2), Timestamp(0)).answer.is_ok());
    let late = machine.handle(change(Some("b"), 3), Timestamp(0));
    assert_eq!(late.answer, Err(Refused::NoSuchMessage));
}

#[test]
fn a_conversation_remembers_so_many_people() {
    let mut machine = Conversation::restored(limits(), Record::default());
    for n in 0..MEMBERS_MAX as u32 + 10 {
        let seat = SeatOf {
            user: UserId(Uuid::from_u128(u128::from(n) + 1)),
            name: "n".into(),
            moderator: false,
        };
        machine.handle(Input::Seats(vec![seat]), Timestamp(0));
    }
    assert_eq!(machine.members().len(), MEMBERS_MAX);
    assert!(machine.is_live());
}

/// What a client shows: messages by number, markers of the others, the own one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct View {
    messages: BTreeMap<MsgSeq, Message>,
    markers: BTreeMap<UserId, (MsgSeq, MsgSeq)>,
    read: MsgSeq,
}

impl View {
    fn snapshot(me: UserId, machine: &Conversation, disk: &Disk) -> Self {
        let others = machine.members().iter().filter(|(user, _)| **user != me);
        let moved = others.filter(|(_, it)| (it.delivered, it.shown) != Default::default());
        Self {
            messages: disk.messages.clone(),
            markers: moved
                .map(|(user, it)| (*user, (it.delivered, it.shown)))
                .collect(),
            read: machine.members()[&me].read,
        }
    }

    fn hear(&mut self, news: &News) {
        match news {
            News::Message { message, .. } | News::Updated(message) => {
                self.messages.insert(message.seq, message.clone());
            }
            News::Delivered { user, up_to } => {
                let marker = self.markers.entry(*user).or_default();
                marker.0 = marker.0.max(*up_to);
            }
            News::Read { user, up_to } => {
                let marker = self.markers.entry(*user).or_default();
                *marker = (marker.0.max(*up_to), marker.1.max(*up_to));
            }
            News::ReadElsewhere(seq) => self.read = self.read.max(*seq),
            News::Typing { .. } => {}
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Seats(u8),
    Send(u8, u64, u64),
    Change(u8, u64, u64, bool),
    Read(u8, u64, bool),
    Got(u8, u64),
    Typing(u8, bool),
    Wait(u8),
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let who = 0..3u8;
    let step = prop_oneof![
        2 => (0..8u8).prop_map(Step::Seats),
        8 => (who.clone(), 0..40u64, 0..6u64).prop_map(|(w, k, r)| Step::Send(w, k, r)),
        4 => (who.clone(), 40..60u64, 0..9u64, any::<bool>())
            .prop_map(|(w, k, s, e)| Step::Change(w, k, s, e)),
        3 => (who.clone(), 0..12u64, any::<bool>()).prop_map(|(w, s, p)| Step::Read(w, s, p)),
        3 => (who.clone(), 0..12u64).prop_map(|(w, s)| Step::Got(w, s)),
        2 => (who, any::<bool>()).prop_map(|(w, t)| Step::Typing(w, t)),
        1 => (0..90u8).prop_map(Step::Wait),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..80)
}

const PEOPLE: [char; 3] = ['h', 'c', 'g'];

fn input(step: &Step, disk: &Disk) -> Input {
    let who = |w: u8| user(PEOPLE[usize::from(w)]);
    match *step {
        Step::Seats(bits) => {
            let inside = PEOPLE.iter().enumerate();
            let inside = inside.filter(|(n, _)| bits >> n & 1 == 1);
            seats(&inside.map(|(_, c)| *c).collect::<String>())
        }
        Step::Send(w, k, reply) => Input::Send {
            user: who(w),
            key: key(k),
            text: format!("text {k}"),
            reply_to: (reply > 0).then_some(MsgSeq(reply)),
            // Every fifth message has a file of its own.
            files: (k % 5 == 0)
                .then(|| file(&char::from(b'0' + k as u8).to_string()))
                .map_or(Some(vec![]), |file| file.map(|it| vec![it])),
            done: disk.done(who(w), key(k)),
        },
        Step::Change(w, k, seq, edit) => Input::Change {
            user: who(w),
            key: key(k),
            seq: MsgSeq(seq),
            text: edit.then(|| format!("new {k}")),
            stored: disk.messages.get(&MsgSeq(seq)).cloned(),
            done: disk.done(who(w), key(k)),
        },
        Step::Read(w, seq, private) => Input::Read {
            user: who(w),
            up_to: MsgSeq(seq),
            private,
        },
        Step::Got(w, seq) => Input::Delivered {
            user: who(w),
            up_to: MsgSeq(seq),
        },
        Step::Typing(w, typing) => Input::Typing {
            user: who(w),
            typing,
        },
        Step::Wait(_) | Step::Restart => Input::Tick,
    }
}

proptest! {
    #[test]
    fn a_view_from_news_is_a_fresh_snapshot(steps in steps()) {
        let mut machine = Conversation::restored(limits(), Record::default());
        let mut disk = Disk::default();
        let mut views: BTreeMap<UserId, View> = BTreeMap::new();
        let mut now = Timestamp(0);
        for step in &steps {
            match step {
                Step::Wait(seconds) => now = now + Millis::from_secs(i64::from(*seconds)),
                Step::Restart => {
                    machine = Conversation::restored(limits(), disk.record.clone());
                    // Markers of delivery may fall back with the server; clients load again.
                    views.clear();
                }
                _ => {}
            }
            let outcome = machine.handle(input(step, &disk), now);
            if outcome.answer.is_err() {
                prop_assert!(outcome.changes.is_empty() && outcome.tells.is_empty());
            }
            disk.write(&outcome.changes);
            prop_assert_eq!(disk.record.last, machine.last());
            for tell in &outcome.tells {
                for to in &tell.to {
                    prop_assert!(machine.members()[to].inside, "only who is inside is told");
                    if let Some(view) = views.get_mut(to) {
                        view.hear(&tell.news);
                    }
                }
            }
            for who in PEOPLE.map(user) {
                let inside = machine.members().get(&who).is_some_and(|it| it.inside);
                if !inside {
                    views.remove(&who);
                    continue;
                }
                let fresh = View::snapshot(who, &machine, &disk);
                let view = views.entry(who).or_insert_with(|| fresh.clone());
                prop_assert_eq!(&*view, &fresh);
            }
        }
        let numbers: Vec<u64> = disk.messages.keys().map(|seq| seq.0).collect();
        prop_assert_eq!(numbers, (1..=machine.last().0).collect::<Vec<_>>());
    }
}
