//! The entry of an admin into a room that is not theirs (C21): off unless the operator switched it on; for a
//! reason, which is on the disk and was told to everybody in the room before; and for a time.
//!
//! Must never let anybody in who was not announced, nor without the record. A pass is in memory only: a
//! restart ends it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use parlor_domain::{
    audit::{Action, Attempt, SESSION, Who},
    id::{MeetingId, RoomId, UserId},
    identity::{Identity, Role, Scope},
    report,
    time::Timestamp,
};

use super::{ServiceError, Services};
use crate::ports::Announced;

/// Passes that were given out, by admin and room.
#[derive(Default)]
pub(super) struct Passes(Mutex<HashMap<(UserId, RoomId), Pass>>);

/// Where an admin was announced.
struct Pass {
    meeting: MeetingId,
    until: Timestamp,
}

/// An admin may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub room: RoomId,
    /// Until then.
    pub until: Timestamp,
}

impl Services {
    /// For how many minutes an admin may enter a room of others; none when that is switched off.
    pub fn break_glass_min(&self) -> Option<i64> {
        let lasts = self.0.config.break_glass?;
        Some(lasts.0 / 60_000)
    }

    /// Lets an admin into the room of a meeting for a while: announced and recorded first.
    ///
    /// # Errors
    /// When it is switched off, there is no such meeting, its door is not open, it is their own, the reason
    /// is missing, the record cannot be written, or nobody is in the room.
    pub async fn break_glass(
        &self,
        who: &Identity,
        id: MeetingId,
        reason: &str,
        from: Option<IpAddr>,
    ) -> Result<Entry, ServiceError> {
        if who.role != Role::Admin || who.scope != Scope::Account {
            return Err(ServiceError::Forbidden);
        }
        let lasts = self.0.config.break_glass.ok_or(ServiceError::Forbidden)?;
        let reason = report::words("reason", reason, true)?;
        let meeting = self.load_meeting(id)?;
        if meeting.part_of(who.user).is_some() {
            return Err(ServiceError::OutOfTurn(
                "this is the admin's own meeting".into(),
            ));
        }
        let now = self.now();
        ServiceError::unless_open(meeting.joinable(self.0.config.window, now))?;
        let (room, until) = (meeting.room, now + lasts);
        let attempt = Attempt::new(Action::BrokeGlass, now)
            .by(Who::from(who))
            .on(SESSION, id)
            .from(from)
            .with("minutes", lasts.0 / 60_000)
            .saying(&reason);
        let announced = Announced {
            user: who.user,
            name: who.name.clone(),
            reason,
            until,
        };
        // The room reads its queue in order: who is inside hears it before the admin has a seat, and the
        // room itself puts out who is there longer than announced.
        let mut told = false;
        self.reach(|reach| told = reach.announce_admin(room, announced));
        if !told {
            return Err(ServiceError::OutOfTurn("nobody is in this room".into()));
        }
        // On the disk, or there is no way in.
        self.record_first(attempt).await?;
        let mut passes = self.passes();
        passes.retain(|_, pass| pass.until > now);
        passes.insert((who.user, room), Pass { meeting: id, until });
        Ok(Entry { room, until })
    }

    /// For which meeting an admin was announced in this room, and may be there still.
    pub(super) fn has_pass(
        &self,
        who: &Identity,
        room: RoomId,
        now: Timestamp,
    ) -> Option<MeetingId> {
        if who.role != Role::Admin || who.scope != Scope::Account {
            return None;
        }
        let passes = self.passes();
        let pass = passes.get(&(who.user, room));
        pass.filter(|it| it.until > now).map(|it| it.meeting)
    }

    fn passes(&self) -> MutexGuard<'_, HashMap<(UserId, RoomId), Pass>> {
        let Passes(passes) = &self.0.passes;
        passes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
