//! The real binary in a temporary folder, looked at from outside: over HTTP, the socket, TURN and the
//! command line.
#![allow(clippy::unwrap_used)]

mod authority;
mod backup;
mod budget;
mod certificates;
mod disk;
mod doctor;
mod hosts;
mod paid;
mod person;
mod place;
mod restart;
mod revoke;
mod server;
mod tls_line;
mod traffic;
