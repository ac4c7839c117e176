//! What somebody is told that they did not ask for: written into their list first, then said to all
//! their devices; whoever is away finds it there. Each device that reads tells the others.
//!
//! Must never hold what somebody wrote. A notification follows its cause and is not one with it: a
//! server that dies in between has done the thing and not told of it.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use parlor_data::nouns::{account as accounts, call, inbox, notification as rows};
use parlor_domain::{
    access::Member,
    conversation::ConversationId,
    event::Event,
    id::UserId,
    meeting::{Meeting, Status},
    news::News,
    notification::{About, Notification, NtfSeq, ReadMarks, Summary, Talk, choice::Wake},
    paid::{self, PaidCall},
    time::Millis,
};

use tokio::sync::Notify;

use super::{ServiceError, Services};
use crate::ports::NoticeMemory;

/// Most that waits to be written down; what comes then is left out, with a word in the log.
const WAITING_MAX: usize = 4_096;
/// Notifications of a page.
pub const NOTICES_MAX: usize = rows::PAGE_MAX;
/// Most that are told again to a device that was away; one that missed more asks for the list.
const REPLAYED_MAX: u64 = 50;
/// Calls of one meeting that are added up.
const CALLS_MAX: usize = 100;
/// How many of the latest are looked through for the same one.
const SAME_WITHIN: usize = 20;
/// Two reminders of one meeting that are further apart are two.
const REMINDERS_APART: Millis = Millis::from_mins(10);

/// What waits to be written down.
enum Waiting {
    Tell(UserId, About, String),
    Wrote {
        to: UserId,
        from: UserId,
        name: String,
    },
    HasRead {
        user: UserId,
        from: UserId,
    },
}

/// The queue between what happens and the lists: nobody who does something waits for it, and one
/// after the other is written, so that no two get into each other's way.
#[derive(Default)]
pub(super) struct Desk {
    queue: Mutex<VecDeque<Waiting>>,
    filled: Notify,
}

impl Desk {
    fn put(&self, it: Waiting) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= WAITING_MAX {
            tracing::warn!("too much happens at once; somebody is not notified");
            return;
        }
        queue.push_back(it);
        self.filled.notify_one();
    }

    fn take(&self) -> Option<Waiting> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.pop_front()
    }
}

/// A page of somebody's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notices {
    /// The latest first.
    pub all: Vec<Notification>,
    /// What of the list was read.
    pub marks: ReadMarks,
    /// How many of the whole list were not.
    pub unread: u64,
    /// There are older ones.
    pub more: bool,
}

/// What came after a number that a device has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedNotices {
    /// The earliest first; empty when the device is to ask for the list anew.
    pub all: Vec<Notification>,
    /// Too much came, or what it has is not of this list: the list is to be asked for anew.
    pub anew: bool,
    /// The last number of the list.
    pub last: NtfSeq,
    /// What of the list was read.
    pub marks: ReadMarks,
    /// How many of the whole list were not.
    pub unread: u64,
}

impl Services {
    /// What came into somebody's list after `after`, which one of their devices has.
    pub fn notices_since(
        &self,
        user: UserId,
        after: NtfSeq,
    ) -> Result<MissedNotices, ServiceError> {
        let head = rows::head(&self.0.store, user)?;
        let missing = head.last.0.checked_sub(after.0);
        let all = match missing {
            Some(1..=REPLAYED_MAX) => {
                rows::after(&self.0.store, user, after, REPLAYED_MAX as usize)?
            }
            _ => Vec::new(),
        };
        Ok(MissedNotices {
            // What was swept cannot be given any more.
            anew: missing != Some(all.len() as u64),
            all,
            last: head.last,
            unread: head.unread(),
            marks: head.marks,
        })
    }

    /// Somebody's notifications from before `before`, the latest first.
    pub fn notices(
        &self,
        who: Member,
        before: Option<NtfSeq>,
        limit: usize,
    ) -> Result<Notices, ServiceError> {
        let head = rows::head(&self.0.store, who.user)?;
        let before = before.unwrap_or(NtfSeq(u64::MAX));
        let all = rows::before(&self.0.store, who.user, before, limit.clamp(1, NOTICES_MAX))?;
        Ok(Notices {
            more: all.len() >= limit && all.last().is_some_and(|it| it.seq > NtfSeq(1)),
            all,
            unread: head.unread(),
            marks: head.marks,
        })
    }

