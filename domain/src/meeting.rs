//! A meeting: the booked appointment, from its making to its end, and the one function that says
//! whether it can be joined ([`Meeting::joinable`]; REST, WebSocket, pages and mails all ask it).
//!
//! Must never decide who somebody is, nor read a clock. Leaving is not ending (C05): only the host
//! ending for all, a call that ends after the booked time, or the end of the window is an end.

use crate::{
    account::{BadField, Email},
    agenda::Claim,
    booking::{Booking, Payment},
    id::{MeetingId, RoomId, UserId},
    ledger::Entry,
    mail::Lapse,
    money::MilliCoins,
    time::{Millis, Timestamp},
};

/// Longest subject, in characters.
pub const SUBJECT_CHARS_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_CHARS_MAX: usize = 4_000;
/// Shortest and longest meeting.
pub const DURATION: std::ops::RangeInclusive<Millis> =
    Millis::from_mins(5)..=Millis::from_mins(12 * 60);
/// How far in the past a meeting may be made: people agree first and write it down then.
pub const LATE_ENTRY: Millis = Millis::from_mins(15);
/// How far in the future.
pub const AHEAD_MAX: Millis = Millis::from_days(366);
/// A call that still runs this long after the door closed was lost by its room (a crash).
pub const LOST_CALL: Millis = Millis::from_mins(12 * 60);
/// Longest remark, in characters.
pub const REMARK_CHARS_MAX: usize = 500;
/// Most different people noted as present.
pub const ATTENDANCE_MAX: usize = 16;

/// Where a meeting stands (C08).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Asked for; the host has not answered.
    Requested,
    /// Accepted; money is missing.
    AwaitingPayment,
    /// It will happen.
    Confirmed,
    /// Both sides are, or have been, in it.
    InProgress,
    /// It happened.
    Completed,
    /// Called off.
    Cancelled,
    /// The host said no.
    Declined,
    /// Nobody came, or nobody answered.
    Expired,
    /// The host came, the client did not.
    NoShowClient,
    /// The client came, the host did not.
    NoShowHost,
}

/// Words of a status: ours, those of the meeting API's seeds, those of the video-call API's seeds.
struct Words(Status, &'static str, &'static str, &'static str);

const WORDS: [Words; 10] = [
    Words(Status::Requested, "requested", "scheduled", "Pending"),
    Words(
        Status::AwaitingPayment,
        "awaiting_payment",
        "scheduled",
        "Pending",
    ),
    Words(Status::Confirmed, "confirmed", "scheduled", "Confirmed"),
    Words(
        Status::InProgress,
        "in_progress",
        "in-progress",
        "In Progress",
    ),
    Words(Status::Completed, "completed", "completed", "Completed"),
    Words(Status::Cancelled, "cancelled", "cancelled", "Cancelled"),
    Words(Status::Declined, "declined", "cancelled", "Cancelled"),
    Words(Status::Expired, "expired", "cancelled", "Cancelled"),
    Words(
        Status::NoShowClient,
        "no_show_client",
        "completed",
        "Completed",
    ),
    Words(Status::NoShowHost, "no_show_host", "cancelled", "Cancelled"),
];

impl Status {
    /// Every status, in the order of the road.
    pub fn all() -> impl Iterator<Item = Self> {
        WORDS.iter().map(|words| words.0)
    }

    fn words(self) -> &'static Words {
        WORDS
            .iter()
            .find(|words| words.0 == self)
            .unwrap_or(&WORDS[0])
    }

    /// Our word on the wire.
    pub fn word(self) -> &'static str {
        self.words().1
    }

    /// The seeds' word for a meeting.
    pub fn meeting_word(self) -> &'static str {
        self.words().2
    }

    /// The seeds' word for a video session.
    pub fn session_word(self) -> &'static str {
        self.words().3
    }

    /// It says who came to a meeting that is over.
    fn says_who_came(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::NoShowClient | Self::NoShowHost | Self::Expired
        )
    }

    /// Nothing more can happen.
    pub fn is_over(self) -> bool {
        !matches!(
            self,
            Self::Requested | Self::AwaitingPayment | Self::Confirmed | Self::InProgress
        )
    }
}

