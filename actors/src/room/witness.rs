//! What the audit log hears of a room: who came to the door, whom a host let in, turned away or put out,
//! who left, and who ended it. Never what anybody said.

use parlor_domain::{
    audit::{Action, Attempt, SESSION, Who},
    id::UserId,
    room::{Input, Refused, Reply},
    time::Timestamp,
};

use super::{Asked, Room};

impl Room {
    /// What somebody tries with this; none when it is nothing for the log.
    pub(super) fn tried(&self, asked: &Asked, input: &Input, now: Timestamp) -> Option<Attempt> {
        let action = match input {
            Input::Join(_) => Action::Joined,
            Input::Admit { .. } => Action::Admitted,
            Input::Deny { .. } => Action::Denied,
            Input::Remove { .. } => Action::Removed,
            Input::EndForAll { .. } => Action::EndedForAll,
            _ => return None,
        };
        let who = Who::Person(asked.user, asked.role);
        let tried = Attempt::new(action, now).by(who).from(asked.from);
        Some(tried.on(SESSION, self.machine.meeting()))
    }

    /// What became of it.
    pub(super) fn witness(&self, mut tried: Attempt, answer: &Result<Reply, Refused>) {
        match answer {
            Ok(Reply::Waiting { .. }) => tried.action = Action::Waiting,
            Ok(_) => {}
            Err(refused) => tried = tried.refused(word(refused)),
        }
        self.hub.ports.witness.saw(tried, None);
    }

    /// Somebody left for good.
    pub(super) fn witness_left(&self, user: UserId, at: Timestamp) {
        // The room says so: as what they were there is over.
        let left = Attempt::new(Action::Left, at).by(Who::House).about(user);
        let left = left.on(SESSION, self.machine.meeting());
        self.hub.ports.witness.saw(left, None);
    }
}

/// Why not, in a word of the API.
fn word(refused: &Refused) -> &'static str {
    match refused {
        Refused::NotInRoom | Refused::NotAdmitted => "not_in_room",
        Refused::PeerGone | Refused::NoSuchPeer => "not_found",
        Refused::NotModerator => "forbidden",
        Refused::Banned => "banned",
        Refused::Full => "room_full",
        Refused::Closed => "room_closed",
        Refused::TooLate(_) => "too_late",
        _ => "refused",
    }
}
