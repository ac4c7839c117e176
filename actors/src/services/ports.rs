//! The services as the realtime actors see them: who is this, may they enter, note this fact.

use parlor_data::nouns::{
    aftermath::Said,
    call::{self, CallRecord},
    invitation as invitations, meeting as meetings,
};
use parlor_domain::{
    audit::{Action, Attempt, SESSION, Who},
    id::{CallId, InvitationId, MeetingId, RoomId},
    identity::{Identity, Role, Scope},
    meeting::{Input, JoinState, Meeting, Part},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services};
use crate::ports::{
    Admit, Identify, MeetingLog, NotIdentified, NotNoted, PortFuture, Refusal, RoomFact,
    RoomPolicy, Seat, Witness,
};

impl Identify for Services {
    fn identify(&self, access_token: &str, now: Timestamp) -> Result<Identity, NotIdentified> {
        self.who(access_token, now)
    }
}

impl Admit for Services {
    fn admit(&self, who: &Identity, room: RoomId, now: Timestamp) -> Result<Seat, Refusal> {
        let all = meetings::load_of_room(&self.0.store, room).map_err(ServiceError::from);
        let all = all.map(|all| all.into_iter().map(|it| it.value).collect());
        let meeting = match all.and_then(|all| self.come_for(who, all, now)) {
            Ok(Some(meeting)) => meeting,
            // No booked meeting: a call of two, by the minute, has a room of its own.
            Ok(None) => return self.admit_paid(who, room),
            Err(error) => {
                tracing::error!(%error, "a meeting could not be read");
                return Err(Refusal::NotFound);
            }
        };
        let (meeting, moderator) = match self.seat_of(who, &meeting, now) {
            // No way in but this one, and it was announced.
            Err(Refusal::Stranger) => (self.announced_in(who, room, now)?, None),
            moderator => (meeting, Some(moderator?)),
        };
        let door = self.door(who.role == Role::Admin, &meeting, now);
        match door.state {
            JoinState::Open => Ok(match moderator {
                Some(moderator) => self.seat(who, &meeting, moderator, door.closes_at),
                None => Seat {
                    waits: false,
                    role: Role::Admin,
                    ..self.seat(who, &meeting, false, door.closes_at)
                },
            }),
            JoinState::TooEarly => Err(Refusal::TooEarly(door.opens_at)),
            JoinState::TooLate => Err(Refusal::TooLate(door.closes_at)),
            JoinState::Unpaid => Err(Refusal::Unpaid),
            JoinState::Over => Err(Refusal::Over),
            JoinState::Maintenance => Err(Refusal::Maintenance),
        }
    }
}

impl Witness for Services {
    fn saw(&self, attempt: Attempt, room: Option<RoomId>) {
        let Some(room) = room else {
            return self.record(attempt);
        };
        // One name for a place, whether somebody came in or was turned away.
        let meetings = meetings::load_of_room(&self.0.store, room).unwrap_or_default();
        self.record(match meetings.as_slice() {
            [only] => attempt.on(SESSION, only.id),
            _ => attempt.on(SESSION, room),
        });
    }
}

impl Services {
    /// Whether this person leads the meeting; refused when they have no part in it.
    fn seat_of(&self, who: &Identity, meeting: &Meeting, now: Timestamp) -> Result<bool, Refusal> {
        match (who.scope, who.role) {
            (Scope::Room(room), Role::Guest) if room == meeting.room => {
                let invitation = invitations::load(&self.0.store, InvitationId(who.user.0));
                match invitation {
                    Ok(Some(it)) if it.meeting == meeting.id && it.check(now).is_ok() => Ok(false),
                    _ => Err(Refusal::Stranger),
                }
            }
            (Scope::Room(_), _) => Err(Refusal::Stranger),
            (Scope::Account, _) => match meeting.part_of(who.user) {
                Some(part) => Ok(part == Part::Host),
                None => Err(Refusal::Stranger),
            },
        }
    }

    /// The meeting that an admin was let into for a while.
    fn announced_in(
        &self,
        who: &Identity,
        room: RoomId,
        now: Timestamp,
    ) -> Result<Meeting, Refusal> {
        let id = self.has_pass(who, room, now).ok_or(Refusal::Stranger)?;
        let meeting = self.load_meeting(id).map_err(|_| Refusal::NotFound)?;
        match meeting.room == room {
            true => Ok(meeting.value),
            false => Err(Refusal::Stranger),
        }
    }

