//! Group sessions: several clients at one time of a service, each with a meeting of their own (money,
//! link, mails, cancelling, who came), all in one room. What joins them is the claim on the host's
//! time, of which there may be as many as there are seats.
//!
//! A client moves alone, and leaves the others' room; a host moves or calls off the whole session.
//! What happens in the room is noted for each meeting that it concerns. Must never show one client
//! another one.

use parlor_data::nouns::{
    call::{self, CallRecord},
    invitation as invitations, meeting as meetings,
};
use parlor_domain::{
    access::Member,
    account::BadField,
    id::{InvitationId, MeetingId, RoomId, UserId},
    identity::{Identity, Scope},
    meeting::{Input, JoinState, Meeting, Part},
    service::Draft,
    time::{Millis, Timestamp},
};

use super::{MeetingView, ServiceError, Services, Viewer, aftermath::CALLS_MAX};

/// A call that began longer ago than this and never ended was lost with its room.
const CALL_MAX: Millis = Millis::from_days(1);

impl Services {
    /// Refuses a group that the room has no place for.
    pub(super) fn fits_room(&self, draft: &Draft) -> Result<(), ServiceError> {
        let places = self.0.config.room_people_max.saturating_sub(1);
        match draft.capacity == 1 || draft.capacity as usize <= places {
            true => Ok(()),
            false => Err(ServiceError::BadField(BadField {
                field: "capacity",
                why: "The room does not hold so many people.",
            })),
        }
    }

