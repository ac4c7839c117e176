//! Tables of what is said and heard, then random histories against a client's view.
//!
//! A table line is `who does what | answer ; who hears what`. People: h (host), c (client), g and k
//! (guests). `c/2` is c's second device. In what is heard, `+c` is user-joined, `-c:Left` user-left,
//! `~c` user-reconnecting, `^c` user-resumed, `sees[..]` existing-participants.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::call::Sample;
use crate::event::{Candidate, LineLevel, Reaction, Recording, RecordingState, Signal};
use crate::id::{CallId, MeetingId};

const CLOSES: i64 = 7_200;

fn policy() -> RoomPolicy {
    RoomPolicy {
        capacity: 3,
        rejoin_grace: Millis::from_secs(30),
        empty_grace: Millis::from_secs(120),
        readmit: Millis::from_secs(120),
        closes_at: Timestamp(CLOSES * 1_000),
        recording: RecordingRight::Anyone,
    }
}

fn room() -> Room {
    let meeting = MeetingId(Uuid::from_u128(1));
    Room::new(RoomId(Uuid::from_u128(2)), meeting, policy(), Timestamp(0))
}

fn user(letter: char) -> UserId {
    UserId(Uuid::from_u128(letter as u128))
}

fn session(letter: char, device: u128) -> SessionId {
    SessionId(Uuid::from_u128((letter as u128) << 8 | device))
}

fn letter(id: Uuid, shift: u32) -> char {
    char::from_u32((id.as_u128() >> shift) as u32).unwrap_or('?')
}

fn seat(who: char) -> Seat {
    Seat {
        meeting: MeetingId(Uuid::from_u128(1)),
        moderator: who == 'h',
        waits: matches!(who, 'g' | 'k'),
        name: who.to_string(),
        role: match who {
            'g' | 'k' => Role::Guest,
            'a' => Role::Admin,
            _ => Role::Client,
        },
        policy: policy(),
    }
}

fn signal(n: usize) -> Signal {
    Signal::Candidate {
        candidate: Some(Candidate {
            line: format!("{n}"),
            mid: None,
            m_line: None,
            fragment: None,
        }),
        negotiation: "n".into(),
    }
}

/// A table's world: names for peers, and the clock.
struct World {
    room: Room,
    now: i64,
    made: u128,
    /// The latest address of each session.
    peers: BTreeMap<SessionId, PeerId>,
}

impl World {
    fn new() -> Self {
        Self {
            room: room(),
            now: 0,
            made: 0,
            peers: BTreeMap::new(),
        }
    }

    fn peer(&self, who: &str) -> PeerId {
        let (letter, device) = device(who);
        let known = self.peers.get(&session(letter, device));
        *known.unwrap_or(&PeerId(Uuid::nil()))
    }

    fn fresh(&mut self, letter: char) -> PeerId {
        self.made += 1;
        PeerId(Uuid::from_u128((letter as u128) << 16 | self.made))
    }

    fn step(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["wait", seconds] = words.as_slice() {
            self.now += seconds.parse::<i64>().unwrap() * 1_000;
            return self.run(Input::Tick);
        }
        if let ["announced", who, seconds] = words.as_slice() {
            return self.run(Input::AdminEnters(Announced {
                user: user(device(who).0),
                name: (*who).into(),
                reason: "why".into(),
                until: Timestamp(self.now + seconds.parse::<i64>().unwrap() * 1_000),
            }));
        }
        if words.as_slice() == ["close"] {
            return self.run(Input::Close);
        }
        let (who, number) = device(words[0]);
        let session = session(who, number);
        let rest = &words[1..];
        let input = match rest {
            ["join"] | ["join", "late"] | ["join", "was", _] => {
                let old = rest.get(2).map(|old| self.peer(old));
                let join = Join {
                    user: user(who),
                    session,
                    seat: (rest.get(1) != Some(&"late")).then(|| seat(who)),
                    audio: true,
                    video: true,
                    old,
                    fresh: self.fresh(who),
                };
                Input::Join(join)
            }
            ["leave"] => Input::Leave { session },
            ["lost"] => Input::Lost { session },
            ["back"] => Input::Back { session },
            ["revoked"] => Input::Revoked { session },
            ["mutes"] => Input::Media {
                session,
                audio: false,
                video: true,
                away: false,
            },
            ["steps", "away"] => Input::Media {
                session,
                audio: false,
                video: false,
                away: true,
            },
            ["raises"] => hand(session, None, true),
            ["lowers"] => hand(session, None, false),
            ["raises", whom] => hand(session, Some(self.peer(whom)), true),
            ["lowers", whom] => hand(session, Some(self.peer(whom)), false),
            ["claps"] => Input::React {
                session,
                reaction: Reaction::Clap,
            },
            ["locks"] => Input::Lock {
                session,
                locked: true,
            },
            ["unlocks"] => Input::Lock {
                session,
                locked: false,
            },
            ["line", level] => sample(session, level.parse().unwrap()),
            ["looks"] => Input::Snapshot { session },
            ["asks", "to", "record"] => record(session, RecordingStep::Ask),
            ["agrees"] => record(session, RecordingStep::Agree),
            ["refuses"] => record(session, RecordingStep::Refuse),
            ["stops"] => record(session, RecordingStep::Stop),
            ["shares"] => Input::Screen {
                session,
                active: true,
                track: None,
            },
            ["signals", to] => Input::Signal {
                session,
                to: self.peer(to),
                signal: signal(0),
            },
            ["asks", to, "mute"] => Input::MuteRequest {
                session,
                to: self.peer(to),
                kind: crate::event::MediaKind::Audio,
            },
            ["admits", "all"] => Input::Admit {
                session,
                whom: Whom::All,
            },
            ["admits", whom] => Input::Admit {
                session,
                whom: Whom::Peer(self.peer(whom)),
            },
            ["denies", whom] => Input::Deny {
                session,
                whom: Whom::Peer(self.peer(whom)),
                message: None,
            },
            ["removes", whom] => Input::Remove {
                session,
                peer: self.peer(whom),
                ban: false,
                message: None,
            },
            ["bans", whom] => Input::Remove {
                session,
                peer: self.peer(whom),
                ban: true,
                message: None,
            },
            ["ends"] => Input::EndForAll { session },
            other => panic!("no such words: {other:?}"),
        };
        let text = self.run(input);
        let reply = self.room.inside.iter().chain(&self.room.lobby);
        let seat = reply
            .filter(|p| p.session == session)
            .map(|p| p.peer)
            .next_back();
        if let Some(peer) = seat {
            self.peers.insert(session, peer);
        }
        text
    }

