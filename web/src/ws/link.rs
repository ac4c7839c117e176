//! The way out of one socket, as the user session sees it: counts bytes, never waits.

use std::{
    cell::Cell,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use actix::Addr;
use parlor_actors::link::{Answer, Encoded, Greeting, Link, Notice, Sent, Trouble};
use parlor_domain::{event::Delivery, session::Bye, time::Timestamp};

use super::{
    budget::{Budget, FRAME_BYTES},
    io::{Out, WsIo},
    kill::Kill,
};
use crate::wire::{close::Close, outward};

/// A link over a socket's actor.
pub(super) struct WsLink {
    io: Addr<WsIo>,
    budget: Budget,
    kill: Option<Kill>,
    from: IpAddr,
    /// The id of the hello, for the welcome.
    hello: Mutex<Option<String>>,
    closed: Cell<bool>,
}

impl WsLink {
    pub fn new(
        io: Addr<WsIo>,
        budget: Budget,
        kill: Option<Kill>,
        from: IpAddr,
        hello: Option<String>,
    ) -> Self {
        Self {
            from,
            io,
            budget,
            kill,
            hello: Mutex::new(hello),
            closed: Cell::new(false),
        }
    }

    /// Books and sends; the mailbox of the socket's actor is bounded by the budget alone.
    fn send(&self, cost: usize, out: Out) -> Sent {
        if !self.budget.take(cost) {
            return Sent::Slow;
        }
        self.io.do_send(out);
        Sent::Taken
    }

    fn text(&self, text: String) -> Sent {
        let cost = text.len() + FRAME_BYTES;
        self.send(cost, Out::Text { text, cost })
    }
}

impl Link for WsLink {
    fn welcome(&self, welcome: Greeting) -> Sent {
        let id = self
            .hello
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.text(outward::welcome(id.as_deref(), &welcome))
    }

    fn event(&self, event: &Arc<Encoded>, seq: Option<u64>, at: Timestamp) -> Sent {
        if event.delivery == Delivery::Ephemeral && self.budget.busy() {
            return Sent::Dropped;
        }
        let cost = event.data.len() + FRAME_BYTES;
        let event = event.clone();
        self.send(
            cost,
            Out::Event {
                event,
                seq,
                at,
                cost,
            },
        )
    }

    fn answer(&self, id: Option<String>, answer: Result<Answer, Trouble>, at: Timestamp) -> Sent {
        match id {
            Some(id) => self.text(outward::answer(&id, &answer, at)),
            None => Sent::Taken,
        }
    }

    fn notice(&self, notice: Notice, at: Timestamp) -> Sent {
        self.text(outward::notice(&notice, at))
    }

    fn address(&self) -> Option<IpAddr> {
        Some(self.from)
    }

    fn close(&self, why: Bye) {
        self.closed.set(true);
        if why == Bye::SlowConsumer
            && let Some(kill) = &self.kill
        {
            // The actor is frozen; a close frame would never leave.
            kill.now();
        }
        self.io.do_send(Out::Close(outward::close(why)));
    }
}

impl Drop for WsLink {
    /// The user session died: the socket must not stay behind with nobody to talk to.
    fn drop(&mut self) {
        if !self.closed.get() {
            self.io.do_send(Out::Close(Close::Internal));
        }
    }
}
