//! The top floor but one: parses what comes in, checks rights, calls an actor or a service, renders.
//!
//! Nothing is decided here and nothing is stored here. `server` opens the doors, `ws` frames and
//! guards the socket, `wire` holds the message types, `rest` the handlers, `assets` the browser
//! app, `error` the one table from causes to status, code and words.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod assets;
pub mod error;
pub mod forwarded;
pub mod health;
pub mod leaving;
pub mod limits;
pub mod metrics;
pub mod redirect;
pub mod request_id;
pub mod rest;
pub mod secure;
pub mod server;
pub mod tls_door;
pub mod wire;
pub mod ws;