/// When people may enter, around the start (C02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// This long before the start.
    pub open_before: Millis,
    /// Until this long after the start; a longer meeting keeps its door open to its own end.
    pub close_after: Millis,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            open_before: Millis::from_mins(15),
            close_after: Millis::from_mins(120),
        }
    }
}

/// Whether somebody may enter now, and when that changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joinable {
    /// The verdict.
    pub state: JoinState,
    /// First instant at which the door is open.
    pub opens_at: Timestamp,
    /// First instant at which it is closed again.
    pub closes_at: Timestamp,
}

/// See [`Joinable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinState {
    /// Come in.
    Open,
    /// Not yet.
    TooEarly,
    /// Not any more.
    TooLate,
    /// Not confirmed, or not paid.
    Unpaid,
    /// Cancelled, declined, completed, or nobody came.
    Over,
    /// It would be open, but the operator lets nobody in at the moment.
    Maintenance,
}

impl Joinable {
    /// The same while the operator lets nobody in.
    pub fn held_back(self) -> Self {
        match self.state {
            JoinState::Open => Self {
                state: JoinState::Maintenance,
                ..self
            },
            _ => self,
        }
    }
}

impl JoinState {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::TooEarly => "too_early",
            Self::TooLate => "too_late",
            Self::Unpaid => "unpaid",
            Self::Over => "over",
            Self::Maintenance => "maintenance",
        }
    }
}

/// The person the host meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Their account, when they have one.
    pub user: Option<UserId>,
    /// Whether the host named the account. Otherwise the host named an address, and learns that it
    /// has an account only when its owner comes.
    pub named_by_account: bool,
    /// Where their invitation goes.
    pub email: Email,
    /// What the host calls them, until their account or they themselves say better.
    pub name: String,
}

/// What the host may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it is about.
    pub subject: String,
    /// More words; may be empty.
    pub description: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// How long it is booked for.
    pub duration: Millis,
}

impl Terms {
    /// Trims and checks.
    pub fn check(self, now: Timestamp) -> Result<Self, BadField> {
        let bad = |field, why| Err(BadField { field, why });
        let terms = Self {
            subject: self.subject.trim().to_owned(),
            description: self.description.trim().to_owned(),
            ..self
        };
        if terms.subject.is_empty() {
            bad("subject", "Please say what the meeting is about.")
        } else if terms.subject.chars().count() > SUBJECT_CHARS_MAX
            || terms.subject.chars().any(char::is_control)
        {
            bad(
                "subject",
                "A subject is one line of at most 200 characters.",
            )
        } else if terms.description.chars().count() > DESCRIPTION_CHARS_MAX {
            bad("description", "A description has at most 4,000 characters.")
        } else if !DURATION.contains(&terms.duration) {
            bad(
                "durationMinutes",
                "A meeting lasts from 5 minutes to 12 hours.",
            )
        } else if terms.starts_at < now - LATE_ENTRY {
            bad("scheduledAt", "This time has passed.")
        } else if terms.starts_at > now + AHEAD_MAX {
            bad("scheduledAt", "A meeting can be at most a year ahead.")
        } else {
            Ok(terms)
        }
    }
}

/// What one side said with its latest step: with its answer, or when it called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Who said it.
    pub by: Part,
    /// Up to [`REMARK_CHARS_MAX`] characters, never empty.
    pub text: String,
}

impl Remark {
    /// Trims and checks; nothing said is no remark.
    pub fn check(by: Part, text: &str) -> Result<Option<Self>, BadField> {
        let text = text.trim();
        match text.chars().count() {
            0 => Ok(None),
            1..=REMARK_CHARS_MAX => Ok(Some(Self {
                by,
                text: text.to_owned(),
            })),
            _ => Err(BadField {
                field: "remark",
                why: "A remark has at most 500 characters.",
            }),
        }
    }
}