    fn run(&mut self, input: Input) -> String {
        let outcome = self.room.handle(input, Timestamp(self.now));
        let answer = match outcome.answer {
            Ok(Reply::Done) => "ok".to_owned(),
            Ok(Reply::Joined { .. }) => "in".to_owned(),
            Ok(Reply::Waiting { .. }) => "waits".to_owned(),
            Ok(Reply::Relayed { queued }) => if queued { "queued" } else { "sent" }.to_owned(),
            Ok(Reply::Count(n)) => n.to_string(),
            Ok(Reply::Snapshot(_)) => "looked".to_owned(),
            Ok(other) => format!("{other:?}"),
            Err(refused) => format!("{refused:?}"),
        };
        let mut text = answer;
        for effect in &outcome.effects {
            let heard = match effect {
                Effect::Tell { session, event, .. } => {
                    format!("{}:{}", name(*session), heard(event))
                }
                Effect::Admitted { session, .. } => format!("{}:let-in", name(*session)),
                Effect::Consent(user, word, _) => format!("note {}:{word:?}", letter(user.0, 0)),
                Effect::Stop => "stop".into(),
                Effect::Ended { by_host } => {
                    format!("over({})", if *by_host { "host" } else { "-" })
                }
                _ => continue,
            };
            text.push_str(" ; ");
            text.push_str(&heard);
        }
        text
    }
}

fn hand(session: SessionId, peer: Option<PeerId>, raised: bool) -> Input {
    Input::Hand {
        session,
        peer,
        raised,
    }
}

fn record(session: SessionId, step: RecordingStep) -> Input {
    Input::Recording { session, step }
}

fn sample(session: SessionId, level: u8) -> Input {
    let level = LineLevel::new(level);
    let sample = Sample {
        level,
        ..Sample::default()
    };
    Input::Sample { session, sample }
}

fn device(who: &str) -> (char, u128) {
    let mut parts = who.split('/');
    let letter = parts.next().and_then(|p| p.chars().next()).unwrap();
    (letter, parts.next().map_or(1, |n| n.parse().unwrap()))
}

fn name(session: SessionId) -> String {
    let device = session.0.as_u128() & 0xff;
    match device {
        1 => letter(session.0, 8).to_string(),
        n => format!("{}/{n}", letter(session.0, 8)),
    }
}

fn people(peers: &[Peer]) -> String {
    let all = peers.iter().map(|p| {
        let lost = if p.reconnecting { "~" } else { "" };
        let hand = if p.hand.is_some() { "!" } else { "" };
        format!("{}{lost}{hand}", p.name)
    });
    all.collect::<Vec<_>>().join(",")
}