    /// Marks everything up to a number, and single ones, as read; gives how many are unread then.
    pub async fn read_notices(
        &self,
        who: Member,
        up_to: Option<NtfSeq>,
        singly: &[NtfSeq],
    ) -> Result<u64, ServiceError> {
        self.mark_notices(who.user, |last, marks| {
            if let Some(up_to) = up_to {
                marks.read_up_to(up_to.min(last));
            }
            let known = singly.iter().filter(|it| **it > NtfSeq(0) && **it <= last);
            known.for_each(|it| marks.read(*it));
        })
        .await
    }

    async fn mark_notices(
        &self,
        user: UserId,
        change: impl Fn(NtfSeq, &mut ReadMarks),
    ) -> Result<u64, ServiceError> {
        self.retrying(async || {
            let head = rows::head(&self.0.store, user)?;
            let mut marks = head.marks.clone();
            change(head.last, &mut marks);
            if marks == head.marks {
                return Ok(head.unread());
            }
            self.write(rows::mark(user, &head, &marks)?).await?;
            let unread = marks.unread(head.last);
            self.reach(|reach| reach.tell(user, Event::NoticesRead { marks, unread }));
            Ok(unread)
        })
        .await
    }

    /// Tells somebody with an account, now and for later; nothing when they were told the same.
    pub(super) async fn notify(
        &self,
        user: UserId,
        about: About,
        name: &str,
    ) -> Result<(), ServiceError> {
        let Some(account) = accounts::load(&self.0.store, user)? else {
            return Ok(());
        };
        self.retrying(async || {
            let head = rows::head(&self.0.store, user)?;
            if self.was_told(user, &head, &about)? {
                return Ok(());
            }
            let it = Notification {
                seq: NtfSeq(head.last.0 + 1),
                about: about.clone(),
                name: name.to_owned(),
                at: self.now(),
            };
            let (decision, ways) = self.ways(&account, &it)?;
            self.write(rows::add(user, &head, &it)?.and(ways)).await?;
            if let Wake::Now(urgency) = decision.wake {
                self.carry(user, &it, urgency);
            }
            let notified = Event::Notified {
                it,
                unread: head.unread() + 1,
                silent: decision.silent,
            };
            self.reach(|reach| reach.tell(user, notified));
            Ok(())
        })
        .await
    }

    fn was_told(
        &self,
        user: UserId,
        head: &rows::Head,
        about: &About,
    ) -> Result<bool, ServiceError> {
        let latest = rows::before(&self.0.store, user, NtfSeq(u64::MAX), SAME_WITHIN)?;
        let mut same = latest.iter().filter(|it| it.about == *about);
        Ok(same.any(|it| match about {
            // One for all that somebody wrote since it was read; every payment is one of its own.
            About::Message(_) => !head.marks.has(it.seq),
            About::Reminder(_) => self.now().since(it.at) < REMINDERS_APART,
            // Whoever waits again may be told again.
            About::Vacancy { .. } => !head.marks.has(it.seq),
            About::Payment => false,
            _ => true,
        }))
    }

    /// [`Services::notify`] for who cannot wait for it.
    pub(super) fn notify_soon(&self, user: UserId, about: About, name: String) {
        self.0.notices.put(Waiting::Tell(user, about, name));
    }

    /// Writes down what happens, again and again. Runs until the process ends.
    pub async fn run_notices(self) {
        loop {
            self.0.notices.filled.notified().await;
            self.deliver_notices().await;
        }
    }