/// A booked appointment (R050).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Which.
    pub id: MeetingId,
    /// Where; made with the meeting, 128 random bits.
    pub room: RoomId,
    /// Whose.
    pub host: UserId,
    /// With whom.
    pub client: Client,
    /// What the host set.
    pub terms: Terms,
    /// Whether guests wait until the host admits them (C12).
    pub lobby: bool,
    /// Where it stands.
    pub status: Status,
    /// Counts its moves, from 1. Links, reminders and mails name the version they were made for.
    pub version: u32,
    /// Who has been there, and since when (R063).
    pub attendance: Vec<(UserId, Timestamp)>,
    /// Who declared over REST that their call began.
    pub declared: Vec<UserId>,
    /// When the media of two people first met.
    pub call_started_at: Option<Timestamp>,
    /// When the latest call ended.
    pub call_ended_at: Option<Timestamp>,
    /// Since when a call runs, if one does.
    pub live_since: Option<Timestamp>,
    /// Length of all calls that ended, in milliseconds; shown in minutes, stored exactly (C09).
    pub call_time: Millis,
    /// What it has because it was booked; nothing when the host wrote it down.
    pub booking: Option<Booking>,
    /// What was said with the latest answer or cancellation.
    pub remark: Option<Remark>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What somebody is to a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Leads it.
    Host,
    /// Is met.
    Client,
}

/// Something happens to a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The host sets new terms, already checked.
    Change(Terms),
    /// This side moves it, to an instant that is free.
    Move(Part, Timestamp),
    /// This side calls it off.
    Cancel(Part),
    /// The host says yes; what is not paid by then is off.
    Approve(Timestamp),
    /// The host says no.
    Decline,
    /// The client has the price and lets it be set aside. Good for a bill that ran out, too, if the
    /// time is still free.
    Pay,
    /// A bill may be paid so much longer.
    PayUntil(Timestamp),
    /// An admin, or the side that it speaks for, says who came.
    Judge(Status),
    /// What the host earned can no longer be disputed.
    Mature,
    /// Somebody entered or declared that they did.
    Entered(UserId),
    /// Somebody without a socket declares that their call began; it has when both sides did (C06).
    Declared(UserId),
    /// Two people's media met (C06).
    CallStarted,
    /// The call ended because everybody was gone long enough.
    CallEnded,
    /// The host ended it for everybody.
    EndForAll,
    /// Time passed; the window may be over.
    Tick,
    /// A step with words for the other side.
    Said(Remark, Box<Input>),
}

/// What must happen because of it, in this order, together with storing the meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Both sides learn the new state.
    Tell,
    /// This moves in the books, in one transaction with the meeting.
    Post(Entry),
    /// It is agreed: the client gets an invitation with a link, and a mail.
    Invite,
    /// The old join link stops working and a new one is made.
    ReplaceInvitation,
    /// The join link stops working.
    RevokeInvitation,
    /// Reminders are planned anew.
    PlanReminders,
    /// No more reminders.
    DropReminders,
    /// A mail says that it moved or changed.
    MailChanged,
    /// A mail says that it is off.
    MailCancelled,
    /// A mail says that it will not be.
    MailLapsed(Lapse),
    /// Everybody in the room is let go.
    EndRoom,
}

/// The input does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a meeting that is {} cannot take this step", .0.word())]
pub struct OutOfTurn(pub Status);

impl Meeting {
    /// Since when one side has been there, if it came.
    pub fn came(&self, part: Part) -> Option<Timestamp> {
        let of = |user: UserId| (user == self.host) == (part == Part::Host);
        let mut came = self.attendance.iter().filter(|(who, _)| of(*who));
        came.next().map(|(_, at)| *at)
    }

    /// Whether somebody with a right to be here may enter at `now` (invariant 5).
    pub fn joinable(&self, window: Window, now: Timestamp) -> Joinable {
        let window = self.window(window);
        let opens_at = self.terms.starts_at - window.open_before;
        let closes_at = self.closes_at(window);
        let state = match self.status {
            Status::Requested | Status::AwaitingPayment => JoinState::Unpaid,
            // In progress counts too: the second one comes, and people come back (C04).
            Status::Confirmed | Status::InProgress => {
                if now < opens_at {
                    JoinState::TooEarly
                } else if now < closes_at {
                    JoinState::Open
                } else {
                    JoinState::TooLate
                }
            }
            _ => JoinState::Over,
        };
        Joinable {
            state,
            opens_at,
            closes_at,
        }
    }