fn heard(event: &Event) -> String {
    let of = |peer: &PeerId| letter(peer.0, 16);
    match event {
        Event::AdminEntering { name, reason, .. } => format!("{name} comes:{reason}"),
        Event::Waiting {
            position,
            host_present,
            ..
        } => format!("#{position}{}", if *host_present { "+host" } else { "" }),
        Event::WaitingRoom { waiting, .. } => format!("lobby[{}]", people(waiting)),
        Event::Denied { why, .. } => format!("denied:{why:?}"),
        Event::ExistingParticipants {
            others,
            hand,
            locked,
            recording,
            ..
        } => {
            let hand = if hand.is_some() { "!" } else { "" };
            let lock = if *locked { "#" } else { "" };
            let tape = recording.as_ref().map_or("".into(), tape);
            format!("sees[{}]{hand}{lock}{tape}", people(others))
        }
        Event::UserJoined { peer, .. } => format!("+{}", peer.name),
        Event::UserLeft { peer, why, .. } => format!("-{}:{why:?}", of(peer)),
        Event::UserReconnecting { peer, .. } => format!("~{}", of(peer)),
        Event::UserResumed { peer, .. } => format!("^{}", of(peer)),
        Event::Signal { from, .. } => format!("<{}", of(from)),
        Event::MediaState {
            peer, away: true, ..
        } => format!("{} away", of(peer)),
        Event::Hand {
            peer, raised_at, ..
        } => match raised_at {
            Some(_) => format!("{}!", of(peer)),
            None => format!("{}!down", of(peer)),
        },
        Event::Reacted { peer, reaction, .. } => format!("{} {reaction:?}", of(peer)),
        Event::PeerQuality { peer, level, .. } => format!("{}={}", of(peer), level.get()),
        Event::RoomLocked { locked, .. } => if *locked { "locked" } else { "open" }.into(),
        Event::Recording {
            recording: Some(it),
            ..
        } => tape(it),
        Event::Recording { over, .. } => {
            let (why, by) = over.unwrap();
            format!("tape{why:?}<{}", of(&by))
        }
        Event::MediaState { peer, audio, .. } => {
            format!("{}{}", of(peer), if *audio { "*" } else { "-mic" })
        }
        Event::ScreenShare { peer, .. } => format!("{}-screen", of(peer)),
        Event::MuteRequested { by, .. } => format!("mute<{}", of(by)),
        Event::Removed { why, .. } => format!("out:{why:?}"),
        Event::RoomEnded { why, .. } => format!("ended:{why:?}"),
        other => format!("{other:?}"),
    }
}

/// A recording: who records, its state, who has not agreed.
fn tape(it: &Recording) -> String {
    let of = |peer: &PeerId| letter(peer.0, 16);
    let missing: String = it.missing.iter().map(of).collect();
    format!("tape{:?}({}/{missing})", it.state, of(&it.by))
}

/// Runs a table. A wrong line shows the whole table as it really is, ready to be reviewed.
fn check(table: &str) {
    let mut world = World::new();
    let mut real = String::new();
    let mut right = true;
    for line in table.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (doing, wanted) = line.split_once('|').unwrap_or((line, ""));
        let found = world.step(doing.trim());
        right &= found == wanted.trim();
        real.push_str(&format!("        {:<14} | {found}\n", doing.trim()));
    }
    assert!(right, "really:\n{real}");
}

#[test]
fn two_people_meet_and_part() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c signals h    | sent ; h:<c
        h signals c    | sent ; c:<h
        c mutes        | ok ; h:c-mic
        c leave        | ok ; h:-c:Left
        c signals h    | NotInRoom
        c join         | in ; h:+c ; c:sees[h]
        ",
    );
}

#[test]
fn guests_wait_even_when_the_host_comes_and_nobody_admits_themselves() {
    check(
        "
        g join         | waits ; g:#1
        k join         | waits ; g:#1 ; k:#2
        h join         | in ; h:sees[] ; h:lobby[g,k] ; g:#1+host ; k:#2+host
        g admits g     | NotAdmitted
        g signals h    | NotAdmitted
        c join         | in ; h:+c ; c:sees[h]
        c admits g     | NotModerator
        h admits g     | 1 ; g:let-in ; h:+g ; c:+g ; g:sees[h,c] ; h:lobby[k] ; k:#1+host
        h admits k     | Full
        h denies k     | 1 ; k:denied:Denied ; h:lobby[]
        h denies k     | NoSuchPeer
        ",
    );
}

#[test]
fn who_waits_at_the_door_has_come() {
    let join = Join {
        user: user('g'),
        session: session('g', 0),
        seat: Some(seat('g')),
        audio: true,
        video: true,
        old: None,
        fresh: PeerId(Uuid::from_u128(1)),
    };
    let outcome = room().handle(Input::Join(join), Timestamp(5));
    let came = Effect::Entered(user('g'), Timestamp(5));
    assert!(outcome.effects.contains(&came), "{:?}", outcome.effects);
}

#[test]
fn a_lost_peer_keeps_its_seat_and_its_signals() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c lost         | ok ; h:~c
        c lost         | ok
        h signals c    | queued
        wait 29        | ok
        c back         | ok ; h:^c ; c:<h
        c lost         | ok ; h:~c
        h signals c    | queued
        wait 30        | ok ; h:-c:Timeout ; c:out:Timeout
        h signals c    | PeerGone
        c back         | ok
        ",
    );
}

#[test]
fn a_fresh_session_with_the_old_address_gets_the_old_seat() {
    check(
        "
        h join         | in ; h:sees[]
        g join         | waits ; h:lobby[g] ; g:#1+host
        h admits g     | 1 ; g:let-in ; h:+g ; g:sees[h] ; h:lobby[]
        g lost         | ok ; h:~g
        h signals g    | queued
        g/2 join was g | in ; g:out:Replaced ; g/2:sees[h] ; h:^g ; g/2:<h ; h:g*
        g/2 signals h  | sent ; h:<g
        ",
    );
}

#[test]
fn another_device_takes_over_and_does_not_knock_again() {
    check(
        "
        h join         | in ; h:sees[]
        g join         | waits ; h:lobby[g] ; g:#1+host
        h admits g     | 1 ; g:let-in ; h:+g ; g:sees[h] ; h:lobby[]
        g/2 join       | in ; g:out:Replaced ; h:-g:Replaced ; h:+g ; g/2:sees[h]
        g signals h    | NotInRoom
        ",
    );
}

