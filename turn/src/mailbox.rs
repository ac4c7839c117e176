//! Orders for a shard from other threads: few, and never for packets.

use std::{
    collections::VecDeque,
    io,
    net::{SocketAddr, TcpStream},
    sync::{Arc, Mutex},
};

use crate::{calls::CallTag, sys::poll::Waker};

/// Orders that may wait; new streams above it are closed at once, control always fits.
const STREAMS_WAITING_MAX: usize = 1024;

/// A stream that somebody has accepted already.
pub(crate) struct NewStream {
    pub socket: TcpStream,
    pub peer: SocketAddr,
    /// The TLS state; its handshake may be done or not begun.
    pub tls: Option<Box<rustls::ServerConnection>>,
    /// Bytes that were read (and decrypted) already.
    pub first: Vec<u8>,
    /// Counts the stream until it is gone.
    pub ticket: crate::gate::Ticket,
}

/// What a shard can be told.
pub(crate) enum Order {
    Revoke {
        tag: CallTag,
        participant: Option<Arc<str>>,
    },
    Adopt(Box<NewStream>),
    /// End everything and leave.
    Stop,
}

pub(crate) struct Mailbox {
    orders: Mutex<VecDeque<Order>>,
    pub waker: Waker,
}

impl Mailbox {
    pub fn new() -> io::Result<Mailbox> {
        Ok(Mailbox {
            orders: Mutex::default(),
            waker: Waker::new()?,
        })
    }

    pub fn send(&self, order: Order) {
        let mut orders = self.orders.lock().unwrap_or_else(|e| e.into_inner());
        if matches!(order, Order::Adopt(_)) && orders.len() >= STREAMS_WAITING_MAX {
            return;
        }
        orders.push_back(order);
        drop(orders);
        self.waker.wake();
    }

    pub fn take(&self) -> VecDeque<Order> {
        self.waker.clear();
        std::mem::take(&mut *self.orders.lock().unwrap_or_else(|e| e.into_inner()))
    }
}
