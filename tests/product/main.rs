//! The real binary in a temporary folder, looked at from outside: over HTTP, the socket, TURN and the
//! command line.
#![allow(clippy::unwrap_used)]

mod alerts;
mod authority;
mod backup;
mod breaks;
mod budget;
mod certificates;
mod disk;
mod doctor;
mod entry;
mod export;
mod hosts;
mod log_privacy;
mod offline;
mod paid;
mod person;
mod place;
mod restart;
mod revoke;
mod seals;
mod server;
mod setup;
mod tls_line;
mod traffic;
mod watch;