#[test]
fn an_admin_is_announced_to_everybody_before_and_is_out_when_the_time_is_over() {
    // h hears it before a has a seat; c, who comes later, and h, who comes back, hear it too.
    check(
        "h join        | in ; h:sees[]
         a join        | NotAllowed
         announced a 60 | ok ; h:a comes:why
         a join        | in ; h:+a ; a:sees[h]
         c join        | in ; h:+c ; a:+c ; c:sees[h,a] ; c:a comes:why
         h looks       | looked ; h:a comes:why
         wait 59       | ok
         wait 1        | ok ; a:out:Revoked ; h:-a:Removed ; c:-a:Removed
         a join        | NotAllowed
         h looks       | looked",
    );
    // Another time anew; who was announced and did not come has no way in afterwards.
    check(
        "h join        | in ; h:sees[]
         announced a 10 | ok ; h:a comes:why
         wait 10       | ok
         a join        | NotAllowed
         announced a 10 | ok ; h:a comes:why
         a join        | in ; h:+a ; a:sees[h]
         h removes a   | ok ; a:out:Removed ; h:-a:Removed",
    );
}

#[test]
fn a_host_who_changes_devices_twice_knows_that_nobody_waits_any_more() {
    check(
        "
        h join         | in ; h:sees[]
        g join         | waits ; h:lobby[g] ; g:#1+host
        h lost         | ok
        h/2 join was h | in ; h:out:Replaced ; h/2:sees[] ; h/2:lobby[g] ; g:#1+host
        g leave        | ok ; h/2:lobby[]
        h join         | in ; h/2:out:Replaced ; h:sees[] ; h:lobby[]
        ",
    );
}

#[test]
fn who_was_admitted_comes_back_within_two_minutes_without_knocking() {
    check(
        "
        h join         | in ; h:sees[]
        g join         | waits ; h:lobby[g] ; g:#1+host
        h admits g     | 1 ; g:let-in ; h:+g ; g:sees[h] ; h:lobby[]
        g leave        | ok ; h:-g:Left
        wait 119       | ok
        g join         | in ; h:+g ; g:sees[h]
        g leave        | ok ; h:-g:Left
        wait 121       | ok
        g join         | waits ; h:lobby[g] ; g:#1+host
        ",
    );
}

#[test]
fn who_was_removed_knocks_and_who_was_banned_does_not_come_back() {
    check(
        "
        h join         | in ; h:sees[]
        g join         | waits ; h:lobby[g] ; g:#1+host
        h admits g     | 1 ; g:let-in ; h:+g ; g:sees[h] ; h:lobby[]
        g removes h    | NotModerator
        h removes g    | ok ; g:out:Removed ; h:-g:Removed
        g join         | waits ; h:lobby[g] ; g:#1+host
        h admits all   | 1 ; g:let-in ; h:+g ; g:sees[h] ; h:lobby[]
        h bans g       | ok ; g:out:Banned ; h:-g:Removed
        g join         | Banned
        ",
    );
}

#[test]
fn who_was_removed_knocks_even_where_they_need_not_until_admitted_again() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        h removes c    | ok ; c:out:Removed ; h:-c:Removed
        c join         | waits ; h:lobby[c] ; c:#1+host
        h admits c     | 1 ; c:let-in ; h:+c ; c:sees[h] ; h:lobby[]
        c leave        | ok ; h:-c:Left
        wait 200       | ok
        c join         | in ; h:+c ; c:sees[h]
        ",
    );
}

#[test]
fn a_locked_door_makes_everybody_knock_but_who_was_there_a_moment_ago() {
    check(
        "
        h join         | in ; h:sees[]
        c locks        | NotInRoom
        g join         | waits ; h:lobby[g] ; g:#1+host
        g locks        | NotAdmitted
        h admits g     | 1 ; g:let-in ; h:+g ; g:sees[h] ; h:lobby[]
        g locks        | NotModerator
        h locks        | ok ; h:locked ; g:locked
        h locks        | ok
        c join         | waits ; h:lobby[c] ; c:#1+host
        g leave        | ok ; h:-g:Left
        g join         | in ; h:+g ; g:sees[h]#
        h admits c     | 1 ; c:let-in ; h:+c ; g:+c ; c:sees[h,g]# ; h:lobby[]
        c leave        | ok ; h:-c:Left ; g:-c:Left
        h unlocks      | ok ; h:open ; g:open
        wait 200       | ok
        c join         | in ; h:+c ; g:+c ; c:sees[h,g]
        ",
    );
}

#[test]
fn hands_queue_up_and_a_moderator_lowers_but_never_raises() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c raises       | ok ; h:c! ; c:c!
        c raises       | ok
        c lowers h     | NotModerator
        h raises c     | NotAllowed
        c lost         | ok ; h:~c
        c back         | ok ; h:^c
        c join         | in ; c:sees[h]! ; h:c*
        h lowers c     | ok ; h:c!down ; c:c!down
        h lowers c     | ok
        h raises       | ok ; h:h! ; c:h!
        c leave        | ok ; h:-c:Left
        c join         | in ; h:+c ; c:sees[h!]
        h lowers       | ok ; h:h!down ; c:h!down
        ",
    );
}

