//! Answers that wait for the disk: whoever ended a meeting or put somebody out is told that it is done
//! when a killed server would still know it, and not before.

use super::{Asked, Room};
use crate::link::Answer;

/// One answer, and what must be on disk before it goes out.
pub(super) struct Ack {
    asked: Asked,
    /// How many states of the room.
    kept: u64,
    /// How many facts.
    noted: u64,
}

impl Room {
    /// Answers when everything so far is on disk.
    pub(super) fn answer_when_written(&mut self, asked: Asked) {
        self.acks.push(Ack {
            asked,
            kept: self.keep.wanted(),
            noted: self.facts.queued(),
        });
        self.release();
    }

    /// Something was written: who waited for it hears so.
    pub(super) fn release(&mut self) {
        let (kept, noted) = (self.keep.written(), self.facts.done());
        for ack in std::mem::take(&mut self.acks) {
            if ack.kept <= kept && ack.noted <= noted {
                self.reply(ack.asked, Ok(Answer::Done));
            } else {
                self.acks.push(ack);
            }
        }
    }
}
