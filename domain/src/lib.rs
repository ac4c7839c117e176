//! The ground floor: pure rules and state machines.
//!
//! Nothing in here reads a clock, a file, a socket or a random number, and nothing in here is
//! serialised: `now` and fresh ids are arguments, effects are return values. Every floor above may
//! use this one; it uses none of them. Start reading at `room` (the place where people talk) and
//! `account` (who they are).

pub mod access;
pub mod account;
pub mod agenda;
pub mod agreement;
pub mod alert;
pub mod audit;
pub mod availability;
pub mod backup;
pub mod bill;
pub mod booking;
pub mod bucket;
pub mod budget;
pub mod busy_calendar;
pub mod call;
pub mod certificate;
pub mod conversation;
pub mod dispute;
pub mod erasure;
pub mod event;
pub mod export;
pub mod file;
pub mod guess;
pub mod host;
pub mod ical;
pub mod id;
pub mod identity;
pub mod invitation;
pub mod ledger;
pub mod login;
pub mod mail;
pub mod maintenance;
pub mod meeting;
pub mod meter;
pub mod money;
pub mod news;
pub mod note;
pub mod notification;
pub mod numbers;
pub mod order;
pub mod paid;
pub mod payout;
pub mod presence;
pub mod push;
pub mod quota;
pub mod rating;
pub mod reminder;
pub mod report;
pub mod ring;
pub mod room;
pub mod second_factor;
pub mod service;
pub mod session;
pub mod slots;
pub mod suspension;
pub mod tariff;
pub mod time;
pub mod waiting;