    /// Where the others of its session are, if somebody has a seat there.
    pub(super) fn room_of_session(&self, m: &Meeting) -> Result<Option<RoomId>, ServiceError> {
        let Some(claim) = m.claim(Part::Host).filter(|it| it.seats > 1) else {
            return Ok(None);
        };
        let now = self.now();
        for it in self.busy(m.host, claim.from, claim.to)? {
            if it.owner == claim.owner || !it.is_live(now) || !it.sits_with(&claim) {
                continue;
            }
            match self.load_meeting(MeetingId(it.owner)) {
                Ok(other) => return Ok(Some(other.room)),
                // Somebody who has not booked yet.
                Err(ServiceError::NotFound) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    /// The meetings of a session that are not over, first booked first; one that stands alone is all
    /// of its own, whatever became of it.
    pub(super) fn session_of(&self, meeting: &Meeting) -> Result<Vec<Meeting>, ServiceError> {
        if meeting.seats() == 1 {
            return Ok(vec![meeting.clone()]);
        }
        let all = meetings::load_of_room(&self.0.store, meeting.room)?;
        let all = all.into_iter().map(|it| it.value);
        Ok(all.filter(|it| !it.status.is_over()).collect())
    }

    /// How many seats of its session are taken, people who are about to book among them.
    pub(super) fn seats_taken(&self, meeting: &Meeting) -> Result<u32, ServiceError> {
        let Some(claim) = meeting.claim(Part::Host) else {
            return Ok(0);
        };
        let now = self.now();
        let mut day = self.busy(meeting.host, claim.from, claim.to)?;
        day.retain(|it| it.is_live(now) && it.sits_with(&claim));
        day.sort_by_key(|it| it.owner);
        day.dedup_by_key(|it| it.owner);
        Ok(u32::try_from(day.len()).unwrap_or(u32::MAX))
    }

    /// Of the meetings of a room, the one that this person has come for.
    pub(super) fn come_for(
        &self,
        who: &Identity,
        mut all: Vec<Meeting>,
        now: Timestamp,
    ) -> Result<Option<Meeting>, ServiceError> {
        if all.len() < 2 {
            return Ok(all.pop());
        }
        let invited = self.invited_as(who)?;
        let window = self.0.config.window;
        let theirs = all.iter().filter(|it| match who.scope {
            Scope::Room(_) => invited == Some(it.id),
            Scope::Account => it.part_of(who.user).is_some(),
        });
        let open = theirs.min_by_key(|it| it.joinable(window, now).state != JoinState::Open);
        Ok(open.or(all.first()).cloned())
    }

    /// The meeting that a guest was invited to.
    pub(super) fn invited_as(&self, who: &Identity) -> Result<Option<MeetingId>, ServiceError> {
        match who.scope {
            Scope::Room(_) => self.invitation_meeting(who.user),
            Scope::Account => Ok(None),
        }
    }

    fn invitation_meeting(&self, guest: UserId) -> Result<Option<MeetingId>, ServiceError> {
        let invitation = invitations::load(&self.0.store, InvitationId(guest.0))?;
        Ok(invitation.map(|it| it.meeting))
    }

    /// Notes what happened in a room for each meeting of the session that it concerns. `meeting` is
    /// the one that the room knows, and its calls are noted under.
    pub(super) async fn note_in_session(
        &self,
        meeting: MeetingId,
        input: &Input,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let known = self.load_meeting(meeting)?;
        if known.seats() == 1 {
            return self.note_step(meeting, input, at).await;
        }
        let guest = match input {
            Input::Entered(user) => self.invitation_meeting(*user)?,
            _ => None,
        };
        for it in self.session_of(&known)? {
            if concerns(&it, input, guest) {
                self.note_step(it.id, input, at).await?;
            }
        }
        // Who comes while the others talk is in the call.
        if matches!(input, Input::Entered(_)) && self.call_runs(meeting)? {
            for it in self.session_of(&known)? {
                if it.both_came() && it.live_since.is_none() {
                    self.note_step(it.id, &Input::CallStarted, at).await?;
                }
            }
        }
        Ok(())
    }

    async fn note_step(
        &self,
        meeting: MeetingId,
        input: &Input,
        at: Timestamp,
    ) -> Result<(), ServiceError> {
        let step = self
            .step_at(meeting, None, at, |_, _| Ok(input.clone()))
            .await;
        match step {
            // The room may say so after the appointment was over; that is no news.
            Err(ServiceError::OutOfTurn(_)) | Ok(_) => Ok(()),
            Err(other) => Err(other),
        }
    }

    fn call_runs(&self, meeting: MeetingId) -> Result<bool, ServiceError> {
        let since = self.now() - CALL_MAX;
        let calls = call::load_of(&self.0.store, meeting, CALLS_MAX)?;
        let runs = |it: &CallRecord| it.ended_at.is_none() && it.started_at > since;
        Ok(calls.iter().any(|it| runs(it)))
    }

    /// The calls that a meeting had, whichever meeting of its room they were noted under.
    pub(super) fn calls_in_room(&self, meeting: &Meeting) -> Result<Vec<CallRecord>, ServiceError> {
        let mut of = vec![meeting.id];
        if meeting.seats() > 1 {
            let room = meetings::load_of_room(&self.0.store, meeting.room)?;
            of.extend(room.iter().map(|it| it.id).filter(|id| *id != meeting.id));
        }
        let mut calls = Vec::new();
        for id in of {
            calls.extend(
                call::load_of(&self.0.store, id, CALLS_MAX)?
                    .into_iter()
                    .map(|it| it.value),
            );
        }
        calls.sort_by_key(|it| (it.started_at, it.id));
        Ok(calls)
    }

    /// Lets the people of a meeting that ended go: everybody, or, while others of its session stay,
    /// its client.
    pub(super) fn empty_room(&self, ended: &Meeting) -> Result<(), ServiceError> {
        let others = ended.seats() > 1 && !self.session_of(ended)?.is_empty();
        match (others, ended.client.user) {
            (false, _) => self.reach(|reach| reach.end_room(ended.room)),
            (true, Some(client)) => self.reach(|reach| reach.let_go(client, ended.room)),
            // A guest's login ended with the invitation.
            (true, None) => {}
        }
        Ok(())
    }

    /// A host moves a whole session; nobody is moved when somebody cannot come then.
    pub(super) async fn move_session(
        &self,
        meeting: &Meeting,
        to: Timestamp,
    ) -> Result<(), ServiceError> {
        let _turn = self.turn(meeting.host).await;
        let all = self.session_of(meeting)?;
        for it in &all {
            let mut there = it.clone();
            there.terms.starts_at = to;
            if !self.has_time(&there, Part::Client, &[])? {
                return Err(ServiceError::ClientBusy);
            }
        }
        for it in all {
            self.moved_in_turn(it.id, Part::Host, to, |_| Ok(()))
                .await?;
        }
        Ok(())
    }

    /// A host calls a whole session off. Each client gets back what is theirs; what a crash left is
    /// called off by asking again.
    pub async fn cancel_session(
        &self,
        who: Member,
        identity: &Identity,
        id: MeetingId,
    ) -> Result<MeetingView, ServiceError> {
        let meeting = self.load_meeting(id)?;
        if meeting.host != who.user {
            return Err(ServiceError::Forbidden);
        }
        for it in self.session_of(&meeting)? {
            self.cancel_meeting(identity, it.id, "").await?;
        }
        self.view(self.load_meeting(id)?.value, Viewer::Host)
    }
}

/// Whether what happened in the room is about this meeting of the session.
fn concerns(meeting: &Meeting, input: &Input, guest: Option<MeetingId>) -> bool {
    match input {
        Input::Entered(user) => meeting.part_of(*user).is_some() || guest == Some(meeting.id),
        Input::CallStarted => meeting.both_came(),
        Input::CallEnded => meeting.live_since.is_some(),
        _ => true,
    }
}
