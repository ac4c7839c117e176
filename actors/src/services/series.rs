//! A series as one thing: what stands of it from one meeting on, what calling that off would do, and
//! doing it. Each meeting is called off in a step of its own: one that cannot be any more stays, and
//! does not hold the others back.

use parlor_data::nouns::meeting as meetings;
use parlor_domain::{
    access::Member,
    booking::Quote,
    id::MeetingId,
    identity::Identity,
    meeting::{Meeting, Part},
    money::MilliCoins,
    time::Timestamp,
};

use super::{MeetingView, ServiceError, Services};

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
}
