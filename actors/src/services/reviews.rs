//! What clients say about hosts after paid calls, and the sum of it: both are written in one batch,
//! so that a change of mind, or a review that an admin hides, is counted right.

use parlor_data::{
    Batch,
    nouns::{paid_call, review},
};
use parlor_domain::{
    access::{Admin, Member},
    account::BadField,
    event::Event,
    host::{Review, Tally, profile, review::short_name},
    id::{CallId, UserId},
    notification::About,
    paid::Status,
    rating,
};

use super::{ServiceError, Services};

/// Reviews of one page.
const PAGE_ROWS: usize = 20;

/// A page of reviews, those of the latest calls first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviews {
    /// These.
    pub reviews: Vec<Review>,
    /// Where the next page begins: before this call.
    pub next: Option<CallId>,
}

impl Services {
    /// What the client of a completed call thought of it, instead of what they said before; for a
    /// day after the call.
    pub async fn review_call(
        &self,
        who: Member,
        call: CallId,
        stars: u8,
        text: &str,
    ) -> Result<Review, ServiceError> {
        let it = paid_call::load(&self.0.store, call)?.filter(|it| it.is_of(who.user));
        let it = it.ok_or(ServiceError::NotFound)?;
        if it.caller != who.user {
            return Err(ServiceError::Forbidden);
        }
        if it.status != Status::Completed || !rating::is_open(it.ended_at, self.now()) {
            let why = "This call cannot be reviewed, or not any more.";
            return Err(ServiceError::OutOfTurn(why.into()));
        }
        let (stars, text) = rating::checked(stars, text)?;
        let author = short_name(&self.account_of(who.user)?.name);
        let (new, first) = self
            .retrying(async || {
                let old = review::load(&self.0.store, call)?;
                let new = Review {
                    host: it.host,
                    call,
                    user: who.user,
                    author: author.clone(),
                    stars,
                    text: text.clone(),
                    at: self.now(),
                    hidden: old.as_ref().and_then(|old| old.hidden.clone()),
                };
                let before = old.as_ref().and_then(|old| old.counted());
                let sum = self.tally(it.host, |sum| sum.changed(before, new.counted()))?;
                let batch = review::put(old.as_ref(), &new)?.and(sum);
                self.write(batch).await?;
                Ok((new, old.is_none()))
            })
            .await?;
        self.show_host(new.host);
        if first {
            let event = Event::ReviewReceived {
                call,
                author: new.author.clone(),
                stars,
            };
            self.reach(|reach| reach.tell(new.host, event));
            self.notify_soon(new.host, About::Review(call), new.author.clone());
        }
        Ok(new)
    }

    /// What was said after a call, for the two people in it.
    pub fn review_of(&self, who: Member, call: CallId) -> Result<Review, ServiceError> {
        let it = paid_call::load(&self.0.store, call)?;
        let mine = it.is_some_and(|it| it.is_of(who.user));
        let read = review::load(&self.0.store, call)?.filter(|_| mine);
        read.map(|read| read.value).ok_or(ServiceError::NotFound)
    }

    /// What people said about a host and everybody may read; before the review of call `before`.
    pub fn reviews_of(
        &self,
        host: UserId,
        before: Option<CallId>,
    ) -> Result<Reviews, ServiceError> {
        let rows = review::page_of(&self.0.store, host, before, PAGE_ROWS)?;
        let mut page = page(rows);
        page.reviews.retain(|it| it.hidden.is_none());
        Ok(page)
    }

    /// All reviews of all hosts, hidden ones among them.
    pub fn latest_reviews(
        &self,
        _: Admin,
        before: Option<CallId>,
    ) -> Result<Reviews, ServiceError> {
        Ok(page(review::latest(&self.0.store, before, PAGE_ROWS)?))
    }

    /// Hides a review for a reason, or shows it again (none). A hidden one is not counted.
    pub async fn hide_review(
        &self,
        _: Admin,
        call: CallId,
        reason: Option<&str>,
    ) -> Result<Review, ServiceError> {
        let reason = reason.map(|it| profile::letter("reason", it)).transpose()?;
        if reason.as_ref().is_some_and(String::is_empty) {
            return Err(ServiceError::BadField(BadField {
                field: "reason",
                why: "Please say why.",
            }));
        }
        let new = self
            .retrying(async || {
                let old = review::load(&self.0.store, call)?.ok_or(ServiceError::NotFound)?;
                let mut new = old.value.clone();
                new.hidden = reason.clone();
                let sum = self.tally(new.host, |it| it.changed(old.counted(), new.counted()))?;
                self.write(review::put(Some(&old), &new)?.and(sum)).await?;
                Ok(new)
            })
            .await?;
        self.show_host(new.host);
        Ok(new)
    }

    /// The rows of a changed sum; fails when somebody else changed it meanwhile.
    pub(super) fn tally(
        &self,
        host: UserId,
        change: impl FnOnce(Tally) -> Tally,
    ) -> Result<Batch, ServiceError> {
        let old = review::tally(&self.0.store, host)?;
        let before = old.as_ref().map_or_else(Tally::default, |read| read.value);
        Ok(review::put_tally(host, old.as_ref(), &change(before))?)
    }
}

fn page(reviews: Vec<Review>) -> Reviews {
    let full = reviews.len() == PAGE_ROWS;
    Reviews {
        next: reviews.last().filter(|_| full).map(|it| it.call),
        reviews,
    }
}
