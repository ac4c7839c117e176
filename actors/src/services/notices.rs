//! What somebody is told that they did not ask for: written into their list first, then said to all
//! their devices; whoever is away finds it there. Each device that reads tells the others.
//!
//! Must never hold what somebody wrote. A notification follows its cause and is not one with it: a
//! server that dies in between has done the thing and not told of it.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use parlor_data::nouns::{account as accounts, inbox, notification as rows};
use parlor_domain::{
    access::Member,
    conversation::ConversationId,
    event::Event,
    id::UserId,
    meeting::{Meeting, Status},
    notification::{About, Notification, NtfSeq, ReadMarks},
    time::Millis,
};

use tokio::sync::Notify;

use super::{ServiceError, Services};

/// Most that waits to be written down; what comes then is left out, with a word in the log.
const WAITING_MAX: usize = 4_096;
/// Notifications of a page.
pub const NOTICES_MAX: usize = rows::PAGE_MAX;
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

impl Services {
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
        if accounts::load(&self.0.store, user)?.is_none() {
            return Ok(());
        }
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
            self.write(rows::add(user, &head, &it)?).await?;
            let unread = head.unread() + 1;
            self.carry(user, &it);
            self.reach(|reach| reach.tell(user, Event::Notified { it, unread }));
            Ok(())
        })
        .await
    }

    /// To the devices of somebody who looks at no page of ours now.
    fn carry(&self, user: UserId, it: &Notification) {
        if let (Some(push), false) = (self.0.push.get(), self.is_attended(user)) {
            push.push(user, it, it.about.urgency());
        }
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
    pub(super) fn notify_of_meeting(&self, meeting: &Meeting) {
        let id = meeting.id;
        let booked = meeting.booking.is_some();
        let client_too = |about: fn(_) -> About| {
            if booked {
                self.notify_soon(meeting.host, about(id), meeting.client.name.clone());
            }
            if let (Some(client), Ok(name)) = (meeting.client.user, self.host_name(meeting)) {
                self.notify_soon(client, about(id), name);
            }
        };
        match meeting.status {
            Status::Requested => {
                let name = meeting.client.name.clone();
                self.notify_soon(meeting.host, About::BookingRequest(id), name);
            }
            Status::Confirmed => client_too(About::BookingConfirmed),
            Status::Cancelled | Status::Declined => client_too(About::BookingCancelled),
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
