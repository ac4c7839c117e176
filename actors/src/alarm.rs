//! The one real timer of an actor: it follows the next deadline of the actor's machine.
//!
//! Decides nothing: when it rings, the actor forgets it and ticks its machine, which knows what is
//! due. It must never keep a second timer of the same actor alive.

use std::time::Duration;

use actix::{Actor, AsyncContext, Context, SpawnHandle};
use parlor_domain::time::Timestamp;

/// The deadline that is waited for, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<(Timestamp, SpawnHandle)>);

impl Alarm {
    /// Waits for `wanted` from now on. `wake` calls [`rang`](Self::rang) first, so that the next
    /// deadline is waited for even if it is the same.
    pub(crate) fn set<A>(
        &mut self,
        wanted: Option<Timestamp>,
        now: Timestamp,
        ctx: &mut Context<A>,
        wake: impl FnOnce(&mut A, &mut Context<A>) + 'static,
    ) where
        A: Actor<Context = Context<A>>,
    {
        if self.0.map(|(at, _)| at) == wanted {
            return;
        }
        if let Some((_, handle)) = self.0.take() {
            ctx.cancel_future(handle);
        }
        if let Some(at) = wanted {
            let wait = at.since(now).0.unsigned_abs();
            // One millisecond more: the wheel may fire in the millisecond of the deadline.
            let wait = Duration::from_millis(wait.saturating_add(1));
            self.0 = Some((at, ctx.run_later(wait, wake)));
        }
    }

    /// It rang: nothing is waited for any more.
    pub(crate) fn rang(&mut self) {
        self.0 = None;
    }
}