    /// First instant at which nobody may enter any more.
    pub fn closes_at(&self, window: Window) -> Timestamp {
        let window = self.window(window);
        self.terms.starts_at + window.close_after.max(self.terms.duration)
    }

    /// Its own window, or the usual one.
    fn window(&self, usual: Window) -> Window {
        let own = self.booking.as_ref().and_then(|it| it.window);
        own.unwrap_or(usual)
    }

    /// How long before the start its people are reminded.
    pub fn reminder_leads<'a>(&'a self, usual: &'a [Millis]) -> &'a [Millis] {
        let own = self.booking.as_ref();
        let own = own.and_then(|it| it.reminder_leads.as_deref());
        own.unwrap_or(usual)
    }

    /// When it ends, as booked.
    pub fn ends_at(&self) -> Timestamp {
        self.terms.starts_at + self.terms.duration
    }

    /// What it takes of the time of one side; nothing once it is over.
    pub fn claim(&self, part: Part) -> Option<Claim> {
        let booking = self.booking.as_ref();
        let (before, after) = match (part, booking) {
            (Part::Host, Some(it)) => (it.before, it.after),
            _ => (Millis::ZERO, Millis::ZERO),
        };
        (!self.status.is_over()).then(|| Claim {
            owner: self.id.0,
            from: self.terms.starts_at - before,
            to: self.ends_at() + after,
            starts_at: self.terms.starts_at,
            service: booking.map(|it| it.service),
            until: booking
                .and_then(|it| it.expires_at)
                .unwrap_or(Timestamp::MAX),
            seats: match part {
                Part::Host => self.seats(),
                Part::Client => 1,
            },
        })
    }

    /// What went back to the client.
    pub fn refunded(&self) -> MilliCoins {
        let division = self.booking.as_ref().and_then(|it| it.payment.division());
        division.map_or(MilliCoins::ZERO, |it| it.refunded)
    }

    /// What it cost its client and what it earned its host; nothing while its price is not divided.
    pub fn cost_and_earning(&self) -> (MilliCoins, MilliCoins) {
        let booking = self.booking.as_ref();
        let divided = booking.and_then(|it| Some((it.price, it.payment.division()?)));
        match divided {
            Some((price, it)) => (price - it.refunded, price - it.refunded - it.fee),
            None => (MilliCoins::ZERO, MilliCoins::ZERO),
        }
    }

    /// How many may be in its session; 1 when it stands alone.
    pub fn seats(&self) -> u32 {
        self.booking.as_ref().map_or(1, |it| it.seats)
    }

    /// Whether both sides have been there.
    pub fn both_came(&self) -> bool {
        let host = self.attendance.iter().any(|(who, _)| *who == self.host);
        host && self.attendance.iter().any(|(who, _)| *who != self.host)
    }

    /// The next instant at which the time alone changes something ([`Input::Tick`]), if one lies
    /// before the door closes.
    pub fn looks_at(&self) -> Option<Timestamp> {
        let booking = self.booking.as_ref()?;
        match self.status {
            Status::Requested | Status::AwaitingPayment => booking.expires_at,
            Status::Confirmed => Some(self.terms.starts_at + booking.no_show_after),
            _ => None,
        }
    }

    /// The part that an account has in it, if any.
    pub fn part_of(&self, user: UserId) -> Option<Part> {
        if self.host == user {
            Some(Part::Host)
        } else if self.client.user == Some(user) {
            Some(Part::Client)
        } else {
            None
        }
    }

    /// The client's account, as far as the host may know of it.
    pub fn client_known_to_host(&self) -> Option<UserId> {
        self.client.user.filter(|user| {
            self.client.named_by_account || self.attendance.iter().any(|(who, _)| who == user)
        })
    }

