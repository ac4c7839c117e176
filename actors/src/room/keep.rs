//! Keeping the room on disk: one write at a time, always of the latest state.

use std::time::Duration;

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use super::{Room, RoomMsg};
use crate::ports::SavedRoom;

/// Pause after the store refused.
const RETRY: Duration = Duration::from_secs(1);

/// Whether a write is under way, and whether the room changed meanwhile.
#[derive(Default)]
pub(super) struct Keep {
    writing: bool,
    changed: bool,
    /// How many states were to be written, and how many of them are.
    wanted: u64,
    written: u64,
}

impl Keep {
    pub fn is_idle(&self) -> bool {
        !self.writing
    }

    pub fn wanted(&self) -> u64 {
        self.wanted
    }

    pub fn written(&self) -> u64 {
        self.written
    }
}

impl Room {
    pub(super) fn keep_now(&mut self, ctx: &mut Context<Self>) {
        self.keep.wanted += 1;
        self.write_room(ctx);
    }

    fn write_room(&mut self, ctx: &mut Context<Self>) {
        self.keep.changed = true;
        if self.keep.writing {
            return;
        }
        let covers = self.keep.wanted;
        self.keep.writing = true;
        self.keep.changed = false;
        let record = self.machine.record();
        let worth = !record.is_empty() || self.call_record.is_some();
        let saved = worth.then_some(SavedRoom {
            room: record,
            call: self.call_record,
        });
        let kept = self.hub.ports.memory.keep(self.id, saved);
        let kept = kept.into_actor(self).map(move |kept, actor, ctx| {
            if kept.is_err() {
                actor.keep.changed = true;
                ctx.run_later(RETRY, |actor, ctx| actor.keep_done(ctx));
            } else {
                actor.keep.written = covers;
                actor.release();
                actor.keep_done(ctx);
            }
        });
        ctx.spawn(kept);
    }

    fn keep_done(&mut self, ctx: &mut Context<Self>) {
        self.keep.writing = false;
        if self.keep.changed {
            self.write_room(ctx);
        } else if self.finished {
            ctx.notify(RoomMsg::Finish);
        }
    }
}