#[test]
fn two_hands_of_one_instant_have_an_order() {
    let mut world = World::new();
    for line in ["h join", "c join", "c raises", "h raises"] {
        world.step(line);
    }
    let hand = |who| {
        let all = &world.room.inside;
        all.iter().find(|p| p.user == user(who)).unwrap().hand
    };
    assert!(hand('c') < hand('h'));
}

#[test]
fn reactions_reach_the_others_and_are_few() {
    check(
        "
        h join         | in ; h:sees[]
        c claps        | NotInRoom
        c join         | in ; h:+c ; c:sees[h]
        c claps        | ok ; h:c Clap
        c claps        | ok ; h:c Clap
        c claps        | ok ; h:c Clap
        c claps        | ok ; h:c Clap
        c claps        | ok ; h:c Clap
        c claps        | ok ; h:c Clap
        c claps        | TooFast(500ms)
        wait 1         | ok
        c claps        | ok ; h:c Clap
        c steps away   | ok ; h:c away
        ",
    );
}

#[test]
fn the_others_hear_how_a_line_is_when_it_changes() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c line 4       | ok ; h:c=4
        c line 4       | ok
        c line 2       | ok ; h:c=2
        c line 1       | ok
        wait 2         | ok
        c line 1       | ok ; h:c=1
        wait 20        | ok
        c line 1       | ok ; h:c=1
        ",
    );
}

#[test]
fn a_recording_begins_when_all_agreed_and_pauses_for_who_comes_later() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c agrees       | NoRecording
        h asks to record | ok ; note h:Asked ; h:tapeAsking(h/c) ; c:tapeAsking(h/c)
        c asks to record | RecordingTaken
        h asks to record | ok
        c agrees       | ok ; note c:Agreed ; note h:Began ; h:tapeRunning(h/) ; c:tapeRunning(h/)
        c agrees       | ok
        g join         | waits ; h:lobby[g] ; g:#1+host
        h admits g     | 1 ; g:let-in ; h:+g ; c:+g ; g:sees[h,c]tapePaused(h/g) ; h:lobby[] ; h:tapePaused(h/g) ; c:tapePaused(h/g) ; g:tapePaused(h/g)
        g leave        | ok ; h:-g:Left ; c:-g:Left ; h:tapeRunning(h/) ; c:tapeRunning(h/)
        c stops        | NotModerator
        c leave        | ok ; h:-c:Left
        c join         | in ; h:+c ; c:sees[h]tapeRunning(h/)
        c refuses      | ok ; note c:Withdrew ; note h:Ended ; h:tapeWithdrawn<c ; c:tapeWithdrawn<c
        h asks to record | TooFast(15000ms)
        wait 15        | ok
        h asks to record | ok ; note h:Asked ; h:tapeAsking(h/c) ; c:tapeAsking(h/c)
        c refuses      | ok ; note c:Refused ; h:tapeRefused<c ; c:tapeRefused<c
        ",
    );
}

#[test]
fn a_recording_ends_with_who_records_and_a_moderator_may_stop_it() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c asks to record | ok ; note c:Asked ; h:tapeAsking(c/h) ; c:tapeAsking(c/h)
        h agrees       | ok ; note h:Agreed ; note c:Began ; h:tapeRunning(c/) ; c:tapeRunning(c/)
        c lost         | ok ; h:~c
        c/2 join       | in ; c:out:Replaced ; h:-c:Replaced ; h:+c ; c/2:sees[h]tapeRunning(c/) ; note c:Ended ; h:tapeLeft<c ; c/2:tapeLeft<c
        c/2 asks to record | ok ; note c:Asked ; h:tapeAsking(c/h) ; c/2:tapeAsking(c/h)
        h stops        | ok ; h:tapeStopped<h ; c/2:tapeStopped<h
        h stops        | NoRecording
        ",
    );
}

#[test]
fn one_screen_at_a_time_and_a_moderator_asks_for_silence() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c shares       | ok ; h:c-screen
        h shares       | ScreenTaken
        h asks c mute  | ok ; c:mute<h
        c asks h mute  | NotModerator
        ",
    );
}

#[test]
fn the_end_is_for_everybody_and_only_once() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        g join         | waits ; h:lobby[g] ; g:#1+host
        c ends         | NotModerator
        h ends         | ok ; g:denied:RoomClosed ; h:lobby[] ; h:ended:Host ; c:ended:Host ; over(host)
        h ends         | ok
        c join         | Closed
        wait 120       | ok ; stop
        ",
    );
}

#[test]
fn the_window_closes_the_lobby_but_cuts_no_conversation() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        g join         | waits ; h:lobby[g] ; g:#1+host
        wait 7200      | ok ; g:denied:TooLate ; h:lobby[]
        k join         | TooLate(t7200000)
        h signals c    | sent ; c:<h
        c lost         | ok ; h:~c
        c/2 join late  | in ; c:out:Replaced ; h:-c:Replaced ; h:+c ; c/2:sees[h]
        wait 43200     | ok ; h:ended:Window ; c/2:ended:Window ; over(-)
        ",
    );
}

#[test]
fn an_empty_room_is_let_go_and_a_revoked_login_loses_its_seat() {
    check(
        "
        h join         | in ; h:sees[]
        c join         | in ; h:+c ; c:sees[h]
        c revoked      | ok ; c:out:Revoked ; h:-c:Removed
        h leave        | ok
        wait 119       | ok
        wait 1         | ok ; stop
        ",
    );
}

