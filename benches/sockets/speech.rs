//! What is said to either server: the same work in two languages.

use std::{io, net::SocketAddr, time::Instant};

use super::wire::Wire;

/// Bytes of a relayed message.
pub const MESSAGE_BYTES: usize = 200;
/// Connections from one address, so that limits per address are nobody's concern.
const PER_ADDRESS: usize = 40;

/// A message of [`MESSAGE_BYTES`] that carries when it was sent.
pub fn message(begun: Instant) -> String {
    let stamp = begun.elapsed().as_nanos();
    let mut text = format!("candidate:1 1 udp 2113937151 203.0.113.7 50000 typ host @{stamp:016}@");
    text.extend(std::iter::repeat_n('x', MESSAGE_BYTES - text.len()));
    text
}

/// When the message in this frame was sent, nanoseconds.
pub fn stamp(frame: &str) -> Option<u64> {
    let (_, rest) = frame.split_once('@')?;
    rest.get(..16)?.parse().ok()
}

/// The text between two marks.
pub fn between<'a>(frame: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = frame.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

/// Who is asked.
#[derive(Clone)]
pub enum Server {
    /// The release binary.
    Parlor(SocketAddr),
    /// node with benches/socketio.
    SocketIo(SocketAddr),
}

/// How somebody comes in: to a room, with a token where there are tokens.
pub struct Ticket {
    pub n: usize,
    pub room: String,
    pub token: String,
}

/// Somebody in a room.
pub struct Person {
    pub wire: Wire,
    room: String,
    /// The own address in the room, and the other's.
    me: String,
    pub other: String,
    ours: bool,
    seq: std::cell::Cell<u64>,
}

impl Person {
    /// Connects, says who it is, and enters.
    pub async fn enter(server: &Server, ticket: &Ticket) -> io::Result<Self> {
        let n = ticket.n % 10_000;
        let address = n % 10_000_usize.div_ceil(PER_ADDRESS);
        let from = [127, 0, 1 + (address / 200) as u8, 1 + (address % 200) as u8].into();
        let (ours, wire) = match server {
            Server::Parlor(to) => {
                let protocol = "Sec-WebSocket-Protocol: rtc.v1.json\r\n";
                (true, Wire::open(from, *to, "/ws", protocol).await?)
            }
            Server::SocketIo(to) => {
                let path = "/socket.io/?EIO=4&transport=websocket";
                (false, Wire::open(from, *to, path, "").await?)
            }
        };
        let mut person = Self {
            wire,
            room: ticket.room.clone(),
            me: String::new(),
            other: String::new(),
            ours,
            seq: 0.into(),
        };
        match ours {
            true => person.enter_parlor(ticket).await?,
            false => person.enter_socket_io().await?,
        }
        Ok(person)
    }

    async fn enter_parlor(&mut self, ticket: &Ticket) -> io::Result<()> {
        let Ticket { n, room, token } = ticket;
        let hello = format!(
            r#"{{"type":"hello","data":{{"token":"{token}","device":{{"id":"d{n}","kind":"web"}}}}}}"#
        );
        self.wire.say(&hello)?;
        let is = |kind: &'static str| move |it: &str| it.starts_with(kind).then_some(());
        self.wire.find(is(r#"{"type":"welcome""#)).await?;
        let join = format!(
            r#"{{"type":"join-room","id":"j","data":{{"roomId":"{room}","media":{{"audio":true,"video":true}}}}}}"#
        );
        self.wire.say(&join)?;
        let peer = |it: &str| match it.contains(r#""id":"j""#) {
            true => Some(between(it, r#""peerId":""#, r#"""#).map(str::to_owned)),
            false => None,
        };
        let answer = self.wire.find(peer).await?;
        self.me = answer.ok_or_else(|| io::Error::other("not let in"))?;
        Ok(())
    }

    async fn enter_socket_io(&mut self) -> io::Result<()> {
        let is = |kind: &'static str| move |it: &str| it.starts_with(kind).then_some(());
        self.wire.find(is("0{")).await?;
        self.wire.say("40")?;
        self.wire.find(is("40{")).await?;
        self.wire.say(&format!(r#"420["join","{}"]"#, self.room))?;
        self.wire.find(is("430")).await
    }

    /// The two of a room learn each other's address.
    pub fn meet(&mut self, other: &mut Person) {
        self.other.clone_from(&other.me);
        other.other.clone_from(&self.me);
    }

    /// Sends a message to the other one in the room.
    pub fn signal(&self, text: &str) -> io::Result<()> {
        let (room, other, seq) = (&self.room, &self.other, self.seq.get());
        self.wire.say(&match self.ours {
            true => format!(
                r#"{{"type":"ice-candidate","ack":{seq},"data":{{"roomId":"{room}","to":"{other}","negotiationId":"n","candidate":{{"candidate":"{text}"}}}}}}"#
            ),
            false => format!(r#"42["signal","{room}","{text}"]"#),
        })
    }

    /// Says something in the conversation of a pair; `id` comes back in the answer.
    pub fn chat(&self, conversation: &str, key: &str, id: &str, text: &str) -> io::Result<()> {
        let seq = self.seq.get();
        self.wire.say(&format!(
            r#"{{"type":"send-message","id":"{id}","ack":{seq},"data":{{"conversationId":"{conversation}","clientMsgId":"{key}","text":"{text}"}}}}"#
        ))
    }

    /// Answers what must be answered. Gives back what is a frame of an error.
    pub fn hear(&self, frame: &str) -> bool {
        if self.ours {
            let head = &frame[..frame.len().min(80)];
            if let Some(seq) = between(head, r#""seq":"#, ",").and_then(|it| it.parse().ok()) {
                self.seq.set(seq);
            }
            if head.starts_with(r#"{"type":"ping""#) {
                let pong = format!(r#"{{"type":"pong","ack":{},"data":{{}}}}"#, self.seq.get());
                return self.wire.say(&pong).is_err();
            }
            return head.starts_with(r#"{"type":"error""#);
        }
        frame == "2" && self.wire.say("3").is_err()
    }
}
