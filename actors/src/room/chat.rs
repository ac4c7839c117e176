//! Who sits and who waits decides who may write: the room shows its conversations their people, the
//! whole list each time, whenever it changed.

use std::collections::BTreeMap;

use parlor_domain::{
    conversation::{ConversationId, SeatOf},
    room::SeatRecord,
};

use super::Room;
use crate::conversation::ConversationMsg;

/// The people of each conversation of a room, as they were shown last.
pub(super) type Shown = BTreeMap<ConversationId, Vec<SeatOf>>;

impl Room {
    /// Shows one conversation that was built again its people.
    pub(super) fn show_seats_of(&mut self, id: ConversationId) {
        let seats = self.seats_now().remove(&id).unwrap_or_default();
        let seats = ConversationMsg::Seats(seats);
        self.hub.to_living_conversation(id, seats);
    }

    /// Shows what changed since the last time.
    pub(super) fn show_seats(&mut self) {
        let now = self.seats_now();
        let before = std::mem::replace(&mut self.shown, now);
        for id in before.keys().filter(|id| !self.shown.contains_key(id)) {
            let nobody = ConversationMsg::Seats(Vec::new());
            self.hub.to_living_conversation(*id, nobody);
        }
        for (id, seats) in &self.shown {
            if before.get(id) != Some(seats) {
                let seats = ConversationMsg::Seats(seats.clone());
                self.hub.to_conversation(*id, seats);
            }
        }
    }

    fn seats_now(&self) -> Shown {
        let record = self.machine.record();
        let mut shown = Shown::new();
        let inside: Vec<SeatOf> = record.inside.iter().map(seat).collect();
        for waiting in &record.lobby {
            let moderators = inside.iter().filter(|it| it.moderator).cloned();
            let thread = moderators.chain([seat(waiting)]).collect();
            shown.insert(ConversationId::Lobby(self.id, waiting.user), thread);
        }
        if !inside.is_empty() {
            shown.insert(ConversationId::Meeting(self.id), inside);
        }
        shown
    }
}

fn seat(it: &SeatRecord) -> SeatOf {
    SeatOf {
        user: it.user,
        name: it.name.clone(),
        moderator: it.moderator,
    }
}