#[test]
fn a_lost_peers_queue_is_bounded_and_forgets_who_left() {
    let mut world = World::new();
    for line in ["h join", "c join", "c lost"] {
        world.step(line);
    }
    let answers: Vec<String> = (0..70).map(|_| world.step("h signals c")).collect();
    assert_eq!(
        answers.iter().filter(|a| *a == "queued").count(),
        QUEUE_FRAMES_MAX
    );
    assert_eq!(answers.last().map(String::as_str), Some("PeerGone"));
    world.step("h leave");
    assert_eq!(
        world.step("c back"),
        "ok",
        "signals of who left are not delivered"
    );
}

#[test]
fn exactly_one_of_two_is_polite() {
    let (a, b) = (PeerId(Uuid::from_u128(1)), PeerId(Uuid::from_u128(2)));
    assert_ne!(crate::event::polite(a, b), crate::event::polite(b, a));
}

/// What a client knows: built from events alone.
#[derive(Clone, Debug, Default, PartialEq)]
struct View {
    me: Option<PeerId>,
    inside: bool,
    others: BTreeMap<PeerId, Peer2>,
    waiting: Vec<PeerId>,
    call: Option<Timestamp>,
    hand: Option<Timestamp>,
    locked: bool,
    recording: Option<Recording>,
}

/// A peer without what no event changes.
#[derive(Clone, Debug, PartialEq)]
struct Peer2 {
    name: String,
    media: PeerMedia,
    reconnecting: bool,
    hand: Option<Timestamp>,
    quality: Option<LineLevel>,
}

fn small(peer: &Peer) -> (PeerId, Peer2) {
    let known = Peer2 {
        name: peer.name.clone(),
        media: peer.media,
        reconnecting: peer.reconnecting,
        hand: peer.hand,
        quality: peer.quality,
    };
    (peer.id, known)
}

impl View {
    fn apply(&mut self, event: &Event) {
        match event {
            Event::ExistingParticipants {
                me,
                others,
                call_started_at,
                hand,
                locked,
                recording,
                ..
            } => {
                self.hand = *hand;
                self.locked = *locked;
                self.recording = recording.clone();
                self.me = Some(*me);
                self.inside = true;
                self.others = others.iter().map(small).collect();
                self.call = *call_started_at;
            }
            Event::UserJoined { peer, .. } => {
                let (id, known) = small(peer);
                self.others.insert(id, known);
            }
            Event::UserLeft { peer, .. } => {
                self.others.remove(peer);
            }
            Event::UserReconnecting { peer, .. } => self.change(peer, |p| p.reconnecting = true),
            Event::UserResumed { peer, .. } => self.change(peer, |p| p.reconnecting = false),
            Event::MediaState {
                peer,
                audio,
                video,
                away,
                ..
            } => self.change(peer, |p| {
                p.media.audio = *audio;
                p.media.video = *video;
                p.media.away = *away;
            }),
            Event::Hand {
                peer, raised_at, ..
            } if self.me == Some(*peer) => self.hand = *raised_at,
            Event::Hand {
                peer, raised_at, ..
            } => self.change(peer, |p| p.hand = *raised_at),
            Event::PeerQuality { peer, level, .. } => {
                self.change(peer, |p| p.quality = Some(*level));
            }
            Event::RoomLocked { locked, .. } => self.locked = *locked,
            Event::Recording { recording, .. } => self.recording = recording.clone(),
            Event::ScreenShare { peer, active, .. } => {
                self.change(peer, |p| p.media.screen = *active);
            }
            Event::WaitingRoom { waiting, .. } => {
                self.waiting = waiting.iter().map(|p| p.id).collect();
            }
            Event::CallStarted { at, .. } => self.call = Some(*at),
            Event::Removed { .. } | Event::RoomEnded { .. } | Event::Denied { .. } => {
                *self = Self::default();
            }
            Event::Waiting { .. }
            | Event::Admitted { .. }
            | Event::Signal { .. }
            | Event::MuteRequested { .. }
            | Event::RelayBudget { .. }
            | Event::AdminEntering { .. }
            | Event::Reacted { .. }
            | Event::MeetingUpdated { .. }
            | Event::CallIncoming { .. }
            | Event::CallRinging { .. }
            | Event::CallQueued { .. }
            | Event::CallAccepted { .. }
            | Event::CallUnanswered { .. }
            | Event::Billing { .. }
            | Event::LowBalance { .. }
            | Event::CallEnded { .. }
            | Event::SlotsChanged { .. }
            | Event::WalletChanged { .. }
            | Event::ConversationKept(..)
            | Event::Presence(_)
            | Event::Notified { .. }
            | Event::NoticesRead { .. }
            | Event::Host(..)
            | Event::ReviewReceived { .. }
            | Event::Chat(..) => {}
        }
    }

    fn change(&mut self, peer: &PeerId, change: impl FnOnce(&mut Peer2)) {
        if let Some(known) = self.others.get_mut(peer) {
            change(known);
        }
    }
}

