//! A series as one thing: what stands of it from one meeting on, what calling that off would do, and
//! doing it; and moving it. Each meeting is called off in a step of its own: one that cannot be any
//! more stays, and does not hold the others back. Moved are all of them or none, as far as can be
//! known before the first is.

use parlor_data::nouns::meeting as meetings;
use parlor_domain::{
    access::Member,
    account::BadField,
    agenda,
    booking::Quote,
    id::MeetingId,
    identity::Identity,
    meeting::{Input, Meeting, Part},
    money::MilliCoins,
    slots,
    time::Timestamp,
};
use uuid::Uuid;

use super::{MeetingView, ServiceError, Services, booking_changes::viewer_of};

/// Most meetings of a host that are looked through for those of one series.
const LOOKED_MAX: usize = 5_000;

impl Services {
    /// The meetings of a series that are still to come, from this one on, earliest first; this one
    /// alone when it is of no series.
    fn following(&self, from: &Meeting) -> Result<Vec<Meeting>, ServiceError> {
        let series = from.booking.as_ref().and_then(|it| it.series);
        let Some(series) = series else {
            return Ok(vec![from.clone()]);
        };
        let start = from.terms.starts_at;
        let store = &self.0.store;
        let all = meetings::load_calendar(store, from.host, start, Timestamp::MAX, LOOKED_MAX)?;
        let all = all.into_iter().map(|it| it.value);
        let of_it = |it: &Meeting| it.booking.as_ref().and_then(|it| it.series) == Some(series);
        Ok(all
            .filter(|it| of_it(it) && (it.id == from.id || !it.status.is_over()))
            .collect())
    }

    /// What calling off this meeting and all that follow it in its series would do now, for one of
    /// the two, and how many they are.
    pub fn quote_following(
        &self,
        who: Member,
        id: MeetingId,
    ) -> Result<(Part, Quote, usize), ServiceError> {
        let meeting = self.load_meeting(id)?;
        let part = meeting.part_of(who.user).ok_or(ServiceError::Forbidden)?;
        let (mut refund, mut kept) = (MilliCoins::ZERO, MilliCoins::ZERO);
        let all = self.following(&meeting)?;
        for one in &all {
            let quote = self.quote_for(one, part)?;
            refund = refund + quote.refund;
            kept = kept + quote.kept;
        }
        let first = self.quote_for(&meeting, part)?;
        let whole = Quote {
            refund_bps: first.refund_bps,
            refund,
            kept,
        };
        Ok((part, whole, all.len()))
    }

    /// Calls this meeting off and all that follow it in its series, with words for the other side.
    /// Gives this one as it is then.
    pub async fn cancel_following(
        &self,
        who: &Identity,
        id: MeetingId,
        words: &str,
    ) -> Result<MeetingView, ServiceError> {
        let all = self.following(&self.load_meeting(id)?.value)?;
        let view = self.cancel_meeting(who, id, words).await?;
        for one in all.iter().filter(|it| it.id != id) {
            match self.cancel_meeting(who, one.id, words).await {
                // It began, or somebody was faster.
                Ok(_) | Err(ServiceError::OutOfTurn(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(view)
    }

    /// Moves this meeting, and all that follow it in its series as far by the host's clock. Gives
    /// this one as it is then.
    ///
    /// # Errors
    /// [`ServiceError::SeriesTaken`] with the times that cannot be had; nothing is moved then.
    pub async fn move_following(
        &self,
        who: Member,
        id: MeetingId,
        to: Timestamp,
    ) -> Result<MeetingView, ServiceError> {
        let host = self.load_meeting(id)?.host;
        let _turn = self.turn(host).await;
        let first = self.load_meeting(id)?.value;
        let part = first.part_of(who.user).ok_or(ServiceError::Forbidden)?;
        if part == Part::Host && first.seats() > 1 {
            return Err(ServiceError::BadField(BadField {
                field: "following",
                why: "The sessions of a group are moved one by one.",
            }));
        }
        let mut moves = self.moves_alike(&first, part, to)?;
        // One that goes to where another of them is comes after that one has gone.
        if to > first.terms.starts_at {
            moves.reverse();
        }
        for (id, to) in moves {
            self.moved_in_turn(id, part, to, |_| Ok(())).await?;
        }
        self.view(self.load_meeting(id)?.value, viewer_of(part))
    }

    /// Where each goes, earliest first, if all of them can.
    fn moves_alike(
        &self,
        first: &Meeting,
        part: Part,
        to: Timestamp,
    ) -> Result<Vec<(MeetingId, Timestamp)>, ServiceError> {
        let (now, zone) = (self.now(), self.availability_of(first.host)?.time_zone());
        let all = self.following(first)?;
        let own: Vec<Uuid> = all.iter().map(|it| it.id.0).collect();
        let (mut moves, mut taken) = (Vec::new(), Vec::new());
        for it in &all {
            let start = slots::moved_alike(&zone, (first.terms.starts_at, to), it.terms.starts_at);
            let start = start.ok_or(ServiceError::NotFound)?;
            let mut there = it.clone();
            there.handle(Input::Move(part, start), self.0.config.window, now)?;
            let offered = match part {
                Part::Host => Ok(()),
                Part::Client => self.check_move(it, start, &own),
            };
            match offered {
                Ok(()) if start >= now && self.is_free_for(&there, &own)? => {
                    moves.push((it.id, start));
                }
                Ok(()) | Err(ServiceError::SlotTaken(_)) => taken.push(start),
                Err(other) => return Err(other),
            }
        }
        match taken.is_empty() {
            true => Ok(moves),
            false => Err(ServiceError::SeriesTaken(taken)),
        }
    }

    /// Whether both have time for it then, but for what `own` take.
    fn is_free_for(&self, meeting: &Meeting, own: &[Uuid]) -> Result<bool, ServiceError> {
        Ok(
            self.has_time(meeting, Part::Host, own)?
                && self.has_time(meeting, Part::Client, own)?,
        )
    }

    /// Whether one of the two has time for it then, but for what `own` take.
    pub(super) fn has_time(
        &self,
        meeting: &Meeting,
        part: Part,
        own: &[Uuid],
    ) -> Result<bool, ServiceError> {
        let Some(claim) = meeting.claim(part) else {
            return Ok(true);
        };
        let mut busy = self.busy(self.person(meeting, part), claim.from, claim.to)?;
        busy.retain(|it| !own.contains(&it.owner));
        Ok(agenda::is_free(&busy, &claim, self.now()))
    }
}
