//! A TURN client over UDP that says exactly what it is told, and decides without guessing times
//! that a server kept silent: a Binding sent behind a message is answered after it.

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    sync::atomic::{AtomicU16, Ordering::Relaxed},
    time::{Duration, Instant},
};

use super::{
    servers::{Login, Target},
    stun::*,
};

/// Longest wait for anything; reaching it means that the server is dead.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What a client knows of its credential.
#[derive(Clone, Debug, Default)]
pub struct Auth {
    pub login: Login,
    pub realm: String,
    pub nonce: Vec<u8>,
}

impl Auth {
    /// The long-term key.
    pub fn key(&self) -> Vec<u8> {
        long_term_key(&self.login.user, &self.realm, &self.login.password)
    }

    /// Learns realm and nonce from a 401 or 438.
    pub fn learn(&mut self, challenge: &Message) {
        self.realm = challenge.text(attr::REALM).unwrap_or_default();
        self.nonce = challenge.get(attr::NONCE).unwrap_or_default().to_vec();
    }

    /// Adds USERNAME, REALM, NONCE and MESSAGE-INTEGRITY.
    pub fn sign(&self, message: Writer) -> Writer {
        message
            .attr(attr::USERNAME, self.login.user.as_bytes())
            .attr(attr::REALM, self.realm.as_bytes())
            .attr(attr::NONCE, &self.nonce)
            .integrity(&self.key())
    }
}

/// One UDP client on a loopback address of its own.
pub struct Client {
    pub socket: UdpSocket,
    pub server: SocketAddr,
    pub auth: Auth,
    /// How long a silent server is listened to after the Binding behind the message was answered:
    /// zero for one that answers in order.
    grace: Duration,
}

impl Client {
    /// A client that has not spoken yet.
    pub fn new(target: &Target) -> Client {
        let socket = UdpSocket::bind((own_loopback(), 0)).unwrap();
        Client {
            socket,
            server: target.udp,
            auth: Auth {
                login: target.login("probe", "alice"),
                ..Auth::default()
            },
            grace: target.grace,
        }
    }

    /// A client that holds realm and nonce.
    pub fn challenged(target: &Target) -> Client {
        let mut client = Client::new(target);
        client.challenge();
        client
    }

    /// A client with an allocation, and its relayed address.
    pub fn allocated(target: &Target) -> (Client, SocketAddr) {
        let client = Client::challenged(target);
        let answer = client
            .ask_signed(Writer::new(ALLOCATE).transport(17))
            .expect("an answer to Allocate");
        let relayed = answer
            .relayed()
            .unwrap_or_else(|| panic!("no allocation: {}", answer.error_code()));
        (client, relayed)
    }

    /// Asks for realm and nonce.
    pub fn challenge(&mut self) {
        let answer = self
            .ask(&Writer::new(ALLOCATE).transport(17))
            .expect("a challenge");
        self.auth.learn(&answer);
    }

    /// Becomes another user with the same nonce.
    pub fn be(&mut self, login: Login) {
        self.auth.login = login;
    }

    /// Its own address.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Sends a datagram.
    pub fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.server).unwrap();
    }

    /// Sends a message and gives its answer; `None` means silence.
    pub fn ask(&self, message: &Writer) -> Option<Message> {
        self.ask_bytes(message.bytes(), &message.transaction())
    }

    /// Sends a message with credentials.
    pub fn ask_signed(&self, message: Writer) -> Option<Message> {
        self.ask(&self.auth.sign(message))
    }

    /// Sends bytes and gives the answer to this transaction; `None` means silence.
    pub fn ask_bytes(&self, bytes: &[u8], transaction: &[u8; 12]) -> Option<Message> {
        self.send(bytes);
        let behind = Writer::new(BINDING);
        self.send(behind.bytes());
        let mut deadline = Instant::now() + PATIENCE;
        let mut passed = false;
        while let Some(bytes) = self.receive_until(deadline) {
            let Some(message) = Message::parse(&bytes) else {
                continue;
            };
            if message.transaction == *transaction {
                return Some(message);
            }
            if message.transaction == behind.transaction() {
                if self.grace.is_zero() {
                    return None;
                }
                (passed, deadline) = (true, Instant::now() + self.grace);
            }
        }
        assert!(passed, "the server answers no Binding any more");
        None
    }

    /// The next datagram that is no answer, if one comes before a Binding is answered.
    pub fn next_data(&self) -> Option<Vec<u8>> {
        let behind = Writer::new(BINDING);
        self.send(behind.bytes());
        let deadline = Instant::now() + PATIENCE;
        let mut passed = None;
        while let Some(bytes) = self.receive_until(passed.unwrap_or(deadline)) {
            match Message::parse(&bytes) {
                Some(message) if message.transaction == behind.transaction() => {
                    passed = Some(Instant::now() + self.grace);
                }
                Some(message) if message.kind & ERROR != INDICATION => {}
                _ => return Some(bytes),
            }
        }
        None
    }

    /// The next datagram that is no answer; waits for it.
    pub fn next_data_blocking(&self) -> Option<Vec<u8>> {
        let deadline = Instant::now() + PATIENCE;
        std::iter::from_fn(|| self.receive_until(deadline)).find(|bytes| {
            Message::parse(bytes).is_none_or(|message| message.kind & ERROR == INDICATION)
        })
    }

    /// The next datagram from the server, whatever it is.
    pub fn receive_until(&self, deadline: Instant) -> Option<Vec<u8>> {
        receive(&self.socket, deadline).map(|(bytes, _)| bytes)
    }

    /// Installs a permission and says how that went.
    pub fn permit(&self, peer: SocketAddr) -> u16 {
        code(&self.ask_signed(Writer::new(CREATE_PERMISSION).peer(peer)))
    }

    /// Binds a channel and says how that went: 0 for success, else the error code.
    pub fn bind(&self, number: u16, peer: SocketAddr) -> u16 {
        code(&self.ask_signed(Writer::new(CHANNEL_BIND).channel(number).peer(peer)))
    }
}

/// 0 for success, the error code, or 999 for silence.
pub fn code(answer: &Option<Message>) -> u16 {
    answer.as_ref().map_or(999, Message::error_code)
}

/// A plain UDP peer.
pub struct Peer {
    pub socket: UdpSocket,
}

impl Peer {
    /// A peer on a loopback address of its own.
    pub fn new() -> Peer {
        Peer {
            socket: UdpSocket::bind((own_loopback(), 0)).unwrap(),
        }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// The next datagram and where it came from.
    pub fn receive(&self) -> Option<(Vec<u8>, SocketAddr)> {
        receive(&self.socket, Instant::now() + PATIENCE)
    }

    /// Sends a datagram.
    pub fn send(&self, bytes: &[u8], to: SocketAddr) {
        self.socket.send_to(bytes, to).unwrap();
    }
}

/// The next datagram of a socket before a deadline; ICMP errors are passed over.
pub fn receive(socket: &UdpSocket, deadline: Instant) -> Option<(Vec<u8>, SocketAddr)> {
    let mut buffer = [0; 65536];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        socket.set_read_timeout(Some(left)).unwrap();
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            return Some((buffer[..length].to_vec(), from));
        }
    }
}

/// A loopback address that nobody else in this process has, so that limits per source do not meet.
pub fn own_loopback() -> Ipv4Addr {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [high, low] = NEXT.fetch_add(1, Relaxed).to_be_bytes();
    Ipv4Addr::new(127, 100, high, low)
}