    /// Length of all calls up to `now`.
    pub fn call_time(&self, now: Timestamp) -> Millis {
        let live = self
            .live_since
            .map_or(Millis::ZERO, |since| now.since(since));
        Millis(self.call_time.0 + live.0)
    }

    /// The next state and what follows from it. An input that changes nothing has no effects and
    /// leaves `updated_at` alone.
    pub fn handle(
        &mut self,
        input: Input,
        window: Window,
        now: Timestamp,
    ) -> Result<Vec<Effect>, OutOfTurn> {
        let before = self.clone();
        let effects = match input {
            Input::Change(terms) => self.change(terms)?,
            Input::Move(by, to) => self.move_to(by, to, now)?,
            Input::Cancel(by) => self.cancel(by, now)?,
            Input::Approve(pay_until) => self.approve(pay_until)?,
            Input::Decline => self.decline(now)?,
            Input::Pay => self.pay(now)?,
            Input::PayUntil(until) => self.pay_until(until)?,
            Input::Judge(verdict) => self.judge(verdict, now)?,
            Input::Mature => self.mature(now),
            Input::Entered(user) => self.entered(user, now),
            Input::Declared(user) => self.declared(user, now),
            Input::CallStarted => self.call_started(now),
            Input::CallEnded => self.call_ended(now),
            Input::EndForAll => self.end_for_all(now)?,
            Input::Tick => self.tick(window, now),
            Input::Said(remark, step) => {
                let effects = self.handle(*step, window, now)?;
                // A step that was taken before is not taken again, and nothing new is said.
                if !effects.is_empty() {
                    self.remark = Some(remark);
                }
                effects
            }
        };
        if *self != before {
            self.updated_at = now;
        }
        Ok(effects)
    }

    fn change(&mut self, terms: Terms) -> Result<Vec<Effect>, OutOfTurn> {
        if self.status.is_over() || self.status == Status::InProgress {
            return Err(OutOfTurn(self.status));
        }
        if terms == self.terms {
            return Ok(vec![]);
        }
        let moved =
            terms.starts_at != self.terms.starts_at || terms.duration != self.terms.duration;
        self.terms = terms;
        Ok(if moved && self.status != Status::Confirmed {
            // Nobody has a link to it yet.
            self.version += 1;
            vec![Effect::Tell]
        } else if moved {
            self.version += 1;
            vec![
                Effect::ReplaceInvitation,
                Effect::PlanReminders,
                Effect::MailChanged,
                Effect::Tell,
            ]
        } else {
            // A corrected word is no reason to make the link in somebody's mailbox useless.
            vec![Effect::Tell]
        })
    }