#[derive(Clone, Debug)]
enum Act {
    Join { device: u128, old: bool },
    Leave,
    Lost,
    Back,
    Signal(char),
    Media(bool),
    Screen(bool),
    Admit(char),
    Deny(char),
    Remove(char, bool),
    Hand(Option<char>, bool),
    React,
    Lock(bool),
    Line(u8),
    Record(RecordingStep),
    Wait(i64),
    Call,
    Restart,
    Panic,
}

fn person() -> impl Strategy<Value = char> {
    prop_oneof![Just('h'), Just('c'), Just('g'), Just('k')]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1u128..3, any::<bool>()).prop_map(|(device, old)| Act::Join { device, old }),
        1 => Just(Act::Leave),
        3 => Just(Act::Lost),
        3 => Just(Act::Back),
        4 => person().prop_map(Act::Signal),
        2 => any::<bool>().prop_map(Act::Media),
        1 => any::<bool>().prop_map(Act::Screen),
        4 => person().prop_map(Act::Admit),
        1 => person().prop_map(Act::Deny),
        1 => (person(), prop::bool::weighted(0.2)).prop_map(|(who, ban)| Act::Remove(who, ban)),
        3 => (prop::option::of(person()), any::<bool>()).prop_map(|(who, up)| Act::Hand(who, up)),
        1 => Just(Act::React),
        1 => any::<bool>().prop_map(Act::Lock),
        2 => (1u8..5).prop_map(Act::Line),
        4 => step().prop_map(Act::Record),
        2 => (1i64..40).prop_map(Act::Wait),
        1 => Just(Act::Call),
        1 => Just(Act::Restart),
        1 => Just(Act::Panic),
    ]
}

fn step() -> impl Strategy<Value = RecordingStep> {
    prop_oneof![
        3 => Just(RecordingStep::Ask),
        4 => Just(RecordingStep::Agree),
        1 => Just(RecordingStep::Refuse),
        1 => Just(RecordingStep::Stop),
    ]
}

/// The room with a client beside every session.
struct Town {
    room: Room,
    now: i64,
    made: u128,
    views: BTreeMap<SessionId, View>,
    peers: BTreeMap<char, PeerId>,
    /// Guests whom a moderator let in at some time.
    admitted: BTreeSet<UserId>,
}

impl Town {
    fn run(&mut self, input: Input) -> Result<Reply, Refused> {
        let outcome = self.room.handle(input, Timestamp(self.now));
        for effect in &outcome.effects {
            match effect {
                Effect::Tell { session, event, .. } => self.hear(*session, event),
                Effect::Admitted { user, .. } => {
                    self.admitted.insert(*user);
                }
                _ => {}
            }
        }
        outcome.answer
    }

    /// Who waits before the door hears of nothing that happens behind it.
    fn hear(&mut self, session: SessionId, event: &Event) {
        if self.room.lobby.iter().any(|p| p.session == session) {
            // Who waits is told nothing of a recording either; they are asked when they enter.
            let allowed = matches!(
                event,
                Event::Waiting { .. } | Event::Denied { .. } | Event::Removed { .. }
            );
            assert!(allowed, "{event:?} reached the lobby");
        }
        if let Event::Signal { from, .. } = event {
            assert!(self.room.inside.iter().any(|p| p.peer == *from));
            assert!(self.room.inside.iter().any(|p| p.session == session));
        }
        // A session that died with a restarted server hears nothing any more.
        if let Some(view) = self.views.get_mut(&session) {
            view.apply(event);
        }
    }

    fn session(&self, who: char) -> SessionId {
        let all = self.room.inside.iter().chain(&self.room.lobby);
        let mut mine = all.filter(|p| p.user == user(who)).map(|p| p.session);
        mine.next_back().unwrap_or(session(who, 1))
    }

