//! Recording with everybody's consent. The recording itself is made by the browser of who asked;
//! the room only keeps who agreed. It runs while everybody inside has agreed, pauses while somebody
//! has not answered yet, and is over when anybody says no, takes it back, or who records is gone.

use std::collections::BTreeSet;

use super::{Consent, Effect, RecordingStep, Refused, Reply, Room};
use crate::{
    event::{Event, Recording, RecordingOver, RecordingState},
    id::{PeerId, SessionId, UserId},
    time::{Millis, Timestamp},
};

/// How long nobody is asked again after a no.
const ASK_AGAIN: Millis = Millis::from_secs(15);
/// Most people whose agreement is remembered; beyond, only of those inside.
const AGREED_MAX: usize = 64;

/// Who agreed to a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consents {
    /// Who records.
    pub by: PeerId,
    /// The person.
    pub user: UserId,
    /// Who agreed, the asking person too.
    pub agreed: BTreeSet<UserId>,
    /// When everybody had agreed for the first time.
    pub started_at: Option<Timestamp>,
}

impl Room {
    pub(super) fn recording(
        &mut self,
        session: SessionId,
        step: RecordingStep,
        now: Timestamp,
    ) -> Result<Reply, Refused> {
        let index = self.member(session)?;
        let me = &self.inside[index];
        let (peer, user, moderator) = (me.peer, me.user, me.moderator);
        match step {
            RecordingStep::Ask => self.ask_to_record(peer, user, moderator, now)?,
            RecordingStep::Agree => {
                let recording = self.recording.as_mut().ok_or(Refused::NoRecording)?;
                if recording.agreed.insert(user) {
                    self.note_consent(user, Consent::Agreed, now);
                }
            }
            RecordingStep::Refuse => {
                let recording = self.recording.as_ref().ok_or(Refused::NoRecording)?;
                let had_agreed = recording.agreed.contains(&user);
                let (word, why) = match had_agreed {
                    true => (Consent::Withdrew, RecordingOver::Withdrawn),
                    false => (Consent::Refused, RecordingOver::Refused),
                };
                self.note_consent(user, word, now);
                self.recording_refused_at = Some(now);
                self.end_recording(why, peer, now);
            }
            RecordingStep::Stop => {
                let recording = self.recording.as_ref().ok_or(Refused::NoRecording)?;
                if recording.by != peer && !moderator {
                    return Err(Refused::NotModerator);
                }
                self.end_recording(RecordingOver::Stopped, peer, now);
            }
        }
        Ok(Reply::Done)
    }

    fn ask_to_record(
        &mut self,
        peer: PeerId,
        user: UserId,
        moderator: bool,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if !self.policy.recording.allows(moderator) {
            return Err(Refused::NotAllowed);
        }
        match &self.recording {
            Some(known) if known.by == peer => return Ok(()),
            Some(_) => return Err(Refused::RecordingTaken),
            None => {}
        }
        if let Some(refused) = self.recording_refused_at {
            let left = ASK_AGAIN.0 - now.since(refused).0;
            if left > 0 {
                return Err(Refused::TooFast(Millis(left)));
            }
        }
        self.recording = Some(Consents {
            by: peer,
            user,
            agreed: BTreeSet::from([user]),
            started_at: None,
        });
        self.note_consent(user, Consent::Asked, now);
        Ok(())
    }

    fn note_consent(&mut self, user: UserId, word: Consent, now: Timestamp) {
        self.effects.push(Effect::Consent(user, word, now));
        self.effects.push(Effect::Remember);
    }

    fn end_recording(&mut self, why: RecordingOver, said_by: PeerId, now: Timestamp) {
        let Some(recording) = self.recording.take() else {
            return;
        };
        self.recording_told = None;
        if recording.started_at.is_some() {
            self.note_consent(recording.user, Consent::Ended, now);
        }
        self.effects.push(Effect::Remember);
        self.tell_inside(None, |room| Event::Recording {
            room: room.id,
            recording: None,
            over: Some((why, said_by)),
        });
    }

    /// After every input: somebody may have come, gone or answered.
    pub(super) fn follow_recording(&mut self, now: Timestamp) {
        let Some(recording) = &self.recording else {
            return;
        };
        let by = recording.by;
        if self.inside_by_peer(by).is_none() {
            return self.end_recording(RecordingOver::Left, by, now);
        }
        self.begin_when_all_agreed(now);
        let seen = self.recording_seen();
        if seen != self.recording_told {
            self.recording_told = seen.clone();
            self.tell_inside(None, |room| Event::Recording {
                room: room.id,
                recording: seen.clone(),
                over: None,
            });
        }
    }

    fn begin_when_all_agreed(&mut self, now: Timestamp) {
        let all = self.missing().is_empty();
        let inside: Vec<UserId> = self.inside.iter().map(|p| p.user).collect();
        let Some(recording) = &mut self.recording else {
            return;
        };
        if recording.agreed.len() > AGREED_MAX {
            recording.agreed.retain(|user| inside.contains(user));
        }
        if all && recording.started_at.is_none() {
            recording.started_at = Some(now);
            let user = recording.user;
            self.note_consent(user, Consent::Began, now);
        }
    }

    /// Who is inside and has not agreed.
    fn missing(&self) -> Vec<PeerId> {
        let Some(recording) = &self.recording else {
            return Vec::new();
        };
        let open = self
            .inside
            .iter()
            .filter(|p| !recording.agreed.contains(&p.user));
        open.map(|p| p.peer).collect()
    }

    /// As everybody inside sees it.
    pub(super) fn recording_seen(&self) -> Option<Recording> {
        let recording = self.recording.as_ref()?;
        let missing = self.missing();
        let state = match (missing.is_empty(), recording.started_at) {
            (true, _) => RecordingState::Running,
            (false, None) => RecordingState::Asking,
            (false, Some(_)) => RecordingState::Paused,
        };
        Some(Recording {
            by: recording.by,
            state,
            missing,
            started_at: recording.started_at,
        })
    }
}
