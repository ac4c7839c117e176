//! Thin actix shells around the domain's machines, and the services that read and write the store.
//!
//! Nothing is decided in here: an actor translates a message, calls its machine, carries out the
//! effects and sets the one next timer. Every actor is reached by id through the registry only.
//! Start reading at [`registry::Realtime`].
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod alarm;
pub mod alerts;
mod busy_fetch;
pub mod calendar;
pub mod call_book;
pub mod clock;
pub mod conversation;
pub mod cron;
pub mod gateways;
pub mod link;
pub mod mailer;
pub mod numbers;
pub mod outgoing;
pub mod paid;
pub mod ports;
mod public_only;
pub mod push;
pub mod registry;
pub mod relay_desk;
pub mod relay_month;
pub mod room;
pub mod services;
pub mod session;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