    /// Writes down all that waits.
    pub async fn deliver_notices(&self) {
        while let Some(it) = self.0.notices.take() {
            let done = match it {
                Waiting::Tell(user, about, name) => self.notify(user, about, &name).await,
                Waiting::Wrote { to, from, name } => self.tell_of_message(to, from, &name).await,
                Waiting::HasRead { user, from } => self.forget_message(user, from).await,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "somebody was not notified");
            }
        }
    }

    /// A meeting changed: who must know it finds it in their list too.
    pub(super) fn notify_of_meeting(&self, change: News, meeting: &Meeting) {
        let id = meeting.id;
        let to_client = |about: About| {
            if let (Some(client), Ok(name)) = (meeting.client.user, self.host_name(meeting)) {
                self.notify_soon(client, about, name);
            }
        };
        let to_host = |about: About| {
            self.notify_soon(meeting.host, about, meeting.client.name.clone());
        };
        let both = |about: About| {
            // Who made an appointment for somebody knows it.
            if meeting.booking.is_some() {
                to_host(about.clone());
            }
            to_client(about);
        };
        match (change, meeting.status) {
            (News::Created, Status::Requested) => to_host(About::BookingRequest(id)),
            (News::Created | News::Accepted | News::Paid, Status::Confirmed) => {
                both(About::BookingConfirmed(id));
            }
            (News::Declined, _) => to_client(About::BookingDeclined(id)),
            (News::Cancelled, _) => both(About::BookingCancelled(id)),
            (News::Rescheduled, _) => both(About::BookingMoved {
                meeting: id,
                starts_at: meeting.terms.starts_at,
            }),
            (News::Ended, Status::Completed) => self.sum_up_meeting(meeting),
            _ => {}
        }
    }

    /// A meeting took place: how long its calls were, and what it cost and earned (R214).
    fn sum_up_meeting(&self, meeting: &Meeting) {
        let calls = call::load_of(&self.0.store, meeting.id, CALLS_MAX).unwrap_or_default();
        let length = calls.iter().filter_map(|it| it.connected).map(|it| it.0);
        let length = Millis(length.sum());
        if length == Millis::ZERO {
            return;
        }
        let (cost, earned) = meeting.cost_and_earning();
        let sum = |coins, earned| {
            About::CallSummary(Summary {
                of: Talk::Meeting(meeting.id),
                length,
                coins,
                earned,
            })
        };
        self.notify_soon(meeting.host, sum(earned, true), meeting.client.name.clone());
        if let (Some(client), Ok(name)) = (meeting.client.user, self.host_name(meeting)) {
            self.notify_soon(client, sum(cost, false), name);
        }
    }

    /// A call by the minute became something else: who was called finds what they missed, and both
    /// what it was.
    pub(super) fn notify_of_call(&self, call: &PaidCall) {
        let name = |user| {
            let account = accounts::load(&self.0.store, user);
            account.ok().flatten().map(|it| it.name.clone())
        };
        let tell = |to, other, about| {
            if let Some(name) = name(other) {
                self.notify_soon(to, about, name);
            }
        };
        match (call.status, call.bill) {
            (paid::Status::Missed | paid::Status::Cancelled | paid::Status::Busy, _) => {
                tell(call.host, call.caller, About::MissedCall(call.id));
            }
            (paid::Status::Completed, Some(bill)) => {
                let sum = |coins, earned| {
                    About::CallSummary(Summary {
                        of: Talk::Call(call.id),
                        length: bill.proven,
                        coins,
                        earned,
                    })
                };
                tell(call.caller, call.host, sum(bill.charged, false));
                tell(call.host, call.caller, sum(bill.earned(), true));
            }
            _ => {}
        }
    }

    /// A meeting starts soon.
    pub(super) fn notify_of_start(&self, meeting: &Meeting) {
        let about = About::Reminder(meeting.id);
        self.notify_soon(meeting.host, about.clone(), meeting.client.name.clone());
        if let (Some(client), Ok(name)) = (meeting.client.user, self.host_name(meeting)) {
            self.notify_soon(client, about, name);
        }
    }

    /// Somebody wrote to somebody.
    pub(super) fn notify_of_message(&self, to: UserId, from: UserId, name: &str) {
        let name = name.to_owned();
        self.0.notices.put(Waiting::Wrote { to, from, name });
    }

    /// Somebody has read what the other wrote: that they did write is no news any more.
    pub(super) fn message_was_read(&self, user: UserId, from: UserId) {
        self.0.notices.put(Waiting::HasRead { user, from });
    }

    /// Unless it was muted, or read by now; if it is read later, that waits behind this one.
    async fn tell_of_message(
        &self,
        to: UserId,
        from: UserId,
        name: &str,
    ) -> Result<(), ServiceError> {
        let Some(id) = ConversationId::pair(to, from) else {
            return Ok(());
        };
        let now = inbox::unread_in(&self.0.store, to, id)?;
        if now.unread == 0 || now.muted {
            return Ok(());
        }
        self.notify(to, About::Message(from), name).await
    }

    async fn forget_message(&self, user: UserId, from: UserId) -> Result<(), ServiceError> {
        let latest = rows::before(&self.0.store, user, NtfSeq(u64::MAX), SAME_WITHIN)?;
        let about = About::Message(from);
        let of = latest.iter().filter(|it| it.about == about);
        let seqs: Vec<NtfSeq> = of.map(|it| it.seq).collect();
        let mark = |_, marks: &mut ReadMarks| seqs.iter().for_each(|seq| marks.read(*seq));
        self.mark_notices(user, mark).await.map(drop)
    }
}

impl NoticeMemory for Services {
    fn unread(&self, user: UserId) -> u64 {
        let head = rows::head(&self.0.store, user);
        head.map_or(0, |head| head.unread())
    }

    fn since(&self, user: UserId, after: NtfSeq) -> Option<MissedNotices> {
        let missed = self.notices_since(user, after);
        missed
            .inspect_err(|error| tracing::error!(%error, "a list could not be read"))
            .ok()
    }
}
