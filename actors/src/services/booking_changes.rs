//! What becomes of a booking once it stands: it is paid, answered, moved, judged, and what calling it off
//! would give back.

use parlor_domain::{
    access::{Admin, Member},
    booking::Quote,
    id::MeetingId,
    meeting::{Input, Meeting, Part, Status},
    money::MilliCoins,
    time::Timestamp,
};
use uuid::Uuid;

use super::{MeetingView, ServiceError, Services, Viewer, steps::said};

impl Services {
    /// What calling off would do now, for one of the two.
    pub fn quote(&self, who: Member, id: MeetingId) -> Result<(Part, Quote), ServiceError> {
        let meeting = self.load_meeting(id)?;
        let part = meeting.part_of(who.user).ok_or(ServiceError::Forbidden)?;
        Ok((part, self.quote_for(&meeting, part)?))
    }

    pub(super) fn quote_for(&self, meeting: &Meeting, part: Part) -> Result<Quote, ServiceError> {
        let booking = meeting.booking.as_ref().ok_or(ServiceError::NotFound)?;
        Ok(booking.quote(part, meeting.terms.starts_at, self.now()))
    }

    /// The client pays a booking from the wallet. Paid is paid: again changes nothing.
    pub async fn pay_booking(
        &self,
        who: Member,
        id: MeetingId,
    ) -> Result<MeetingView, ServiceError> {
        let owed = self.debt(who.user)?;
        if owed > MilliCoins::ZERO {
            return Err(ServiceError::TooLittle(owed));
        }
        let meeting = self.turned(id, async || {
            self.step(id, |meeting, _| match meeting.part_of(who.user) {
                Some(Part::Client) => Ok(Input::Pay),
                _ => Err(ServiceError::Forbidden),
            })
            .await
        });
        self.view(meeting.await?, Viewer::Client)
    }

    /// The host answers a request, with words for the client, which may be empty.
    pub async fn answer_booking(
        &self,
        who: Member,
        id: MeetingId,
        yes: bool,
        words: &str,
    ) -> Result<MeetingView, ServiceError> {
        let pay_within = self.0.config.booking.pay_within;
        let meeting = self.turned(id, async || {
            self.step(id, |meeting, now| {
                let answer = match (meeting.host == who.user, yes) {
                    (true, true) => Input::Approve(now + pay_within),
                    (true, false) => Input::Decline,
                    (false, _) => return Err(ServiceError::Forbidden),
                };
                said(Part::Host, words, answer)
            })
            .await
        });
        self.view(meeting.await?, Viewer::Host)
    }

    /// One of the two moves a booking to a free time.
    pub async fn move_booking(
        &self,
        who: Member,
        id: MeetingId,
        to: Timestamp,
    ) -> Result<MeetingView, ServiceError> {
        let meeting = self.load_meeting(id)?;
        let part = meeting.part_of(who.user).ok_or(ServiceError::Forbidden)?;
        if part == Part::Host && meeting.seats() > 1 && !meeting.status.is_over() {
            self.move_session(&meeting, to).await?;
            return self.view(self.load_meeting(id)?.value, Viewer::Host);
        }
        let moved = self.moved(id, part, to, |_| Ok(())).await?;
        self.view(moved, viewer_of(part))
    }

    /// One side moves it; `may` refuses whoever may not.
    pub(super) async fn moved(
        &self,
        id: MeetingId,
        part: Part,
        to: Timestamp,
        may: impl Fn(&Meeting) -> Result<(), ServiceError>,
    ) -> Result<Meeting, ServiceError> {
        self.turned(id, || self.moved_in_turn(id, part, to, may))
            .await
    }

    pub(super) async fn moved_in_turn(
        &self,
        id: MeetingId,
        part: Part,
        to: Timestamp,
        may: impl Fn(&Meeting) -> Result<(), ServiceError>,
    ) -> Result<Meeting, ServiceError> {
        let host = self.load_meeting(id)?.host;
        let by = (part == Part::Host).then_some(host);
        self.step_by(id, by, |meeting, now| {
            may(meeting)?;
            let same = to == meeting.terms.starts_at;
            if !same && to < now {
                return Err(ServiceError::SlotTaken(Vec::new()));
            }
            if !same && part == Part::Client {
                self.check_move(meeting, to, &[meeting.id.0])?;
            }
            Ok(Input::Move(part, to))
        })
        .await
    }

    /// A client moves within what the host offers, at the length that was booked. What `own` take is
    /// no obstacle.
    pub(super) fn check_move(
        &self,
        meeting: &Meeting,
        to: Timestamp,
        own: &[Uuid],
    ) -> Result<(), ServiceError> {
        let booking = meeting.booking.as_ref().ok_or(ServiceError::NotFound)?;
        let (mut service, hours) = self.offer(meeting.host, booking.service)?;
        service.draft.duration = meeting.terms.duration;
        service.draft.before = booking.before;
        service.draft.after = booking.after;
        service.draft.capacity = booking.seats;
        self.check_slot((&service, &hours), to, own)
    }

    /// Says who came, against what the sweep found: an admin as they see it, a host or a client
    /// only in favour of the other.
    pub async fn judge_booking(
        &self,
        who: Result<Admin, Member>,
        id: MeetingId,
        verdict: Status,
    ) -> Result<MeetingView, ServiceError> {
        let allowed = move |meeting: &Meeting| match who {
            Ok(_) => true,
            Err(who) => match meeting.part_of(who.user) {
                Some(Part::Host) => verdict == Status::NoShowHost,
                Some(Part::Client) => {
                    matches!(verdict, Status::Completed | Status::NoShowClient)
                }
                None => false,
            },
        };
        let meeting = self
            .step(id, |meeting, _| match allowed(meeting) {
                true => Ok(Input::Judge(verdict)),
                false => Err(ServiceError::Forbidden),
            })
            .await?;
        let viewer = match who {
            Ok(_) => Viewer::Admin,
            Err(who) => viewer_of(meeting.part_of(who.user).unwrap_or(Part::Client)),
        };
        self.view(meeting, viewer)
    }
}

pub(super) fn viewer_of(part: Part) -> Viewer {
    match part {
        Part::Host => Viewer::Host,
        Part::Client => Viewer::Client,
    }
}