    fn seat(
        &self,
        who: &Identity,
        meeting: &Meeting,
        moderator: bool,
        closes_at: Timestamp,
    ) -> Seat {
        let config = &self.0.config;
        Seat {
            meeting: meeting.id,
            moderator,
            waits: !moderator && meeting.lobby,
            name: who.name.clone(),
            // In somebody else's meeting a host or an admin is a client.
            role: match (moderator, who.role) {
                (true, _) => Role::Host,
                (false, Role::Guest) => Role::Guest,
                (false, _) => Role::Client,
            },
            policy: RoomPolicy {
                capacity: config.room_people_max,
                rejoin_grace: config.rejoin_grace,
                empty_grace: config.empty_room_grace,
                readmit: config.readmit,
                closes_at,
                recording: config.recording,
            },
        }
    }

    /// Tells the audit log of calls that begin and end (R280).
    fn witness_fact(&self, meeting: MeetingId, fact: &RoomFact) {
        let said = |action, at: &Timestamp, call: &CallId| {
            let said = Attempt::new(action, *at)
                .by(Who::House)
                .on(SESSION, meeting);
            said.with("call", call)
        };
        match fact {
            RoomFact::CallStarted(call, at) => self.record(said(Action::CallStarted, at, call)),
            RoomFact::CallEnded(call, at, connected) => {
                let said = said(Action::CallEnded, at, call);
                self.record(said.with("connectedS", connected.0 / 1_000));
            }
            _ => {}
        }
    }

    async fn note_fact(&self, meeting: MeetingId, fact: RoomFact) -> Result<(), ServiceError> {
        if self.is_paid_call(meeting)? {
            return match fact {
                RoomFact::CallStarted(id, at) => self.note_call(id, meeting, at, None).await,
                RoomFact::CallEnded(id, at, connected) => {
                    let ended = Some((at, connected));
                    self.note_call(id, meeting, at, ended).await
                }
                RoomFact::Quality(call, user, part) => self.note_quality(call, user, part).await,
                _ => Ok(()),
            };
        }
        let (input, at) = match fact {
            RoomFact::Entered(user, at) => (Input::Entered(user), at),
            RoomFact::Left(..) => return Ok(()),
            RoomFact::CallStarted(id, at) => {
                self.note_call(id, meeting, at, None).await?;
                (Input::CallStarted, at)
            }
            RoomFact::CallEnded(id, at, connected) => {
                self.note_call(id, meeting, at, Some((at, connected)))
                    .await?;
                (Input::CallEnded, at)
            }
            RoomFact::Quality(call, user, part) => {
                return self.note_quality(call, user, part).await;
            }
            RoomFact::Consent(call, user, word, at) => {
                let said = Said {
                    at,
                    user,
                    word,
                    call,
                };
                let known = self.load_meeting(meeting)?;
                for it in self.session_of(&known)? {
                    self.note_consent(it.id, said).await?;
                }
                return Ok(());
            }
            RoomFact::EndedForAll(at) => (Input::EndForAll, at),
        };
        // A fact that waited for the store is still of the instant at which it happened.
        self.note_in_session(meeting, &input, at).await
    }

    async fn note_call(
        &self,
        id: CallId,
        meeting: MeetingId,
        at: Timestamp,
        ended: Option<(Timestamp, Millis)>,
    ) -> Result<(), ServiceError> {
        let known = call::load(&self.0.store, id)?;
        let (ended_at, connected) = ended.unzip();
        let record = CallRecord {
            id,
            meeting,
            started_at: known.map_or(at, |it| it.started_at),
            ended_at,
            connected,
        };
        self.write(call::put(&record)?).await
    }
}

impl MeetingLog for Services {
    fn note(&self, meeting: MeetingId, fact: RoomFact) -> PortFuture<Result<(), NotNoted>> {
        let services = self.clone();
        Box::pin(async move {
            let noted = services.note_fact(meeting, fact).await;
            if let Err(error) = noted {
                tracing::warn!(%meeting, %error, "a fact of a room was not noted");
                return Err(NotNoted);
            }
            services.witness_fact(meeting, &fact);
            Ok(())
        })
    }
}
