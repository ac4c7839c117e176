//! The socket over real TCP: what two people can do, what nobody can do, and what hostile input
//! costs.

#![allow(clippy::unwrap_used)]

mod chat;
mod hostile;
mod kit;
mod sessions;
mod talk;
