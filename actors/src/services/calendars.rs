//! Calendars: the secret feed of a person, and single entries to take along.
//!
//! A feed shows what its owner would see in the list of meetings and nothing more; whoever has its
//! address reads it, so it carries no join link, can be made anew at any time, and may keep its titles
//! to itself.

use parlor_data::{
    Batch,
    nouns::{
        calendar_feed::{self, Feed},
        meeting as meetings,
    },
};
use parlor_domain::{
    access::Member,
    id::{MeetingId, UserId},
    identity::Identity,
    meeting::{Meeting, Status},
    time::{Millis, Timestamp},
};

use super::{ServiceError, Services, keys, meetings::LIST_MAX};
use crate::calendar::{self, Entry, Method};

/// What a feed looks back, and ahead.
const BACK: Millis = Millis::from_days(30);
const AHEAD: Millis = Millis::from_days(365);
/// What stands in the place of a title that is kept private.
const BUSY: &str = "Busy";

/// A person's feed as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedView {
    /// Its address.
    pub link: String,
    /// Whether it says only that the time is taken.
    pub private_titles: bool,
    /// When the address was made.
    pub made_at: Timestamp,
}

impl Services {
    /// A person's feed, if there is one.
    pub fn feed(&self, who: Member) -> Result<Option<FeedView>, ServiceError> {
        let feed = calendar_feed::load(&self.0.store, who.user)?;
        Ok(feed.map(|it| self.feed_view(&it)))
    }

    /// Makes a feed or changes what it shows; `renew` gives it another address and makes the old one
    /// void.
    pub async fn set_feed(
        &self,
        who: Member,
        private_titles: bool,
        renew: bool,
    ) -> Result<FeedView, ServiceError> {
        self.account_of(who.user)?;
        self.retrying(async || {
            let old = calendar_feed::load(&self.0.store, who.user)?;
            let kept = old.as_ref().filter(|_| !renew);
            let new = Feed {
                user: who.user,
                id: kept.map_or_else(keys::random, |it| it.id),
                private_titles,
                made_at: kept.map_or_else(|| self.now(), |it| it.made_at),
            };
            let before = old.as_ref().map(|it| (it, self.feed_hash(it)));
            let before = before.as_ref().map(|(it, hash)| (*it, hash));
            let hash = self.feed_hash(&new);
            self.write(calendar_feed::save(before, &new, &hash)?)
                .await?;
            Ok(self.feed_view(&new))
        })
        .await
    }

    /// Makes the address void.
    pub async fn end_feed(&self, who: Member) -> Result<(), ServiceError> {
        self.retrying(async || {
            let batch = match calendar_feed::load(&self.0.store, who.user)? {
                Some(old) => calendar_feed::remove(&old, &self.feed_hash(&old)),
                None => Batch::new(),
            };
            self.write(batch).await
        })
        .await
    }

    /// The calendar at a secret address: what happened in the last 30 days and is ahead for a year.
    pub fn feed_text(&self, token: &str) -> Result<String, ServiceError> {
        let hash = self.0.keys.hash(token);
        let feed = calendar_feed::load_by_token(&self.0.store, &hash)?;
        let feed = feed.ok_or(ServiceError::LinkVoid)?;
        let now = self.now();
        let (from, to) = (now - BACK, now + AHEAD);
        let rows = meetings::load_calendar(&self.0.store, feed.user, from, to, LIST_MAX)?;
        let shown: Vec<(&Meeting, String, String)> = rows
            .iter()
            .map(|it| &it.value)
            .filter(|it| !matches!(it.status, Status::Requested | Status::AwaitingPayment))
            .map(|it| Ok((it, self.title_for(it, feed.user)?, self.page_of(it))))
            .collect::<Result<_, ServiceError>>()?;
        let entries: Vec<Entry<'_>> = shown
            .iter()
            .map(|(meeting, title, page)| match feed.private_titles {
                true => Entry::of(meeting, BUSY, "", page),
                false => Entry::of(meeting, title, &meeting.terms.description, page),
            })
            .collect();
        Ok(calendar::object(Method::Publish, &entries))
    }

    /// One meeting as a file for a calendar, for its people.
    pub fn meeting_calendar(&self, who: &Identity, id: MeetingId) -> Result<String, ServiceError> {
        let meeting = self.load_meeting(id)?;
        self.party(who, &meeting)?;
        let title = self.title_for(&meeting, who.user)?;
        Ok(self.file(&meeting, &title, &self.page_of(&meeting)))
    }

    /// The booking behind a link that manages it, for a calendar. Reading only.
    pub fn managed_calendar(&self, token: &str) -> Result<String, ServiceError> {
        let meeting = self.managed(token)?;
        let title = self.title_for(&meeting, UserId(uuid::Uuid::nil()))?;
        Ok(self.file(&meeting, &title, &self.manage_link(&meeting)))
    }

    /// The same for whoever holds a join link; the file carries the link.
    pub fn invitation_calendar(&self, token: &str) -> Result<String, ServiceError> {
        let meeting = self.invited_to(token)?;
        let title = self.title_for(&meeting, UserId(uuid::Uuid::nil()))?;
        Ok(self.file(&meeting, &title, &self.url(&format!("/j/{token}"))))
    }

    fn file(&self, meeting: &Meeting, title: &str, link: &str) -> String {
        let entry = Entry::of(meeting, title, &meeting.terms.description, link);
        calendar::object(Method::Publish, &[entry])
    }

    /// What it is about and whom one meets.
    fn title_for(&self, meeting: &Meeting, reader: UserId) -> Result<String, ServiceError> {
        let other = match meeting.host == reader {
            true => meeting.client.name.clone(),
            false => self.host_name(meeting)?,
        };
        Ok(format!("{} ({other})", meeting.terms.subject))
    }

    fn feed_view(&self, feed: &Feed) -> FeedView {
        let token = self.0.keys.feed_token(&feed.id);
        FeedView {
            link: self.url(&format!("/cal/{token}.ics")),
            private_titles: feed.private_titles,
            made_at: feed.made_at,
        }
    }

    fn feed_hash(&self, feed: &Feed) -> [u8; 32] {
        self.0.keys.hash(&self.0.keys.feed_token(&feed.id))
    }
}
