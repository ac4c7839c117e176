//! After the call: how it went, as browsers and people say. Nothing in here is trusted for more than
//! to be shown to the host and to the operator.

use parlor_data::nouns::aftermath::{self, Said};
use parlor_domain::{
    access::Admin,
    call::Quality,
    id::{CallId, MeetingId, RoomId, SessionId, UserId},
    identity::Identity,
    rating::{self, Rating},
};

use super::{ServiceError, Services, Viewer};
use crate::ports::NotIdentified;

/// Most calls of one meeting that are looked through.
pub(super) const CALLS_MAX: usize = 256;
/// Most ratings in the operator's list.
const RATINGS_MAX: usize = 100;
/// Most lines about recordings of one meeting.
const CONSENTS_MAX: usize = 200;

/// What stays of one call.
#[derive(Clone, Debug)]
pub struct Aftermath {
    /// Which call.
    pub call: CallId,
    /// How each person's media did.
    pub quality: Vec<(UserId, Quality)>,
    /// What each person thought of it.
    pub ratings: Vec<Rating>,
}

impl Services {
    /// As [`Services::who`], but also for somebody whose invitation ended with the meeting while
    /// the token lives: they were there a moment ago, and may say how it was.
    pub fn who_lately(&self, access_token: &str) -> Result<Identity, NotIdentified> {
        self.0.tokens.read(access_token, self.now())
    }

    /// The page of somebody in a room was closed; its socket may have gone before it could say so.
    pub fn leave_room(&self, who: &Identity, session: SessionId, room: RoomId) {
        if let Some(reach) = self.0.reach.get() {
            reach.leave(who.user, session, room);
        }
    }

    /// Keeps what somebody thought of the latest call of a meeting, instead of what they said before.
    pub async fn rate(
        &self,
        who: &Identity,
        meeting: MeetingId,
        stars: u8,
        text: &str,
    ) -> Result<Rating, ServiceError> {
        let it = self.load_meeting(meeting)?;
        if self.viewer(who, &it)? == Viewer::Admin {
            return Err(ServiceError::Forbidden);
        }
        let (stars, text) = rating::checked(stars, text)?;
        let calls = self.calls_in_room(&it)?;
        let last = calls.last().ok_or(ServiceError::NotFound)?;
        if !rating::is_open(last.ended_at, self.now()) {
            return Err(ServiceError::OutOfTurn(
                "This call can no longer be rated.".into(),
            ));
        }
        let rating = Rating {
            call: last.id,
            meeting,
            user: who.user,
            stars,
            text,
            at: self.now(),
        };
        self.write(aftermath::put_rating(&rating)?).await?;
        Ok(rating)
    }

    /// What stays of the calls of a meeting: all for its host and admins, their own word for others.
    pub fn aftermath(
        &self,
        who: &Identity,
        meeting: MeetingId,
    ) -> Result<(Vec<Aftermath>, Vec<Said>), ServiceError> {
        let it = self.load_meeting(meeting)?;
        let all = matches!(self.viewer(who, &it)?, Viewer::Host | Viewer::Admin);
        let store = &self.0.store;
        let mut calls = Vec::new();
        for record in self.calls_in_room(&it)? {
            let mut ratings = aftermath::ratings_of(store, record.id)?;
            ratings.retain(|rating| all || rating.user == who.user);
            calls.push(Aftermath {
                call: record.id,
                quality: match all {
                    true => aftermath::qualities(store, record.id)?,
                    false => Vec::new(),
                },
                ratings,
            });
        }
        // Who was recorded may read what was said about it.
        let said = aftermath::consents(store, meeting, CONSENTS_MAX)?;
        Ok((calls, said))
    }

    /// The ratings of the latest calls, latest first.
    pub fn ratings(&self, _: Admin) -> Result<Vec<Rating>, ServiceError> {
        Ok(aftermath::latest_ratings(&self.0.store, RATINGS_MAX)?)
    }

    pub(super) async fn note_quality(
        &self,
        call: CallId,
        user: UserId,
        part: Quality,
    ) -> Result<(), ServiceError> {
        let so_far = aftermath::quality(&self.0.store, call, user)?;
        let batch = aftermath::put_quality(call, user, &so_far.plus(part))?;
        self.write(batch).await
    }

    pub(super) async fn note_consent(
        &self,
        meeting: MeetingId,
        said: Said,
    ) -> Result<(), ServiceError> {
        self.write(aftermath::put_consent(meeting, &said)?).await
    }
}
