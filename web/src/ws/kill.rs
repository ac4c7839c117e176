//! A second handle to the TCP connection below a socket, to end it when its actor is frozen, and
//! the options that make a stuck peer visible and cheap.

use std::{any::Any, net::Shutdown, os::fd::AsFd, sync::Arc, time::Duration};

use actix_web::{dev::Extensions, rt::net::TcpStream};
use socket2::{SockRef, Socket};

/// Unacknowledged data for this long means that the peer is gone.
const USER_TIMEOUT: Duration = Duration::from_secs(30);
/// Bytes that the kernel holds unsent before it calls the socket full.
const NOTSENT_LOWAT: u32 = 16 * 1024;

/// Ends a connection at once, from any thread.
#[derive(Clone)]
pub(super) struct Kill(Arc<Socket>);

impl Kill {
    /// Both directions; the framing above notices and goes.
    pub fn now(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// For the doors: sets the options of a new connection and keeps its second handle. Understands
/// tokio's `TcpStream`; anything else is left as it is.
pub fn on_connect(io: &dyn Any, data: &mut Extensions) {
    let Some(stream) = io.downcast_ref::<TcpStream>() else {
        return;
    };
    let _ = stream.set_nodelay(true);
    let socket = SockRef::from(stream);
    // Where the system lacks an option, the byte budget and the heartbeat still hold.
    let _ = socket.set_tcp_user_timeout(Some(USER_TIMEOUT));
    let _ = socket.set_tcp_notsent_lowat(NOTSENT_LOWAT);
    if let Ok(second) = stream.as_fd().try_clone_to_owned() {
        data.insert(Kill(Arc::new(Socket::from(second))));
    }
}
