//! Moving and calling off by the link of a mail, for clients without an account. It goes the way that
//! an account goes; only who may is asked differently: the link must be of the meeting's present
//! version.

use parlor_domain::{
    access::Member,
    booking::Quote,
    id::MeetingId,
    invitation::NotRedeemed,
    meeting::{Meeting, Part, Status},
    time::Timestamp,
};

use super::{MeetingView, ServiceError, Services, Viewer};

impl Services {
    /// The address of the page on which a client without an account moves or calls off. It is of
    /// this version: once the meeting moved, a newer mail has the link that works.
    pub fn manage_link(&self, meeting: &Meeting) -> String {
        let token = self.0.keys.manage_token(meeting.id, meeting.version);
        self.url(&format!("/b/{token}"))
    }

    pub(super) fn managed(&self, token: &str) -> Result<Meeting, ServiceError> {
        let shown = self.0.keys.read_manage(token);
        let (id, version) = shown.ok_or(ServiceError::LinkVoid)?;
        let meeting = self.load_meeting(id)?.value;
        match meeting.version == version && meeting.booking.is_some() {
            true => Ok(meeting),
            false => Err(NotRedeemed::Revoked.into()),
        }
    }

    /// What such a link leads to, and what calling off would do. Reading only. The link of the last
    /// version shows that it was called off, and no more.
    pub fn managed_booking(&self, token: &str) -> Result<(MeetingView, Quote), ServiceError> {
        let meeting = match (self.managed(token), self.0.keys.read_manage(token)) {
            (Err(ServiceError::NotRedeemed(_)), Some((id, version))) => {
                let meeting = self.load_meeting(id)?.value;
                let last = meeting.status == Status::Cancelled && meeting.version == version + 1;
                last.then_some(meeting).ok_or(NotRedeemed::Revoked)?
            }
            (found, _) => found?,
        };
        let quote = self.quote_for(&meeting, Part::Client)?;
        Ok((self.view(meeting, Viewer::Client)?, quote))
    }

    /// Calls off by such a link, with words for the host, which may be empty.
    pub async fn cancel_managed(
        &self,
        token: &str,
        words: &str,
    ) -> Result<MeetingView, ServiceError> {
        let id = self.managed(token)?.id;
        let meeting = self.called_off(id, None, words, |meeting| {
            self.managed_still(token, meeting)?;
            Ok(Part::Client)
        });
        self.view(meeting.await?, Viewer::Client)
    }

    /// The address of the page on which a host answers a request. Whoever opens it must be logged
    /// in as its host, and sees the request as it is then.
    pub(crate) fn request_link(&self, meeting: MeetingId) -> String {
        self.url(&format!("/requests/{}", self.0.keys.request_token(meeting)))
    }

    /// The request that such a link leads to. Reading only.
    pub fn asked_of(&self, who: Member, token: &str) -> Result<MeetingView, ServiceError> {
        let id = self.0.keys.read_request(token);
        let meeting = self.load_meeting(id.ok_or(ServiceError::LinkVoid)?)?;
        match meeting.host == who.user {
            true => self.view(meeting.value, Viewer::Host),
            false => Err(ServiceError::Forbidden),
        }
    }

    /// Moves by such a link.
    pub async fn move_managed(
        &self,
        token: &str,
        to: Timestamp,
    ) -> Result<MeetingView, ServiceError> {
        let id = self.managed(token)?.id;
        let still = |meeting: &Meeting| self.managed_still(token, meeting);
        let moved = self.moved(id, Part::Client, to, still).await?;
        self.view(moved, Viewer::Client)
    }

    fn managed_still(&self, token: &str, meeting: &Meeting) -> Result<(), ServiceError> {
        match self.managed(token)?.version == meeting.version {
            true => Ok(()),
            false => Err(ServiceError::Contended),
        }
    }
}
