//! One file per noun: its keys, its rows (with their versions), encoder and decoder side by side,
//! and the few verbs that read and write it. Nothing outside a noun's file knows its layout.

pub mod account;
pub mod aftermath;
pub mod agenda;
pub mod availability;
pub mod block;
pub mod booking_order;
pub mod busy_calendar;
pub mod calendar_feed;
pub mod call;
pub mod conversation;
pub mod dispute;
pub mod earning;
pub mod file;
pub mod host;
pub mod idempotency;
pub mod inbox;
pub mod invitation;
pub mod ledger;
pub mod login;
pub mod mail;
pub mod mail_address;
pub mod meeting;
pub mod money_alert;
pub mod notification;
pub mod one_time;
pub mod order;
pub mod paid_call;
pub mod payment_event;
pub mod payout;
pub mod presence;
pub mod privacy;
pub mod push;
mod read;
pub mod refund;
pub mod relay_month;
pub mod reminder;
pub mod report;
pub mod review;
pub mod room;
pub mod service;
pub mod setting;
pub mod suspension;
pub mod waiting;

pub use read::{LoadError, Read};
