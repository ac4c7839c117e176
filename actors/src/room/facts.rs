//! Facts for the meeting's record: one at a time, in order, until the store took them.

use std::{collections::VecDeque, time::Duration};

use actix::{ActorFutureExt, AsyncContext, Context, WrapFuture};

use parlor_domain::{call::Quality, id::UserId};

use super::{Room, RoomMsg};
use crate::ports::RoomFact;

/// Most facts that wait for the store.
const WAITING_MAX: usize = 256;
/// Pause after the store refused.
const RETRY: Duration = Duration::from_secs(1);

/// The queue; its first entry is being written while `writing`.
#[derive(Default)]
pub(super) struct Facts {
    waiting: VecDeque<RoomFact>,
    writing: bool,
    /// How many facts there were, and how many need no writing any more.
    queued: u64,
    done: u64,
}

impl Facts {
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn queued(&self) -> u64 {
        self.queued
    }

    pub fn done(&self) -> u64 {
        self.done
    }
}

impl Room {
    pub(super) fn note(&mut self, fact: RoomFact, ctx: &mut Context<Self>) {
        if self.facts.waiting.len() >= WAITING_MAX {
            tracing::error!("facts of a room are lost: the store has refused them for too long");
            self.facts.waiting.pop_front();
            self.facts.done += 1;
        }
        self.facts.queued += 1;
        self.facts.waiting.push_back(fact);
        self.write_facts(ctx);
    }

    /// A part of the record of somebody's media in the live call.
    pub(super) fn note_quality(
        &mut self,
        user: UserId,
        count: Option<Quality>,
        ctx: &mut Context<Self>,
    ) {
        if let (Some(count), Some(record)) = (count, self.call_record) {
            self.note(RoomFact::Quality(record.call, user, count), ctx);
        }
    }

    fn write_facts(&mut self, ctx: &mut Context<Self>) {
        let Some(fact) = self.facts.waiting.front().filter(|_| !self.facts.writing) else {
            return;
        };
        self.facts.writing = true;
        let written = self.hub.ports.log.note(self.machine.meeting(), *fact);
        let written = written.into_actor(self).map(|written, actor, ctx| {
            actor.facts.writing = false;
            match written {
                Ok(()) => {
                    actor.facts.waiting.pop_front();
                    actor.facts.done += 1;
                    actor.release();
                    actor.write_facts(ctx);
                }
                Err(_) => {
                    actor.facts.writing = true;
                    ctx.run_later(RETRY, |actor, ctx| {
                        actor.facts.writing = false;
                        actor.write_facts(ctx);
                    });
                }
            }
            if actor.finished {
                ctx.notify(RoomMsg::Finish);
            }
        });
        ctx.spawn(written);
    }
}