    fn move_to(
        &mut self,
        by: Part,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Effect>, OutOfTurn> {
        let out = OutOfTurn(self.status);
        let begun = now >= self.terms.starts_at;
        let booking = self.booking.as_mut().ok_or(out)?;
        if to == self.terms.starts_at {
            return Ok(vec![]);
        }
        if by == Part::Client {
            let free = matches!(booking.payment, Payment::Free | Payment::Due);
            let quote = booking.quote(by, self.terms.starts_at, now);
            // Whoever would lose all by calling off cannot move instead.
            if booking.moves_left == 0 || begun || (!free && quote.refund_bps == 0) {
                return Err(out);
            }
            booking.moves_left -= 1;
        }
        let terms = Terms {
            starts_at: to,
            ..self.terms.clone()
        };
        self.change(terms)
    }

    fn cancel(&mut self, by: Part, now: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        match self.status {
            Status::Cancelled => return Ok(vec![]),
            status if status.is_over() => return Err(OutOfTurn(status)),
            _ => {}
        }
        let agreed = matches!(self.status, Status::Confirmed | Status::InProgress);
        let quote = self.booking.as_ref();
        let quote = quote.map_or(0, |it| it.quote(by, self.terms.starts_at, now).refund_bps);
        self.close_call(now);
        self.status = Status::Cancelled;
        self.version += 1;
        self.remark = None;
        let mut effects = self.divide(quote, now);
        if agreed {
            effects.extend([
                Effect::RevokeInvitation,
                Effect::DropReminders,
                Effect::MailCancelled,
                Effect::EndRoom,
            ]);
        }
        effects.push(Effect::Tell);
        Ok(effects)
    }

    fn approve(&mut self, pay_until: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        if self.status != Status::Requested {
            return Err(OutOfTurn(self.status));
        }
        let starts_at = self.terms.starts_at;
        match &mut self.booking {
            Some(booking) if booking.payment == Payment::Due => {
                booking.expires_at = Some(pay_until.min(starts_at));
                self.status = Status::AwaitingPayment;
                Ok(vec![Effect::Tell])
            }
            _ => Ok(self.confirm()),
        }
    }

    fn decline(&mut self, now: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        match self.status {
            Status::Requested => {
                self.status = Status::Declined;
                let mut effects = self.divide(Booking::refund_at(self.status), now);
                effects.extend([Effect::MailLapsed(Lapse::Declined), Effect::Tell]);
                Ok(effects)
            }
            Status::Declined => Ok(vec![]),
            status => Err(OutOfTurn(status)),
        }
    }

    fn pay(&mut self, now: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        let out = OutOfTurn(self.status);
        let begun = now >= self.terms.starts_at;
        let (id, client) = (self.id, self.client.user.ok_or(out)?);
        let booking = self.booking.as_mut().ok_or(out)?;
        match (self.status, booking.payment) {
            (_, Payment::Held) => return Ok(vec![]),
            (Status::Requested | Status::AwaitingPayment, Payment::Due) => {}
            (Status::Expired, Payment::Due) if !begun => {}
            _ => return Err(out),
        }
        let reserved = booking.reserve(id, client, now);
        booking.payment = Payment::Held;
        let mut effects = vec![Effect::Post(reserved)];
        match self.status {
            Status::Requested => effects.push(Effect::Tell),
            _ => effects.extend(self.confirm()),
        }
        Ok(effects)
    }

    fn pay_until(&mut self, until: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        let out = OutOfTurn(self.status);
        let starts_at = self.terms.starts_at;
        let booking = self.booking.as_mut().ok_or(out)?;
        if self.status != Status::AwaitingPayment {
            return Err(out);
        }
        booking.expires_at = booking.expires_at.max(Some(until.min(starts_at)));
        Ok(vec![Effect::Tell])
    }

    fn confirm(&mut self) -> Vec<Effect> {
        self.status = Status::Confirmed;
        if let Some(booking) = &mut self.booking {
            booking.expires_at = None;
        }
        vec![Effect::Invite, Effect::PlanReminders, Effect::Tell]
    }

    /// Whether somebody may still say who came: only while the host's part may be disputed.
    pub fn can_be_judged(&self) -> bool {
        let payment = self.booking.as_ref().map(|it| it.payment);
        let open = matches!(payment, Some(Payment::Free | Payment::Divided(_)));
        open && self.status.says_who_came()
    }

    /// Somebody who should know says who came.
    fn judge(&mut self, verdict: Status, now: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        if !self.can_be_judged() || !verdict.says_who_came() {
            return Err(OutOfTurn(self.status));
        }
        if verdict == self.status {
            return Ok(vec![]);
        }
        self.status = verdict;
        let mut effects = self.divide(Booking::refund_at(verdict), now);
        effects.push(Effect::Tell);
        Ok(effects)
    }

    fn mature(&mut self, now: Timestamp) -> Vec<Effect> {
        let (id, host) = (self.id, self.host);
        let booking = self.booking.as_mut();
        let entry = booking.and_then(|it| it.mature(id, host, now));
        entry.map(Effect::Post).into_iter().collect()
    }

    /// Divides what was set aside, if it was.
    fn divide(&mut self, refund_bps: u32, now: Timestamp) -> Vec<Effect> {
        let (id, host) = (self.id, self.host);
        let entry = self.client.user.and_then(|client| {
            let booking = self.booking.as_mut()?;
            booking.divide(id, (host, client), refund_bps, now)
        });
        entry.map(Effect::Post).into_iter().collect()
    }

    fn entered(&mut self, user: UserId, now: Timestamp) -> Vec<Effect> {
        let known = self.attendance.iter().any(|(who, _)| *who == user);
        if known || self.attendance.len() >= ATTENDANCE_MAX {
            return vec![];
        }
        self.attendance.push((user, now));
        vec![Effect::Tell]
    }

    fn declared(&mut self, user: UserId, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.entered(user, now);
        if !self.declared.contains(&user) && self.declared.len() < ATTENDANCE_MAX {
            self.declared.push(user);
        }
        let host = self.declared.contains(&self.host);
        let other = self.declared.iter().any(|who| *who != self.host);
        if host && other && self.status == Status::Confirmed {
            effects = self.call_started(now);
        }
        effects
    }

    fn call_started(&mut self, now: Timestamp) -> Vec<Effect> {
        self.call_started_at.get_or_insert(now);
        self.live_since.get_or_insert(now);
        if self.status == Status::Confirmed {
            self.status = Status::InProgress;
            vec![Effect::DropReminders, Effect::Tell]
        } else {
            vec![]
        }
    }

    fn call_ended(&mut self, now: Timestamp) -> Vec<Effect> {
        self.close_call(now);
        let booked_until = self.terms.starts_at + self.terms.duration;
        if self.status == Status::InProgress && now >= booked_until {
            self.finish(Status::Completed, now)
        } else {
            // Both may have lost the line; the booked time is still theirs.
            vec![]
        }
    }

    fn end_for_all(&mut self, now: Timestamp) -> Result<Vec<Effect>, OutOfTurn> {
        match self.status {
            Status::Completed => Ok(vec![]),
            Status::InProgress => {
                self.close_call(now);
                Ok(self.finish(Status::Completed, now))
            }
            // Nobody met anybody; the host closes the room but not the appointment.
            Status::Confirmed => Ok(vec![Effect::EndRoom]),
            status => Err(OutOfTurn(status)),
        }
    }

    fn tick(&mut self, window: Window, now: Timestamp) -> Vec<Effect> {
        let closes_at = self.closes_at(window);
        let talking = self.live_since.is_some() && now < closes_at + LOST_CALL;
        if self.status.is_over() || talking {
            return vec![];
        }
        let due = self.looks_at().is_some_and(|at| now >= at);
        let waits = matches!(self.status, Status::Requested | Status::AwaitingPayment);
        if due && waits {
            let why = match self.status {
                Status::Requested => Lapse::Unanswered,
                _ => Lapse::Unpaid,
            };
            let mut effects = self.finish(Status::Expired, now);
            effects.push(Effect::MailLapsed(why));
            return effects;
        }
        let host_came = self.came(Part::Host).is_some();
        let client_came = self.came(Part::Client).is_some();
        let one_came = host_came != client_came && self.status == Status::Confirmed;
        if now < closes_at && !(due && one_came) {
            return vec![];
        }
        // Nobody knows when a lost call ended; no time is better than an invented one.
        self.live_since = None;
        let status = match (self.status, host_came, client_came) {
            (Status::InProgress, _, _) | (_, true, true) => Status::Completed,
            (_, true, false) => Status::NoShowClient,
            (_, false, true) => Status::NoShowHost,
            (_, false, false) => Status::Expired,
        };
        self.finish(status, now)
    }

    fn finish(&mut self, status: Status, now: Timestamp) -> Vec<Effect> {
        self.status = status;
        let mut effects = self.divide(Booking::refund_at(status), now);
        effects.extend([
            Effect::RevokeInvitation,
            Effect::DropReminders,
            Effect::EndRoom,
            Effect::Tell,
        ]);
        effects
    }

    fn close_call(&mut self, now: Timestamp) {
        if let Some(since) = self.live_since.take() {
            self.call_time = Millis(self.call_time.0 + now.since(since).0);
            self.call_ended_at = Some(now);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