    fn act(&mut self, who: char, act: Act) {
        let session_now = self.session(who);
        match act {
            Act::Join { device, old } => {
                self.made += 1;
                let fresh = PeerId(Uuid::from_u128((who as u128) << 16 | self.made));
                let old = self.peers.get(&who).copied().filter(|_| old);
                let session = session(who, device);
                self.views.entry(session).or_default();
                let join = Join {
                    user: user(who),
                    session,
                    seat: Some(seat(who)),
                    audio: true,
                    video: false,
                    old,
                    fresh,
                };
                match self.run(Input::Join(join)) {
                    Ok(Reply::Joined { peer, .. } | Reply::Waiting { peer }) => {
                        self.peers.insert(who, peer);
                    }
                    _ => {
                        self.views.remove(&session);
                    }
                }
            }
            Act::Leave => {
                let _ = self.run(Input::Leave {
                    session: session_now,
                });
                self.views.remove(&session_now);
            }
            Act::Lost => drop(self.run(Input::Lost {
                session: session_now,
            })),
            Act::Back => drop(self.run(Input::Back {
                session: session_now,
            })),
            Act::Signal(to) => {
                let to = self.peers.get(&to).copied().unwrap_or(PeerId(Uuid::nil()));
                let _ = self.run(Input::Signal {
                    session: session_now,
                    to,
                    signal: signal(1),
                });
            }
            Act::Media(audio) => drop(self.run(Input::Media {
                session: session_now,
                audio,
                video: true,
                away: !audio,
            })),
            Act::Screen(active) => drop(self.run(Input::Screen {
                session: session_now,
                active,
                track: None,
            })),
            Act::Admit(whom) | Act::Deny(whom) | Act::Remove(whom, _) => {
                let peer = self
                    .peers
                    .get(&whom)
                    .copied()
                    .unwrap_or(PeerId(Uuid::nil()));
                let session = session_now;
                let input = match act {
                    Act::Admit(_) => Input::Admit {
                        session,
                        whom: Whom::Peer(peer),
                    },
                    Act::Deny(_) => Input::Deny {
                        session,
                        whom: Whom::Peer(peer),
                        message: None,
                    },
                    Act::Remove(_, ban) => Input::Remove {
                        session,
                        peer,
                        ban,
                        message: None,
                    },
                    _ => unreachable!(),
                };
                let moderates = who == 'h';
                let answer = self.run(input);
                assert!(moderates || answer.is_err(), "only the host moderates");
            }
            Act::Hand(whose, up) => {
                let peer = whose.map(|who| self.peers.get(&who).copied());
                let peer = peer.map(|peer| peer.unwrap_or(PeerId(Uuid::nil())));
                let _ = self.run(hand(session_now, peer, up));
            }
            Act::React => drop(self.run(Input::React {
                session: session_now,
                reaction: Reaction::Heart,
            })),
            Act::Lock(locked) => {
                let session = session_now;
                let answer = self.run(Input::Lock { session, locked });
                assert!(who == 'h' || answer.is_err(), "only the host locks");
            }
            Act::Line(level) => drop(self.run(sample(session_now, level))),
            Act::Record(step) => drop(self.run(record(session_now, step))),
            Act::Wait(seconds) => {
                self.now += seconds * 1_000;
                let _ = self.run(Input::Tick);
                let due = self.room.deadline();
                assert!(due.is_none_or(|at| at.0 > self.now || self.room.people() == 0));
            }
            Act::Call => {
                if self.room.people() >= 2 {
                    let call = CallId(Uuid::from_u128(7));
                    let at = Timestamp(self.now);
                    let _ = self.run(Input::CallBegan { call, at });
                }
            }
            Act::Restart => {
                let started = self.room.call_started_at;
                let (id, record) = (self.room.id, self.room.record());
                self.room = Room::restored(id, record.clone(), started, Timestamp(self.now));
                assert_eq!(self.room.record(), record, "nothing is lost on disk");
                // Every session is gone with the server; clients know nothing until they join.
                self.views.clear();
            }
            // A room that is rebuilt from its last good state is that state.
            Act::Panic => self.room = self.room.clone(),
        }
    }

    fn check(&mut self) {
        let all = || self.room.inside.iter().chain(&self.room.lobby);
        assert!(self.room.inside.len() <= policy().capacity);
        let users: BTreeSet<UserId> = all().map(|p| p.user).collect();
        assert_eq!(users.len(), all().count(), "one device per person");
        let peers: BTreeSet<PeerId> = all().map(|p| p.peer).collect();
        assert_eq!(peers.len(), all().count());
        for person in &self.room.inside {
            assert_eq!(person.moderator, person.user == user('h'));
            let guest = person.role == Role::Guest;
            assert!(
                !guest || self.admitted.contains(&person.user),
                "nobody slips in"
            );
            assert!(!self.room.banned.contains(&person.user));
            assert!(person.queue.len() <= QUEUE_FRAMES_MAX);
            assert!(person.lost_since.is_some() || person.queue.is_empty());
        }
        if let Some(tape) = self.room.recording_seen() {
            let agreed = &self.room.recording.as_ref().unwrap().agreed;
            let all = self.room.inside.iter().all(|p| agreed.contains(&p.user));
            assert_eq!(
                tape.state == RecordingState::Running,
                all,
                "with consent only"
            );
            assert!(self.room.inside.iter().any(|p| p.peer == tape.by));
        }
        let sharers = self.room.inside.iter().filter(|p| p.media.screen);
        assert!(sharers.count() <= 1);
        let inside: Vec<SessionId> = self.room.inside.iter().map(|p| p.session).collect();
        for session in inside {
            self.compare(session);
        }
    }

    /// What a client built from events is what a fresh snapshot says.
    fn compare(&mut self, session: SessionId) {
        let Some(view) = self.views.get(&session).cloned() else {
            return;
        };
        let answer = self.run(Input::Snapshot { session });
        let Ok(Reply::Snapshot(snapshot)) = answer else {
            panic!("{answer:?}");
        };
        let fresh = View {
            me: Some(snapshot.me),
            inside: snapshot.inside,
            others: snapshot.others.iter().map(small).collect(),
            waiting: snapshot.waiting.iter().map(|p| p.id).collect(),
            call: snapshot.call_started_at,
            hand: snapshot.hand,
            locked: snapshot.locked,
            recording: snapshot.recording,
        };
        assert_eq!(view, fresh, "{}", name(session));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn whatever_happens_the_room_keeps_its_promises(
        history in prop::collection::vec((person(), act()), 1..80)
    ) {
        let mut town = Town {
            room: room(),
            now: 0,
            made: 0,
            views: BTreeMap::new(),
            peers: BTreeMap::new(),
            admitted: BTreeSet::new(),
        };
        for (who, act) in history {
            town.act(who, act);
            town.check();
        }
    }
}
