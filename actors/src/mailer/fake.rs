//! A post for tests that hands every letter to the test and answers what it is told.

use std::sync::{Arc, Mutex};

use parlor_domain::mail::Outcome;
use tokio::sync::mpsc;

use super::{Delivery, Letter, LineFuture, MailLine, MailTransport, NoLine};
use crate::{ports::PortFuture, registry::lock};

#[derive(Default)]
struct Orders {
    away: bool,
    answers: Vec<(Outcome, Option<u16>)>,
}

/// Hands every letter over to the test.
#[derive(Clone)]
pub struct Post {
    letters: mpsc::UnboundedSender<Letter>,
    orders: Arc<Mutex<Orders>>,
}

impl Post {
    /// One that takes everything, and what it takes.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Letter>) {
        let (letters, received) = mpsc::unbounded_channel();
        let orders = Arc::default();
        (Self { letters, orders }, received)
    }

    /// What becomes of the next letter.
    pub fn answer(&self, outcome: Outcome, reply: Option<u16>) {
        lock(&self.orders).answers.push((outcome, reply));
    }

    /// Whether nobody can be reached.
    pub fn away(&self, away: bool) {
        lock(&self.orders).away = away;
    }
}

impl MailTransport for Post {
    fn connect(&self) -> PortFuture<Result<Box<dyn MailLine>, NoLine>> {
        let line: Result<Box<dyn MailLine>, _> = match lock(&self.orders).away {
            true => Err(NoLine::Unreachable),
            false => Ok(Box::new(self.clone())),
        };
        Box::pin(std::future::ready(line))
    }
}

impl MailLine for Post {
    fn send<'a>(&'a mut self, letter: &'a Letter) -> LineFuture<'a, Delivery> {
        let told = lock(&self.orders).answers.pop();
        let (outcome, reply) = told.unwrap_or((Outcome::Accepted, Some(250)));
        drop(self.letters.send(letter.clone()));
        Box::pin(std::future::ready(Delivery {
            outcome,
            reply,
            line_is_good: true,
            stale: false,
        }))
    }

    fn close(self: Box<Self>) -> PortFuture<()> {
        Box::pin(std::future::ready(()))
    }
}
