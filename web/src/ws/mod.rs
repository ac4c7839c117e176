//! The socket: framing, limits and nothing else.
//!
//! A socket's actor freezes when its peer stops reading, so it holds no state that anybody else
//! needs: sessions, rooms and timers live in the actors below. Everything that comes in passes, in
//! this order: the door (origin, subprotocol, version, caps), the header guard, aggregation, UTF-8,
//! rate limits, the wire's types. Everything that goes out is counted by its sender. Only [`io`]
//! knows actix-web-actors. Start reading at [`door`].

mod budget;
mod caps;
mod door;
mod fragments;
mod guard;
mod io;
mod kill;
mod link;
mod pace;

use std::{net::IpAddr, sync::Arc, time::Duration};

use actix_web::{HttpRequest, web};
use parlor_actors::registry::Realtime;

pub use kill::on_connect;

/// Largest frame and largest message, bytes.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024;
/// Most fragments of one message.
pub const FRAGMENTS_MAX: usize = 64;

/// Frames per second, and at once.
pub(crate) fn frame_limits() -> (u32, u32) {
    (pace::FRAMES_PER_SECOND, pace::FRAME_BURST)
}

/// What the operator may change about sockets.
#[derive(Clone, Debug)]
pub struct WsConfig {
    /// Origins whose pages may connect, exactly as browsers write them: `https://host[:port]`.
    pub origins: Vec<String>,
    /// Most sockets at once.
    pub sockets_max: usize,
    /// Most sockets of one address that have not said hello.
    pub silent_per_ip_max: usize,
    /// Handshakes of one address per minute.
    pub handshakes_per_ip_per_min: u32,
    /// The first frame must come within this.
    pub hello_within: Duration,
}

impl Default for WsConfig {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            sockets_max: 20_000,
            silent_per_ip_max: 20,
            handshakes_per_ip_per_min: 60,
            hello_within: Duration::from_secs(5),
        }
    }
}

/// Finds the address of a client, behind trusted proxies too.
pub type ClientIp = Arc<dyn Fn(&HttpRequest) -> Option<IpAddr> + Send + Sync>;

/// What all sockets share; made once, cloned into every worker.
#[derive(Clone)]
pub struct Sockets(Arc<Shared>);

struct Shared {
    realtime: Realtime,
    config: WsConfig,
    client_ip: ClientIp,
    caps: caps::Caps,
}

impl Sockets {
    /// Sockets of this realtime floor. `client_ip` defaults to the address of the TCP connection.
    pub fn new(realtime: Realtime, config: WsConfig, client_ip: Option<ClientIp>) -> Self {
        let client_ip = client_ip
            .unwrap_or_else(|| Arc::new(|req| req.peer_addr().map(|address| address.ip())));
        Self(Arc::new(Shared {
            caps: caps::Caps::new(&config),
            realtime,
            config,
            client_ip,
        }))
    }

    /// Sockets open now.
    pub fn open(&self) -> usize {
        self.0.caps.open()
    }

    /// Mounts `GET /ws`.
    pub fn configure(&self, config: &mut web::ServiceConfig) {
        let sockets = web::Data::new(self.clone());
        config.service(
            web::resource("/ws")
                .app_data(sockets)
                .route(web::get().to(door::enter)),
        );
    }
}
